"""Queued mails, and the deliveries that are stored of them."""

from bson import ObjectId

from interviews import outbox
from interviews.documents import Delivery, Interview
from tests.factories import NOW, a_booked_interview, a_candidate

ASHA, PRIYA = "asha@example.com", "priya@acme.example"


def an_interview_to_invite_to() -> Interview:
    """Book an interview whose notice is sent already, so that the invitation is the one mail to send."""
    interview = a_booked_interview()
    Interview.objects(id=interview.id).update_one(set__notice__status="sent")
    return interview


def queue_a_follow_up() -> ObjectId:
    """Queue a follow-up; return the session that promised it."""
    session_id = ObjectId()
    outbox.queue_follow_up(candidate_id=a_candidate().id, session_id=session_id, now=NOW)
    return session_id


def invitation(interview: Interview) -> Delivery:
    return Interview.objects(id=interview.id).no_dereference().get().invitation


def notice(interview: Interview) -> Delivery:
    return Interview.objects(id=interview.id).no_dereference().get().notice


def deliveries(interview: Interview) -> tuple[Delivery, Delivery]:
    return invitation(interview), notice(interview)


def statuses(interview: Interview) -> list[str]:
    return [delivery.status for delivery in deliveries(interview)]


def errors(interview: Interview) -> list[str]:
    return [delivery.error for delivery in deliveries(interview)]
