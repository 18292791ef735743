"""Why a change of slots, interviews or mails was refused; each is raised before anything was changed."""

from interviews.documents import InterviewStatus

# Why an interview of this status is not changed any more
NOT_CONFIRMED = {
    InterviewStatus.CANCELLED: "The interview was cancelled already.",
    InterviewStatus.RESCHEDULED: "The interview was rescheduled.",
    InterviewStatus.COMPLETED: "The interview was marked as held already.",
    InterviewStatus.NO_SHOW: "The interview was marked as a no-show already.",
}
# For an update that matched nothing, though what was read afterwards allows it: another process was between the two
CHANGED_MEANWHILE = "Somebody else changed this meanwhile. Look at it again."


class SlotNotFound(Exception):
    """There is no such slot."""


class SlotTaken(Exception):
    """The interviewer has another slot at that time."""


class SlotGone(Exception):
    """The slot is not free any more."""


class InterviewNotFound(Exception):
    """There is no such interview."""


class CandidateNotBookable(Exception):
    """The candidate is gone, has an interview already, or is not to be contacted."""


class MailNotFound(Exception):
    """There is no such mail."""


class ChangeRefused(Exception):
    """It is too early, too late, or done already; the message says which."""
