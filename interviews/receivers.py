"""What follows from the news of this app."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from django.dispatch import receiver

from interviews import outbox
from interviews.signals import interview_confirmed


@receiver(interview_confirmed)
def queue_the_invitation(*, interview_id: ObjectId, now: datetime, **_: Any) -> None:
    """Queue the invitation; a job mails it."""
    outbox.queue_invitation(interview_id=interview_id, now=now)
