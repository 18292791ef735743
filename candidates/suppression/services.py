"""Puts numbers on the suppression list and takes them off, and changes the candidates who have them.

A refusal and giving a candidate that number at the same moment must not miss each other. Both therefore write the
number's document in their transaction (`touch`): MongoDB lets one of two such transactions through, and the other runs
again and then reads what the first wrote. A transaction that only read the document would not conflict.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession

from candidates.documents import UNDECIDED, Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import MAX_NOTE, Suppression, SuppressionEvent, SuppressionReason
from candidates.suppression.numbers import number_id
from config.mongo import client
from config.mongo.fields import validate_line

MAX_EVENTS_KEPT = 20
STATUSES = {
    SuppressionReason.OPTED_OUT: TrackingStatus.DO_NOT_CALL,
    SuppressionReason.OFFICE: TrackingStatus.DO_NOT_CALL,
    SuppressionReason.NOT_INTERESTED: TrackingStatus.NOT_INTERESTED,
    SuppressionReason.WRONG_NUMBER: TrackingStatus.WRONG_NUMBER,
}
# In an update pipeline: the status of a candidate whom neither an interview nor a refusal keeps from being called
BY_COUNTS = {
    "$cond": [
        {"$lt": ["$call_tracking.total_attempts", "$call_tracking.max_attempts"]},
        TrackingStatus.ACTIVE.value,
        TrackingStatus.MAX_ATTEMPTS_REACHED.value,
    ]
}


class NumberNotFound(Exception):
    """There is no number with this id."""


class NotSuppressed(Exception):
    """The number is not on the list."""


def refuse(
    *,
    phone: str | None,
    candidate_id: ObjectId,
    outcome: Outcome,
    source: str,
    now: datetime,
    transaction: ClientSession,
) -> None:
    """Suppress the number on which somebody refused, and close whoever has it.

    `phone` is the number that was called; another candidate may have it by now, or nobody. It is None for calls of a
    version that did not store it: then it is the candidate's own. An opt-out and "not interested" are said by the
    person, so they close the candidate of the call too, even if that has another number now. `source` names the call:
    its refusal counts once, so a repetition does not undo that somebody took the number off the list since.

    :raises ValueError: the outcome is no refusal.
    """
    reason = SuppressionReason(outcome.value)
    called = phone or _phone_of(candidate_id, transaction)
    if called and _has_refused(source, reason, called, transaction):
        return
    suppress(phones=[called] if called else [], reason=reason, source=source, now=now, transaction=transaction)
    if reason is not SuppressionReason.WRONG_NUMBER:
        _close({"_id": candidate_id}, reason, now, transaction)


def _phone_of(candidate_id: ObjectId, transaction: ClientSession) -> str | None:
    found = Candidate._get_collection().find_one({"_id": candidate_id}, {"phone": 1}, session=transaction)
    return found and found["phone"]


def _has_refused(source: str, reason: SuppressionReason, phone: str, transaction: ClientSession) -> bool:
    """Return whether the source refused as much already; an opt-out is more than "not interested", and counts again."""
    is_weightiest = STATUSES[reason] is TrackingStatus.DO_NOT_CALL
    as_much = [each.value for each in SuppressionReason if not is_weightiest or STATUSES[each] is STATUSES[reason]]
    event = {"source": source, "is_active": True, "reason": {"$in": as_much}}
    said = {"_id": number_id(phone), "history": {"$elemMatch": event}}
    return Suppression._get_collection().find_one(said, {"_id": 1}, session=transaction) is not None


def suppress(
    *, phones: Collection[str], reason: SuppressionReason, source: str, now: datetime, transaction: ClientSession
) -> None:
    """Put numbers (E.164) on the list, and close the candidates who have them.

    A number that is there for the same reason, or for one that weighs more, stays as it is.
    """
    if not phones:
        return
    numbers = {number_id(phone): phone for phone in phones}
    collection = Suppression._get_collection()
    known = {found["_id"]: found for found in collection.find({"_id": {"$in": [*numbers]}}, session=transaction)}
    refusal = _refusal(reason, source, now)
    writes = [_write(key, phone, known.get(key), refusal) for key, phone in numbers.items()]
    collection.bulk_write(writes, ordered=False, session=transaction)
    _close({"phone": {"$in": [*phones]}}, reason, now, transaction)


def _refusal(reason: SuppressionReason, source: str, now: datetime) -> dict[str, Any]:
    """Return the document of a number that is refused for the first time, without its id and the number."""
    event = SuppressionEvent(at=now, is_active=True, reason=reason.value, source=source)
    stands = {"is_active": True, "reason": reason.value, "source": source, "suppressed_at": now}
    return stands | {"touched": 1, "history": [_raw(event)]}


def _write(
    key: str, phone: str, known: dict[str, Any] | None, refusal: dict[str, Any]
) -> InsertOne[dict[str, Any]] | UpdateOne:
    """Return the write of a refusal. One that changes nothing is written too, to conflict with `touch`."""
    if known is None:
        return InsertOne({"_id": key, "phone": phone} | refusal)
    touched = {"$inc": {"touched": 1}, "$set": {"phone": phone}}
    if _outweighs(known, SuppressionReason(refusal["reason"])):
        return UpdateOne({"_id": key}, touched)
    stands = {name: refusal[name] for name in ("is_active", "reason", "source", "suppressed_at")}
    return UpdateOne({"_id": key}, touched | {"$set": stands | {"phone": phone}, "$push": _noted(*refusal["history"])})


def _outweighs(known: dict[str, Any], reason: SuppressionReason) -> bool:
    """Return whether the number's current refusal stays in place of a new one; "do not call" weighs most."""
    if not known["is_active"]:
        return False
    weightiest = TrackingStatus.DO_NOT_CALL
    return STATUSES[SuppressionReason(known["reason"])] is weightiest or STATUSES[reason] is not weightiest


