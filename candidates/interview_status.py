"""Changes a candidate's status when an interview is booked or cancelled, in the transaction that does so."""

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from candidates.documents import UNDECIDED, Candidate, TrackingStatus
from candidates.suppression.services import BY_COUNTS, touch


def mark_interview_scheduled(*, candidate_id: ObjectId, now: datetime, transaction: ClientSession) -> bool:
    """Record that the candidate has an interview; return False, and change nothing, where their status forbids that."""
    result = Candidate._get_collection().update_one(
        {"_id": candidate_id, "call_tracking.status": {"$in": [*UNDECIDED]}},
        {
            "$set": {"call_tracking.status": TrackingStatus.INTERVIEW_SCHEDULED.value, "updated_at": now},
            "$unset": {"call_tracking.next_attempt_at": ""},
        },
        session=transaction,
    )
    return bool(result.matched_count)


class StillOnCall(Exception):
    """The call in which the interview was agreed is under way; its end decides the candidate's status."""


def reopen_after_cancellation(
    *, candidate_id: ObjectId, now: datetime, transaction: ClientSession, on_call: ObjectId | None = None
) -> bool:
    """Let a candidate whose interview is cancelled be called again; return whether anything changed.

    The candidate is active if attempts are left, unless their number was suppressed meanwhile. No next attempt is set:
    a person decides whether to call again. `on_call` is the session of the call in which the candidate cancels, which
    may be under way.

    :raises StillOnCall: nothing was changed.
    """
    scheduled = {"_id": candidate_id, "call_tracking.status": TrackingStatus.INTERVIEW_SCHEDULED.value}
    collection = Candidate._get_collection()
    found = collection.find_one(scheduled, {"phone": 1, "call_tracking.open_session_id": 1}, session=transaction)
    if found is None:
        return False
    if found["call_tracking"].get("open_session_id") not in {None, on_call}:
        raise StillOnCall("The call in which this interview was agreed is still under way; try again when it is over.")
    refusal = touch(phones=[found["phone"]], transaction=transaction).get(found["phone"])
    reopened = [{"$set": {"call_tracking.status": refusal.value if refusal else BY_COUNTS, "updated_at": now}}]
    collection.update_one(scheduled, reopened, session=transaction)
    return True
