"""The one gate before every dial: a switch that stops all dialling at once, and the day's bounds on calls and money.

One document holds the switch and what the day has used up. A call passes by one conditional update of it, which counts
the call: whoever turns dialling off knows, once that is written, that no call passes any more.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId
from django.conf import settings
from pymongo.collection import Collection

from calls.documents import ConversationSession, Dialling
from config.mongo.fields import validate_line

LONGEST_REASON = 200
SECONDS_A_MINUTE = 60

_THE_ONE = {"_id": "dialling"}


class NotDialling(Exception):
    """Nobody may be called now, whoever it is; `code` is the API's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"Cannot make call: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Standing:
    """How dialling stands: the switch, and what the day has used up; each bound is None where there is none."""

    is_on: bool
    changed_by: str | None
    changed_at: datetime | None
    reason: str | None
    day: str
    calls: int
    minutes: int

    @property
    def calls_a_day(self) -> int | None:
        """How many calls may be made in a day."""
        return settings.CALLS_PER_DAY or None

    @property
    def cost(self) -> Decimal:
        """What the calls of the day cost, by started minutes; one under way counts with one."""
        return Decimal(self.minutes * settings.PRICE_PER_MINUTE)

    @property
    def cost_a_day(self) -> Decimal | None:
        return settings.COST_PER_DAY or None

    @property
    def in_words(self) -> str:
        calls = f"{self.calls} of {self.calls_a_day} calls" if self.calls_a_day else f"{self.calls} calls"
        cost = f"{self.cost} of {self.cost_a_day}" if self.cost_a_day else f"{self.cost}"
        return f"{calls}, {self.minutes} started minutes" + (f", {cost} spent" if settings.PRICE_PER_MINUTE else "")

    @property
    def refusal(self) -> NotDialling | None:
        """Why nobody may be called now, None where calls pass."""
        if not self.is_on:
            return NotDialling("dialling_off", f"dialling is off{_since(self)}")
        if self.calls_a_day is not None and self.calls >= self.calls_a_day:
            return NotDialling("daily_limit_reached", f"the day's {self.calls_a_day} calls are made (CALLS_PER_DAY)")
        max_minutes = _max_minutes()
        if max_minutes is not None and self.minutes >= max_minutes:
            spent = f"{self.cost} of {self.cost_a_day} a day are spent (COST_PER_DAY)"
            return NotDialling("daily_limit_reached", f"{spent}; no further minute may begin")
        return None


def _since(standing: Standing) -> str:
    since = standing.changed_at.astimezone(_zone()) if standing.changed_at else None
    reason = (standing.reason or "").rstrip(".")  # whoever shows it ends the sentence
    return (f" since {since:%d %b %Y, %H:%M %Z}" if since else "") + f", by {standing.changed_by}: {reason}"


def switch(*, is_on: bool, by: str, reason: str, now: datetime) -> None:
    """Turn all dialling on or off. Once this returns, a call that had not passed before is not asked for.

    :raises mongoengine.ValidationError: the reason is none, or no line of text.
    """
    validate_line(reason.strip(), min_length=1, max_length=LONGEST_REASON)
    said = {"is_on": is_on, "changed_by": by, "changed_at": now, "reason": reason.strip()}
    _collection().update_one(_THE_ONE, {"$set": said}, upsert=True)


def standing(*, now: datetime) -> Standing:
    """Return how dialling stands at that time; where nothing is stored it is on."""
    stored = _collection().find_one(_THE_ONE) or {}
    today = day_of(now)
    is_today = stored.get("day", "") in _todays(today)
    return Standing(
        is_on=stored.get("is_on", True),
        changed_by=stored.get("changed_by"),
        changed_at=stored.get("changed_at"),
        reason=stored.get("reason"),
        day=stored["day"] if is_today else today,
        calls=stored.get("calls", 0) if is_today else 0,
        minutes=stored.get("minutes", 0) + len(stored.get("under_way", ())) if is_today else 0,
    )


def let_through(*, session_id: ObjectId, now: datetime) -> None:
    """Let a call pass and count it. :raises NotDialling: it may not, and nothing was counted."""
    while not _count(session_id, day_of(now)):
        if refusal := standing(now=now).refusal:
            raise refusal
        # Nothing is stored yet, or somebody changed it since
        _collection().update_one(_THE_ONE, {"$setOnInsert": {"is_on": True}}, upsert=True)


def _count(session_id: ObjectId, today: str) -> bool:
    """Count the call where it may pass; return whether it may.

    The day goes forward only: of two machines at midnight, the one whose clock is behind does not begin it again.
    """
    is_today = {"$in": [{"$ifNull": ["$day", ""]}, _todays(today)]}
    calls, minutes = _of_today("calls", 0, is_today), _of_today("minutes", 0, is_today)
    under_way = _of_today("under_way", [], is_today)
    bounds: list[dict[str, Any]] = []
    if settings.CALLS_PER_DAY:
        bounds.append({"$lt": [calls, settings.CALLS_PER_DAY]})
    if (max_minutes := _max_minutes()) is not None:
        bounds.append({"$lt": [{"$add": [minutes, {"$size": under_way}]}, max_minutes]})
    counted = {
        "day": {"$cond": [is_today, "$day", today]},
        "calls": {"$add": [calls, 1]},
        "minutes": minutes,
        "under_way": {"$concatArrays": [under_way, [session_id]]},
    }
    is_open = _THE_ONE | {"is_on": {"$ne": False}, "$expr": {"$and": bounds}}
    return bool(_collection().update_one(is_open, [{"$set": counted}]).matched_count)


def _of_today(field: str, none: Any, is_today: dict[str, Any]) -> dict[str, Any]:
    return {"$cond": [is_today, {"$ifNull": [f"${field}", none]}, none]}


def _max_minutes() -> int | None:
    """Return how many minutes the money of a day pays for, None where it is not bounded."""
    if not settings.COST_PER_DAY:
        return None
    return int(settings.COST_PER_DAY // settings.PRICE_PER_MINUTE)


def take_back(*, session_id: ObjectId) -> None:
    """Uncount a call that was not asked for: nobody's phone rang. A second time changes nothing."""
    _end(session_id, calls=-1, minutes=0)


def count_minutes(*, session_id: ObjectId) -> None:
    """Count what a call that is over took, in started minutes. A second time changes nothing."""
    stored = ConversationSession._get_collection().find_one({"_id": session_id}, {"duration_seconds": 1})
    seconds = (stored or {}).get("duration_seconds") or 0
    _end(session_id, calls=0, minutes=math.ceil(seconds / SECONDS_A_MINUTE))


def _end(session_id: ObjectId, *, calls: int, minutes: int) -> None:
    """Take the call off those under way; one of a day that is over is there no more, and counts there."""
    ended = {"$pull": {"under_way": session_id}, "$inc": {"calls": calls, "minutes": minutes}}
    _collection().update_one(_THE_ONE | {"under_way": session_id}, ended)


def day_of(at: datetime) -> str:
    """Return the day of a time, such as 2026-03-02, in the project's time zone."""
    return at.astimezone(_zone()).date().isoformat()


def _todays(today: str) -> list[str]:
    """Return the stored days that are today: it, and tomorrow, where a clock that is ahead has begun it."""
    return [today, (date.fromisoformat(today) + timedelta(days=1)).isoformat()]


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _collection() -> Collection[dict[str, Any]]:
    collection: Collection[dict[str, Any]] = Dialling._get_collection()
    return collection
