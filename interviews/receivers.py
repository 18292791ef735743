"""Receivers of this app's own signals."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from django.dispatch import receiver

from interviews import outbox
from interviews.signals import interview_confirmed


@receiver(interview_confirmed)
def queue_the_invitation(*, interview_id: ObjectId, now: datetime, **_: Any) -> None:
    # Only queued here: the caller waits for the next sentence, and a mail server may hang
    outbox.queue_invitation(interview_id=interview_id, now=now)
