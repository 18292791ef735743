"""Reads utterances as JSON lines and writes the meaning of each as one."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from interviews.understanding.meaning import Choice, Meaning, TimeSaid, Understanding, Utterance


def answer_lines(lines: Iterable[str], understanding: Understanding) -> Iterator[str]:
    """Yield one {"intents", "choice", "times"} for each line {"text", "now", "time_zone", "offered", "asked"}.

    Times without an offset are local to the line's time zone. `choice` is an index, "none" for a time that was not
    offered, or null.
    """
    for line in lines:
        if line.strip():
            yield json.dumps(as_json(understanding.understand(utterance_of(json.loads(line)))))


def utterance_of(request: dict[str, Any]) -> Utterance:
    zone = ZoneInfo(request.get("time_zone") or "UTC")
    return Utterance(
        text=request["text"],
        now=_aware(request["now"], zone),
        time_zone=zone.key,
        offered=tuple(_aware(slot, zone) for slot in request.get("offered") or ()),
        asked=request.get("asked"),
        confidence=request.get("confidence"),
        country=request.get("country"),
    )


def as_json(meaning: Meaning) -> dict[str, Any]:
    return {
        "intents": [heard.intent.value for heard in meaning.intents],
        "choice": _choice(meaning.choice),
        "times": [_time(one) for one in meaning.times],
    }


def _aware(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _choice(choice: Choice) -> int | str | None:
    if len(choice.indexes) == 1:
        return choice.indexes[0]
    return "none" if choice.other else None


def _time(said: TimeSaid) -> dict[str, str | bool | None]:
    return {
        "date": _iso(said.date),
        "time": _iso(said.time),
        "end_date": _iso(said.end_date),
        "end_time": _iso(said.end_time),
        "part": said.part,
        "bound": said.bound,
        "excluded": said.excluded,
    }


def _iso(value: date | time | None) -> str | None:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if value else None
