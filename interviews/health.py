"""What the doctor examines of interviews: mails that should have gone out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from config.doctor.queues import Queue, register_queues
from interviews import outbox

MAX_WAIT = timedelta(hours=1)


def register() -> None:
    register_queues(mails)


def mails(now: datetime, limit: int) -> Iterator[Queue]:
    """Yield the mails that wait too long, and those that were given up while they still matter."""
    yield Queue(
        "mails have been due for over an hour",
        outbox.overdue_mails(before=now - MAX_WAIT, limit=limit),
        "See the lines Mail and Jobs; the last error stands on each mail in the admin.",
    )
    yield Queue(
        "mails of interviews to come, or of the last week's calls, were given up",
        outbox.failed_mails(now=now, limit=limit),
        "Correct the address and send them again in the admin.",
    )
