"""Interviews whose mails are sent, changes to them and to slots, and what the database then holds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from interviews import bookings, outbox, slots
from interviews.documents import Interview, Slot
from interviews.errors import ChangeRefused
from tests.factories import NOW, a_booked_interview, a_slot

LATER = NOW + timedelta(hours=1)
STARTS = NOW + timedelta(days=2)
AFTERWARDS = STARTS + timedelta(hours=1)


def a_mailed_interview(**fields: Any) -> Interview:
    """Book an interview whose mails are sent."""
    interview = a_booked_interview(**fields)
    outbox.send_due(now=NOW)
    return interview


def cancel(interview: Interview, *, reason: str = "Priya is ill", now: datetime = LATER, **options: Any) -> None:
    bookings.cancel_interview(interview_id=interview.id, reason=reason, now=now, **options)


def stored_documents(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: list(database[name].find()) for name in ("slots", "interviews", "candidates", "follow_ups")}


def is_refused(change: Callable[[], Any]) -> bool:
    try:
        change()
    except ChangeRefused:
        return True
    return False


def a_withdrawn_slot(**fields: Any) -> Slot:
    return slots.withdraw_slot(slot_id=a_slot(**fields).id)
