"""Which candidates may not be deleted yet: of whom a call has ended, and not everybody has heard what came of it."""

from datetime import datetime

from bson import ObjectId
from pymongo.client_session import ClientSession

from calls.documents import ConversationSession
from candidates.deletion import Need

UNRECORDED = Need(
    "call_in_progress", "What came of the candidate's last call is being recorded; try again in a minute."
)


def need_of(candidate_id: ObjectId, _now: datetime, transaction: ClientSession | None) -> Need | None:
    """Return what needs the candidate here: the mail that a call promised is queued only after it."""
    unrecorded = {"candidate": candidate_id, "ended_at": {"$ne": None}, "recorded_at": None}
    found = ConversationSession._get_collection().find_one(unrecorded, {"_id": 1}, session=transaction)
    return UNRECORDED if found else None
