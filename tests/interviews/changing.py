"""Words for the tests of changes to interviews: one that is booked, what is stored of it, a change refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from interviews import changes, mails, services
from interviews.changes import ChangeRefused
from interviews.documents import Interview, Slot
from tests.factories import NOW, a_candidate, a_slot, an_interview

LATER = NOW + timedelta(hours=1)
STARTS = NOW + timedelta(days=2)
AFTERWARDS = STARTS + timedelta(hours=1)


def booked(**fields: Any) -> Interview:
    """Book an interview in two days; its mails are queued."""
    return an_interview(a_candidate(**fields), a_slot())


def mailed(**fields: Any) -> Interview:
    """Book an interview whose mails are sent."""
    interview = booked(**fields)
    mails.send_due(now=NOW)
    return interview


def stored(interview: Interview) -> Interview:
    return Interview.objects(id=interview.id).no_dereference().get()


def cancel(interview: Interview, *, reason: str = "Priya is ill", now: datetime = LATER, **options: Any) -> None:
    changes.cancel_interview(interview_id=interview.id, reason=reason, now=now, **options)


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: list(database[name].find()) for name in ("slots", "interviews", "candidates", "follow_ups")}


def refused(change: Callable[[], Any]) -> bool:
    try:
        change()
    except ChangeRefused:
        return True
    return False


def withdrawn(**fields: Any) -> Slot:
    return services.withdraw_slot(slot_id=a_slot(**fields).id)
