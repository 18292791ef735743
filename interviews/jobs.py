"""The jobs of this app; each claims what it works on, so any number of workers may run it at once."""

from datetime import datetime, timedelta

from interviews import holds, outbox
from interviews.documents import Interview
from interviews.signals import interview_confirmed

# A booking this old without a queued invitation lost its signal in a crash
LOST_AFTER = timedelta(minutes=1)


def send_due_mails(*, now: datetime) -> int:
    return outbox.send_due(now=now)


def queue_missed_invitations(*, now: datetime) -> int:
    """Send interview_confirmed again for bookings whose signal was lost; return how many there were."""
    missed = list(outbox.uninvited_interviews(before=now - LOST_AFTER))
    for interview_id in missed:
        interview_confirmed.send_robust(sender=Interview, interview_id=interview_id, now=now)
    return len(missed)


def free_expired_holds(*, now: datetime) -> int:
    """Release the holds of calls that ended without releasing them."""
    return holds.release_expired_slots(now=now)