def _raw(event: SuppressionEvent) -> dict[str, Any]:
    event.validate()
    raw: dict[str, Any] = event.to_mongo().to_dict()
    return raw


def _noted(event: dict[str, Any]) -> dict[str, Any]:
    return {"history": {"$each": [event], "$slice": -MAX_EVENTS_KEPT}}


def status_with(before: TrackingStatus, refusal: TrackingStatus | None) -> TrackingStatus:
    """Return the status of a candidate whose number has this refusal, or (None) has none.

    "Do not call" replaces every status; any other refusal leaves what is settled already, such as an interview.
    """
    if refusal is TrackingStatus.DO_NOT_CALL or (refusal and before in UNDECIDED):
        return refusal
    return before


def _close(whom: dict[str, Any], reason: SuppressionReason, now: datetime, transaction: ClientSession) -> None:
    """Close those of these candidates to whom `status_with` gives another status."""
    status = STATUSES[reason]
    closable = [before.value for before in TrackingStatus if status_with(before, status) is not before]
    Candidate._get_collection().update_many(
        whom | {"call_tracking.status": {"$in": closable}},
        {
            "$set": {"call_tracking.status": status.value, "updated_at": now},
            "$unset": {"call_tracking.next_attempt_at": ""},
        },
        session=transaction,
    )


def touch(*, phones: Iterable[str], transaction: ClientSession) -> dict[str, TrackingStatus]:
    """Write the document of each number (E.164), and return the status that its refusal gives, by number.

    Numbers without a refusal are left out.
    """
    numbers = {number_id(phone): phone for phone in phones}
    collection = Suppression._get_collection()
    known = _known(numbers, transaction)
    if known:
        touched = {"$inc": {"touched": 1}}
        again = {
            key: touched | {"$set": {"phone": numbers[key]}} if active else touched for key, active in known.items()
        }
        collection.bulk_write([UpdateOne({"_id": key}, update) for key, update in again.items()], session=transaction)
    # A document that is inserted and deleted in one transaction: it conflicts with a refusal of the number in another
    # one, and nothing is stored about people who never refused
    if unknown := [key for key in numbers if key not in known]:
        collection.insert_many([{"_id": key} for key in unknown], ordered=False, session=transaction)
        collection.delete_many({"_id": {"$in": unknown}}, session=transaction)
    return {numbers[key]: status for key, status in known.items() if status}


