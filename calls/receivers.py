"""What follows from the end of a call, each by one service call."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from django.dispatch import receiver

from calls import dialling, endings
from calls.signals import call_ended
from interviews.holds import release_slots


@receiver(call_ended)
def record_the_outcome_on_the_candidate(*, session_id: ObjectId, now: datetime, **_: Any) -> None:
    """Record what came of the call on the candidate's document."""
    endings.record_outcome(session_id=session_id, now=now)


@receiver(call_ended)
def free_the_slots(*, session_id: ObjectId, **_: Any) -> None:
    """Let the slots go that were held for the call and not booked."""
    release_slots(session_id=session_id)


@receiver(call_ended)
def queue_the_mail_promised(*, session_id: ObjectId, now: datetime, **_: Any) -> None:
    """Queue the mail, where the call ended with the promise of one."""
    endings.queue_promised_mail(session_id=session_id, now=now)


@receiver(call_ended)
def count_the_minutes(*, session_id: ObjectId, **_: Any) -> None:
    """Count what the call took of the day's money."""
    dialling.count_minutes(session_id=session_id)
