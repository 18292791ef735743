"""How candidates are saved: in one transaction with what was refused of their numbers."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from candidates.documents import Candidate, TrackingStatus, has_attempt_left
from candidates.suppression.services import status_with, touch
from config.mongo import client

Stored = dict[str, Any]


def insert(candidate: Candidate) -> Stored:
    """Save a new candidate, who must be valid; return them as stored.

    :raises pymongo.errors.DuplicateKeyError: another candidate has the phone number.
    """
    raw = candidate.to_mongo().to_dict()
    raw.setdefault("_id", ObjectId())
    return client.transact(partial(_insert, raw))


def _insert(raw: Stored, transaction: ClientSession) -> Stored:
    (stored,) = with_refusals([raw], transaction)
    Candidate._get_collection().insert_one(stored, session=transaction)
    return stored


def with_refusals(raws: Sequence[Stored], transaction: ClientSession) -> list[Stored]:
    """Return new candidates as they are to be inserted in the transaction, by what is refused of their numbers."""
    refused = touch(phones=[raw["phone"] for raw in raws], transaction=transaction)
    return [_refused(raw, refusal) if (refusal := refused.get(raw["phone"])) else raw for raw in raws]


def _refused(raw: Stored, refusal: TrackingStatus) -> Stored:
    tracking = dict(raw["call_tracking"])
    tracking["status"] = status_with(TrackingStatus(tracking["status"]), refusal).value
    tracking.pop("next_attempt_at", None)
    return raw | {"call_tracking": tracking}


def change(condition: Stored, update: Stored) -> Stored | None:
    """Update the candidate for whom the condition holds; return them as they are then, None where there is none.

    One update, or where it gives a phone number, one transaction.

    :raises pymongo.errors.DuplicateKeyError: another candidate has that number.
    """
    if "phone" not in update.get("$set", {}):
        return _update(condition, update)
    return client.transact(partial(_give_number, condition, update))


def _give_number(condition: Stored, update: Stored, transaction: ClientSession) -> Stored | None:
    phone = update["$set"]["phone"]
    refusal = touch(phones=[phone], transaction=transaction).get(phone)
    found = Candidate._get_collection().find_one(condition, {"phone": 1, "call_tracking": 1}, session=transaction)
    if found is None:
        return None
    status = _status_on(phone, found, refusal).value
    if status == found["call_tracking"]["status"]:
        return _update(condition, update, transaction)
    closing = {"$set": {"call_tracking.status": status}, "$unset": {"call_tracking.next_attempt_at": ""}}
    return _update(
        condition, {key: update.get(key, {}) | closing.get(key, {}) for key in update | closing}, transaction
    )


def _status_on(phone: str, found: Stored, refusal: TrackingStatus | None) -> TrackingStatus:
    """Return where a candidate stands on the number: a wrong one is wrong no more once it is another."""
    tracking = found["call_tracking"]
    status = TrackingStatus(tracking["status"])
    if status is TrackingStatus.WRONG_NUMBER and found["phone"] != phone:
        is_left = has_attempt_left(TrackingStatus.ACTIVE, tracking["total_attempts"], tracking["max_attempts"])
        status = TrackingStatus.ACTIVE if is_left else TrackingStatus.MAX_ATTEMPTS_REACHED
    return status_with(status, refusal)


def _update(condition: Stored, update: Stored, transaction: ClientSession | None = None) -> Stored | None:
    after = ReturnDocument.AFTER
    updated: Stored | None = Candidate._get_collection().find_one_and_update(
        condition, update, return_document=after, session=transaction
    )
    return updated
