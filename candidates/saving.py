"""Saves candidates in one transaction with the suppression list.

Everything that gives a candidate a number (services, admin, import) writes by this module. Otherwise a number that is
refused at the same moment could be called: the candidate would be saved as active after the refusal had closed
everybody with that number.
"""

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
    """Save a new candidate, whom the caller has validated; return the stored document.

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
    """Return the documents to insert in this transaction: those whose numbers are suppressed are closed."""
    refused = touch(phones=[raw["phone"] for raw in raws], transaction=transaction)
    return [_closed(raw, refusal) if (refusal := refused.get(raw["phone"])) else raw for raw in raws]


def _closed(raw: Stored, refusal: TrackingStatus) -> Stored:
    tracking = dict(raw["call_tracking"])
    tracking["status"] = status_with(TrackingStatus(tracking["status"]), refusal).value
    tracking.pop("next_attempt_at", None)
    return raw | {"call_tracking": tracking}


def change(condition: Stored, update: Stored) -> Stored | None:
    """Update the candidate who meets the condition; return the document as updated, None where nobody meets it.

    This is one update, or one transaction where it gives a phone number.

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
    """Return the status of the candidate with this number: another number than the wrong one may be called."""
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
