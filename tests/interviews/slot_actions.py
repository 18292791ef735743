"""Slots in Kolkata's time, held and booked as a call does it."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from candidates.documents import Candidate
from interviews import bookings, holds
from interviews.documents import Evidence, Interview, Slot
from interviews.holds import HeldOffer
from interviews.understanding.meaning import TimeSaid
from interviews.weekly_patterns import WeeklyPattern
from tests.factories import NOW, a_slot

KOLKATA = ZoneInfo("Asia/Kolkata")


def in_kolkata(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=KOLKATA)


def slots_at(*starts: datetime, **fields: Any) -> list[Slot]:
    return [a_slot(starts_at=start, **fields) for start in starts]


def a_weekly_pattern(**changes: object) -> WeeklyPattern:
    """Mondays to Fridays of NOW's week, 10:00 to 12:00 in Kolkata, an hour each."""
    fields = {
        "first": date(2026, 3, 2),
        "last": date(2026, 3, 8),
        "weekdays": frozenset(range(5)),
        "begins": time(10),
        "ends": time(12),
        "minutes": 60,
        "time_zone": "Asia/Kolkata",
    }
    return WeeklyPattern(**fields | changes)


def hold(session_id: ObjectId, *wish: TimeSaid, now: datetime = NOW) -> HeldOffer:
    return holds.hold_slots(session_id=session_id, wish=wish, time_zone="Asia/Kolkata", now=now)


def held_starts(offer: HeldOffer) -> list[datetime]:
    return [slot.starts_at.astimezone(KOLKATA) for slot in offer.slots]


def raw_slot(slot: Slot) -> dict[str, Any]:
    return Slot._get_collection().find_one({"_id": slot.id})


def book(slot: Slot, candidate: Candidate, session_id: ObjectId, *, now: datetime = NOW, **fields: Any) -> Interview:
    facts = {
        "evidence": Evidence(question="Shall I book it?", answer="yes", confidence=0.9, call_sid="CA1", at=now),
        "time_zone": "Asia/Kolkata",
    }
    return bookings.book_slot(
        slot_id=slot.id, candidate_id=candidate.id, session_id=session_id, now=now, **facts | fields
    )
