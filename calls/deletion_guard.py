"""Which candidates may not be deleted yet: of whom a call has ended, and not everybody has heard what came of it."""

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from calls.documents import ConversationSession
from candidates.deletion import DeletionBlocker

UNRECORDED = DeletionBlocker(
    "call_in_progress", "What came of the candidate's last call is being recorded; try again in a minute."
)


def blocker_of(candidate_id: ObjectId, _now: datetime, transaction: ClientSession | None) -> DeletionBlocker | None:
    """Return what keeps the candidate: the mail that a call promised is queued only after the call."""
    unrecorded = {"candidate": candidate_id, "ended_at": {"$ne": None}, "recorded_at": None}
    found = ConversationSession._get_collection().find_one(unrecorded, {"_id": 1}, session=transaction)
    return UNRECORDED if found else None
