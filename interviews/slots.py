"""Slots are added, withdrawn and opened again; no two of one interviewer's overlap."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from bson import ObjectId
from mongoengine import ValidationError
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from config.mongo import client
from config.mongo.ids import object_id
from interviews.documents import LONGEST_SLOT, InterviewerDay, Slot, SlotStatus
from interviews.errors import CHANGED_MEANWHILE, ChangeRefused, SlotGone, SlotNotFound, SlotTaken

# Later than this is a mistyped year rather than a slot
MAX_AHEAD = timedelta(days=730)


def create_slot(*, now: datetime, **fields: Any) -> Slot:
    """Save a new slot.

    :raises SlotTaken: the interviewer has one that overlaps it.
    :raises mongoengine.ValidationError: a field is invalid, or the slot is not in the next MAX_AHEAD.
    """
    slot = Slot(id=ObjectId(), created_at=now, **fields)
    validate_new_slot(slot=slot, now=now)

    def insert(transaction: ClientSession) -> None:
        _reserve_time(slot=slot, transaction=transaction)
        try:
            Slot._get_collection().insert_one(slot.to_mongo().to_dict(), session=transaction)
        except DuplicateKeyError as error:  # a withdrawn slot does not overlap, but is in the unique index
            raise _taken(slot) from error

    client.transact(insert)
    return slot


def validate_new_slot(*, slot: Slot, now: datetime) -> None:
    """Raise what create_slot would, as far as can be known without saving; a form checks its input by this.

    :raises SlotTaken: :raises mongoengine.ValidationError:
    """
    slot.validate(clean=True)
    if not now < slot.starts_at < now + MAX_AHEAD:
        message = f"A slot must start in the future, and within the next {MAX_AHEAD.days} days."
        raise ValidationError(message, errors={"starts_at": ValidationError(message, field_name="starts_at")})
    _validate_no_overlap(slot=slot)


def _reserve_time(*, slot: Slot, transaction: ClientSession) -> None:
    """Check that the slot overlaps no other, so that this still holds when the transaction commits. :raises SlotTaken:

    Slots that overlap share a day. Two transactions that write the document of that day conflict, so one of them runs
    again after the other has committed, and then finds its slot.
    """
    begins, ends = (at.astimezone(UTC).date() for at in (slot.starts_at, slot.ends_at))
    for day in dict.fromkeys((begins, ends)):
        InterviewerDay._get_collection().update_one(
            {"_id": f"{slot.interviewer_email} {day}"},
            {"$inc": {"version": 1}, "$setOnInsert": {"day": datetime.combine(day, time(), UTC)}},
            upsert=True,
            session=transaction,
        )
    _validate_no_overlap(slot=slot, transaction=transaction)


def _validate_no_overlap(*, slot: Slot, transaction: ClientSession | None = None) -> None:
    """:raises SlotTaken: the interviewer has another slot then that is not withdrawn."""
    overlapping = {
        "_id": {"$ne": slot.id},
        "interviewer_email": slot.interviewer_email,
        "starts_at": {"$lt": slot.ends_at, "$gte": slot.starts_at - LONGEST_SLOT},
        "ends_at": {"$gt": slot.starts_at},
        "status": {"$ne": SlotStatus.WITHDRAWN.value},
    }
    if Slot._get_collection().find_one(overlapping, {"_id": 1}, session=transaction):
        raise _taken(slot)


def _taken(slot: Slot) -> SlotTaken:
    return SlotTaken(f"{slot.interviewer_email} already has a slot at {slot.starts_at.isoformat()}.")


def withdraw_slot(*, slot_id: object) -> Slot:
    """Withdraw a slot that is not booked, even one that a call holds; once more changes nothing.

    :raises SlotNotFound: :raises SlotGone: it is booked.
    """
    key = object_id(slot_id)
    takable = [SlotStatus.OPEN.value, SlotStatus.HELD.value, SlotStatus.WITHDRAWN.value]
    update = {"$set": {"status": SlotStatus.WITHDRAWN.value}, "$unset": {"held_by": "", "held_until": ""}}
    slot = key and Slot.objects(id=key, status__in=takable).modify(__raw__=update, new=True)
    if slot:
        return slot
    if key and Slot.objects(id=key).first():
        raise SlotGone("The slot is booked; cancel its interview first.")
    raise SlotNotFound(f"Slot not found with ID: {slot_id}")


def reopen_slot(*, slot_id: object, now: datetime) -> Slot:
    """Open a withdrawn slot again.

    :raises SlotNotFound: :raises ChangeRefused: it is not withdrawn, or past. :raises SlotTaken: another one overlaps.
    """
    key = object_id(slot_id)
    slot = Slot.objects(id=key).first() if key else None
    if slot is None:
        raise SlotNotFound(f"Slot not found with ID: {slot_id!s:.100}")
    why = why_not_reopened(slot, now)
    reopened = None if why else _reopen(slot)
    if reopened is None:
        raise ChangeRefused(why or CHANGED_MEANWHILE)
    return reopened


def _reopen(slot: Slot) -> Slot | None:
    withdrawn = {"_id": slot.id, "status": SlotStatus.WITHDRAWN.value}
    opened = {"$set": {"status": SlotStatus.OPEN.value}}

    def reopen(transaction: ClientSession) -> dict[str, Any] | None:
        _reserve_time(slot=slot, transaction=transaction)
        return Slot._get_collection().find_one_and_update(
            withdrawn, opened, return_document=ReturnDocument.AFTER, session=transaction
        )

    found = client.transact(reopen)
    return Slot._from_son(found) if found else None


def why_not_reopened(slot: Slot, now: datetime) -> str | None:
    """Return why the slot cannot be opened again, or None."""
    if slot.status != SlotStatus.WITHDRAWN:
        return "Only a withdrawn slot is opened again."
    return "The slot lies in the past." if slot.starts_at <= now else None
