"""Which candidates may not be deleted yet: those with an interview ahead, or a mail still to be sent."""

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from candidates.deletion import DeletionBlocker
from interviews.documents import DeliveryStatus, Interview, InterviewStatus
from interviews.outbox import MAIL_KINDS

AHEAD = DeletionBlocker("has_interview", "The candidate has an interview ahead; cancel it first.")
MAIL = DeletionBlocker(
    "mail_pending",
    "A mail about the candidate is still to be sent; try again in some minutes, or see the mails for what keeps it.",
)


def blocker_of(candidate_id: ObjectId, now: datetime, transaction: ClientSession | None) -> DeletionBlocker | None:
    """Return why this app still needs the candidate, or None; what is over is deleted with them.

    Called inside the transaction that deletes, so nothing can be booked in between; without one, only to inform.
    """
    theirs = {"candidate": candidate_id}
    ahead = theirs | {"status": InterviewStatus.CONFIRMED.value, "ends_at": {"$gt": now}}
    if Interview._get_collection().find_one(ahead, {"_id": 1}, session=transaction):
        return AHEAD
    waiting = {"$in": [DeliveryStatus.PENDING.value, DeliveryStatus.SENDING.value]}
    for kind in MAIL_KINDS:
        unsent = theirs | {f"{kind.path}.status": waiting}
        if kind.document._get_collection().find_one(unsent, {"_id": 1}, session=transaction):
            return MAIL
    return None
