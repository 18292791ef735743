"""Putting numbers on the suppression list and taking them off, together with the candidates who have them.

Who gives a candidate a number writes the number's document (`touch`) in the same transaction, and so does who refuses:
of two transactions that write one document the later one runs again, so neither goes by the other.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession

from candidates.documents import UNDECIDED, Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import LONGEST_NOTE, Suppression, SuppressionEvent, SuppressionReason
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
# What an update pipeline makes of a candidate whom nothing keeps from being called: their counts say it
BY_COUNTS = {
    "$cond": [
        {"$lt": ["$call_tracking.total_attempts", "$call_tracking.max_attempts"]},
        TrackingStatus.ACTIVE.value,
        TrackingStatus.MAX_ATTEMPTS_REACHED.value,
    ]
}


class NumberNotFound(Exception):
    """Nothing is kept of a number with such an id."""


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
    """Keep what was refused on a call: the number called is suppressed, and whoever has it is not called again.

    `phone` is the number that was called, which may be another candidate's by now, or nobody's; None stands for the
    candidate's own, for calls that did not keep it. An opt-out and "not interested" are the person's own words: they
    close the candidate of the call too, on whichever number that is reached by now. What one source refused once it
    does not refuse again: repeated after somebody took the number off the list, it changes nothing.

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
    """Return whether the source refused that much already; who is not interested may still want no calls at all."""
    is_weightiest = STATUSES[reason] is TrackingStatus.DO_NOT_CALL
    as_much = [each.value for each in SuppressionReason if not is_weightiest or STATUSES[each] is STATUSES[reason]]
    event = {"source": source, "is_active": True, "reason": {"$in": as_much}}
    said = {"_id": number_id(phone), "history": {"$elemMatch": event}}
    return Suppression._get_collection().find_one(said, {"_id": 1}, session=transaction) is not None


def suppress(
    *, phones: Collection[str], reason: SuppressionReason, source: str, now: datetime, transaction: ClientSession
) -> None:
    """Put numbers (E.164) on the list, and close the candidates who have them.

    A number that stands there for the same reason, or for one that weighs more, stays as it is.
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
    """Return what stands in the document of a number that is refused for the first time, but for the number."""
    event = SuppressionEvent(at=now, is_active=True, reason=reason.value, source=source)
    stands = {"is_active": True, "reason": reason.value, "source": source, "suppressed_at": now}
    return stands | {"touched": 1, "history": [_raw(event)]}


def _write(
    key: str, phone: str, known: dict[str, Any] | None, refusal: dict[str, Any]
) -> InsertOne[dict[str, Any]] | UpdateOne:
    """Return what writes a refusal; where it is no news, the document is written all the same."""
    if known is None:
        return InsertOne({"_id": key, "phone": phone} | refusal)
    touched = {"$inc": {"touched": 1}, "$set": {"phone": phone}}
    if _outweighs(known, SuppressionReason(refusal["reason"])):
        return UpdateOne({"_id": key}, touched)
    stands = {name: refusal[name] for name in ("is_active", "reason", "source", "suppressed_at")}
    return UpdateOne({"_id": key}, touched | {"$set": stands | {"phone": phone}, "$push": _noted(*refusal["history"])})


def _outweighs(known: dict[str, Any], reason: SuppressionReason) -> bool:
    """Return whether what is known of a number makes another reason no news; not being called weighs most."""
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
    """Return where a candidate stands once their number is known to be refused, or (None) not to be.

    Not to be called at all outweighs everything; any other refusal leaves what is settled already, an interview too.
    """
    if refusal is TrackingStatus.DO_NOT_CALL or (refusal and before in UNDECIDED):
        return refusal
    return before


def _close(whom: dict[str, Any], reason: SuppressionReason, now: datetime, transaction: ClientSession) -> None:
    """Close the candidates who stand where `status_with` gives another status."""
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
    """Return what is refused of the numbers (E.164), by number, having written the document of each.

    A number of which nothing is known gets a document that goes again in the same transaction: nothing is kept of who
    never refused, and yet a refusal in another transaction meets it.
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
    if unknown := [key for key in numbers if key not in known]:
        collection.insert_many([{"_id": key} for key in unknown], ordered=False, session=transaction)
        collection.delete_many({"_id": {"$in": unknown}}, session=transaction)
    return {numbers[key]: status for key, status in known.items() if status}


def refused_among(phones: Iterable[str]) -> dict[str, TrackingStatus]:
    """Return what is refused of the numbers (E.164) now, by number; for telling, as it may be otherwise in a moment."""
    numbers = {number_id(phone): phone for phone in phones}
    return {numbers[key]: status for key, status in _known(numbers).items() if status}


def _known(numbers: dict[str, str], transaction: ClientSession | None = None) -> dict[str, TrackingStatus | None]:
    """Return the numbers that have a document, by their ids, with what is refused of each: None where it was lifted."""
    fields = {"is_active": 1, "reason": 1}
    found = Suppression._get_collection().find({"_id": {"$in": [*numbers]}}, fields, session=transaction)
    return {each["_id"]: STATUSES[SuppressionReason(each["reason"])] if each["is_active"] else None for each in found}


def lift(*, number: str, note: str, source: str, now: datetime, transaction: ClientSession) -> None:
    """Take a number off the list, by its `number_id`, and let the candidate who has it be called again.

    Who was closed by this refusal is active again, or out of attempts by their counts; no next attempt is set. Where
    the number is erased no candidate has it: adding one would have written it down again.

    :raises NotSuppressed: nothing was changed. :raises mongoengine.ValidationError: the note is empty or no line.
    """
    validate_line(note, min_length=1, max_length=LONGEST_NOTE)
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
    """Put a number (E.164) on the list as somebody says, in a transaction of its own; return what stands there."""
    client.transact(
        lambda transaction: suppress(phones=[phone], reason=reason, source=by, now=now, transaction=transaction)
    )
    return get_suppression(number_id(phone))


def lift_number(*, number: str, note: str, by: str, now: datetime) -> Suppression:
    """Take a number off the list as somebody says, in a transaction of its own; return what stands there.

    :raises NumberNotFound: :raises NotSuppressed: :raises mongoengine.ValidationError: as `lift` does.
    """
    get_suppression(number)
    client.transact(lambda transaction: lift(number=number, note=note, source=by, now=now, transaction=transaction))
    return get_suppression(number)


def get_suppression(number: object) -> Suppression:
    """Return what is kept of the number with this id. :raises NumberNotFound: also where it is malformed."""
    found = Suppression.objects(id=number).first() if isinstance(number, str) else None
    if found is None:
        raise NumberNotFound(f"Suppression not found with ID: {number!s:.100}")
    return found


def forget_number(*, phone: str) -> bool:
    """Erase the number itself and keep that it was refused; return whether anything was known of it."""
    result = Suppression._get_collection().update_one({"_id": number_id(phone)}, {"$unset": {"phone": ""}})
    return bool(result.matched_count)
