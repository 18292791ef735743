"""Work of this app that nobody waits for; each job claims what it does, so any number of workers may run it."""

from datetime import datetime, timedelta

from interviews import holds, outbox
from interviews.documents import Interview
from interviews.signals import interview_confirmed

# News older than this that nobody acted on was lost in a crash
LOST_AFTER = timedelta(minutes=1)


def send_due_mails(*, now: datetime) -> int:
    """Send the mails that are due: invitations, notices, follow-ups."""
    return outbox.send_due(now=now)


def queue_missed_invitations(*, now: datetime) -> int:
    """Tell again of bookings whose news was lost."""
    missed = list(outbox.uninvited_interviews(before=now - LOST_AFTER))
    for interview_id in missed:
        interview_confirmed.send_robust(sender=Interview, interview_id=interview_id, now=now)
    return len(missed)


def free_expired_holds(*, now: datetime) -> int:
    """Let slots fall free whose call is long over."""
    return holds.release_expired_slots(now=now)
