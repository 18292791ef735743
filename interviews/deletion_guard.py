"""Which candidates may not be deleted yet: who has an interview ahead, or is still to get a mail."""

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from candidates.deletion import Need
from interviews.documents import DeliveryStatus, Interview, InterviewStatus
from interviews.outbox import MAIL_KINDS

AHEAD = Need("has_interview", "The candidate has an interview ahead; cancel it first.")
MAIL = Need(
    "mail_pending",
    "A mail about the candidate is still to be sent; try again in some minutes, or see the mails for what keeps it.",
)


def need_of(candidate_id: ObjectId, now: datetime, transaction: ClientSession | None) -> Need | None:
    """Return what needs the candidate here: interviews that are over, and mails that were sent, go with them."""
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