def refused_among(phones: Iterable[str]) -> dict[str, TrackingStatus]:
    """Return the status that the refusal of each number (E.164) gives, by number; only to inform, as it may change."""
    numbers = {number_id(phone): phone for phone in phones}
    return {numbers[key]: status for key, status in _known(numbers).items() if status}


def _known(numbers: dict[str, str], transaction: ClientSession | None = None) -> dict[str, TrackingStatus | None]:
    """Return the status for each number that has a document, by its id; None where the refusal was lifted."""
    fields = {"is_active": 1, "reason": 1}
    found = Suppression._get_collection().find({"_id": {"$in": [*numbers]}}, fields, session=transaction)
    return {each["_id"]: STATUSES[SuppressionReason(each["reason"])] if each["is_active"] else None for each in found}


def lift(*, number: str, note: str, source: str, now: datetime, transaction: ClientSession) -> None:
    """Take a number off the list, by its `number_id`, and let the candidate who has it be called again.

    A candidate whom this refusal closed is active again if attempts are left; no next attempt is set. If the number is
    erased, no candidate has it: `touch` would have stored it again.

    :raises NotSuppressed: nothing was changed. :raises mongoengine.ValidationError: the note is empty or no line.
    """
    validate_line(note, min_length=1, max_length=MAX_NOTE)
    event = SuppressionEvent(at=now, is_active=False, source=source, note=note)
    found = Suppression._get_collection().find_one_and_update(
        {"_id": number, "is_active": True},
        {"$set": {"is_active": False}, "$inc": {"touched": 1}, "$push": _noted(_raw(event))},
        session=transaction,
    )
    if found is None:
        raise NotSuppressed("This number is not on the suppression list.")
    if phone := found.get("phone"):
        closed = {"phone": phone, "call_tracking.status": STATUSES[SuppressionReason(found["reason"])].value}
        reopened = [{"$set": {"call_tracking.status": BY_COUNTS, "updated_at": now}}]
        Candidate._get_collection().update_one(closed, reopened, session=transaction)


def suppress_number(*, phone: str, reason: SuppressionReason, by: str, now: datetime) -> Suppression:
    """Put a number (E.164) on the list in a transaction of its own, and return it; `by` names who decided it."""
    client.transact(
        lambda transaction: suppress(phones=[phone], reason=reason, source=by, now=now, transaction=transaction)
    )
    return get_suppression(number_id(phone))


def lift_number(*, number: str, note: str, by: str, now: datetime) -> Suppression:
    """Take a number off the list in a transaction of its own, and return it; `by` names who decided it.

    :raises NumberNotFound: :raises NotSuppressed: :raises mongoengine.ValidationError: as `lift` does.
    """
    get_suppression(number)
    client.transact(lambda transaction: lift(number=number, note=note, source=by, now=now, transaction=transaction))
    return get_suppression(number)


def get_suppression(number: object) -> Suppression:
    """Return the number with this id. :raises NumberNotFound: also where the id is malformed."""
    found = Suppression.objects(id=number).first() if isinstance(number, str) else None
    if found is None:
        raise NumberNotFound(f"Suppression not found with ID: {number!s:.100}")
    return found


def forget_number(*, phone: str) -> bool:
    """Erase the number itself and keep its refusal under the hash; return whether there was one."""
    result = Suppression._get_collection().update_one({"_id": number_id(phone)}, {"$unset": {"phone": ""}})
    return bool(result.matched_count)
