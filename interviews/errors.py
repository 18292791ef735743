"""What may not be done with slots, interviews and mails, each raised before anything was changed."""

from interviews.documents import (
    InterviewStatus,
)


class SlotNotFound(Exception):
    """There is no such slot."""


class SlotTaken(Exception):
    """The interviewer has another slot then."""


class SlotGone(Exception):
    """The slot is not free any more."""


class CandidateNotBookable(Exception):
    """The candidate is gone, has an interview already, or is not to be contacted."""


NOT_CONFIRMED = {
    InterviewStatus.CANCELLED: "The interview was cancelled already.",
    InterviewStatus.RESCHEDULED: "The interview was rescheduled.",
    InterviewStatus.COMPLETED: "The interview was marked as held already.",
    InterviewStatus.NO_SHOW: "The interview was marked as a no-show already.",
}


CHANGED_MEANWHILE = "Somebody else changed this meanwhile. Look at it again."


class InterviewNotFound(Exception):
    """There is no such interview."""


class MailNotFound(Exception):
    """There is no such mail."""


class ChangeRefused(Exception):
    """It is too early, too late, or done already; the message says which."""
