"""Callers played against the conversation: what they say to each question, and how their call must end. Pure."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calls.rehearsal import Rehearsal
from interviews.dialogue.session import Phase

# A call that is not over after so many answers is stuck
MAX_ANSWERS = 16
# What a caller answers in the end to a question they have no line for
YES = "yes"
MINUTES = "%Y-%m-%dT%H:%M"
# Ends after which nobody is called again
CLOSED = frozenset({Phase.OPTED_OUT, Phase.NOT_INTERESTED, Phase.WRONG_NUMBER})


class BadCaller(Exception):
    """A line is no caller; the message says which line, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class End:
    """How a call ended, or may end: the phase, and the booked time and the call back as local ISO minutes.

    As an expectation, an empty `at` or `call_back` admits any, and a `call_back` whatever begins with it.
    """

    phase: str
    at: str = ""
    call_back: str = ""

    def admits(self, end: "End") -> bool:
        """Return whether a call that ended so ended as expected."""
        is_then = not self.at or self.at == end.at
        return self.phase == end.phase and is_then and end.call_back.startswith(self.call_back)


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller: `says` holds by phase the lines said one after another, the last again and again.

    "" is silence, one of 0-9*# a key. `expect` lists every end that is right; `turns` are the most that are reasonable.
    """

    id: str
    kind: str
    zone: str
    says: Mapping[str, tuple[str, ...]]
    expect: tuple[End, ...]
    turns: int


@dataclass(frozen=True, slots=True)
class Played:
    """One caller's call: how it ended, and who said what ("we", "they", and the cue that it was taken for)."""

    caller: Caller
    end: End
    answers: int
    is_over: bool
    lines: tuple[tuple[str, str], ...]

    @property
    def is_right(self) -> bool:
        """Whether the call ended as it may."""
        return any(expected.admits(self.end) for expected in self.caller.expect)

    @property
    def fault(self) -> str:
        """What went wrong, "" where nothing did."""
        if self.is_right:
            return "too slow" if self.answers > self.caller.turns else ""
        if self.end.phase == Phase.AGREED:
            return "wrong booking"
        if self.end.phase in CLOSED:
            return "wrong close"
        return "other end" if self.is_over else "stuck"


def read_callers(text: str) -> list[Caller]:
    """Return the callers of a file of JSON lines. :raises BadCaller:"""
    return [_numbered(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def play(caller: Caller, rehearsal: Rehearsal) -> Played:
    """Play the caller's whole call.

    To a question they were not written for, they say their last words once more, and then yes.
    """
    lines = [("we", " ".join(rehearsal.begin()))]
    used: Counter[str] = Counter()
    last, answers = YES, 0
    while not rehearsal.is_over and answers < MAX_ANSWERS:
        phase = rehearsal.session.phase.value
        last = _line(caller.says.get(phase) or (last, YES), used[phase])
        used[phase] += 1
        answers += 1
        words = rehearsal.answer(last)
        lines += [("they", last), ("cue", rehearsal.cue or ""), ("we", " ".join(words))]
    return Played(caller, _end(caller, rehearsal), answers, rehearsal.is_over, tuple(lines))


def play_all(callers: Iterable[Caller], rehearsal_in: Callable[[str], Rehearsal]) -> Iterator[Played]:
    """Play each caller in a rehearsal of their own, made for their time zone."""
    return (play(caller, rehearsal_in(caller.zone)) for caller in callers)


def figures(played: list[Played]) -> dict[str, float]:
    faults = Counter(one.fault for one in played)
    count = len(played) or 1
    return {
        "callers": len(played),
        "success_percent": round(100 * sum(one.is_right for one in played) / count, 1),
        "wrong_bookings": faults["wrong booking"],
        "wrong_closes": faults["wrong close"],
        "stuck": sum(not one.is_over for one in played),
        "turns_per_call": round(sum(one.answers for one in played) / count, 1),
    }


def _line(lines: tuple[str, ...], used: int) -> str:
    return lines[min(used, len(lines) - 1)]


def _end(caller: Caller, rehearsal: Rehearsal) -> End:
    call_back_at = rehearsal.session.call_back_at
    return End(
        rehearsal.session.phase.value,
        at=_local(rehearsal.booked, caller.zone),
        call_back=_local(call_back_at, caller.zone),
    )


def _local(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(MINUTES) if at else ""


def _numbered(number: int, line: str) -> Caller:
    try:
        return _caller(json.loads(line))
    except json.JSONDecodeError as error:
        raise BadCaller(f"Line {number} is not JSON: {error}.") from error
    except BadCaller as error:
        raise BadCaller(f"Line {number}: {error}") from error


def _caller(row: Any) -> Caller:
    if not isinstance(row, dict):
        raise BadCaller('a caller is an object: {"id", "kind", "zone", "says", "expect", "turns"}.')
    return Caller(
        id=_text(row, "id"),
        kind=_text(row, "kind", ""),
        zone=_zone(_text(row, "zone")),
        says=_says(row.get("says")),
        expect=_expect(row.get("expect")),
        turns=_turns(row.get("turns", MAX_ANSWERS)),
    )


def _text(row: dict[str, Any], name: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if not isinstance(value, str):
        raise BadCaller(f'"{name}" has to be a text.')
    return value


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadCaller(f'there is no time zone "{name}"; give an IANA one, such as Asia/Kolkata.') from error


def _says(says: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(says, dict):
        raise BadCaller('"says" has to hold the lines said in each phase: {"identity": ["yes"], …}.')
    return {phase: _lines(phase, lines) for phase, lines in says.items()}


def _lines(phase: str, lines: Any) -> tuple[str, ...]:
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        raise BadCaller(f'what is said in "{phase}" has to be a list of at least one text.')
    return tuple(lines)


def _expect(ends: Any) -> tuple[End, ...]:
    if not isinstance(ends, list) or not all(isinstance(end, dict) for end in ends):
        raise BadCaller('"expect" has to list the ends that are right: [{"phase": "agreed", "at": …}, …].')
    return tuple(End(_text(end, "phase"), _text(end, "at", ""), _text(end, "call_back", "")) for end in ends)


def _turns(turns: Any) -> int:
    if not isinstance(turns, int):
        raise BadCaller('"turns" has to be a whole number.')
    return turns
