"""What may be done with slots and interviews; a change is one conditional update, a booking one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import uuid4

from bson import ObjectId
from django.conf import settings
from mongoengine import ValidationError
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from candidates.interview_status import mark_interview_scheduled
from config.mongo import client
from config.mongo.ids import object_id
from interviews.documents import LONGEST_SLOT, Evidence, Interview, InterviewerDay, Slot, SlotStatus
from interviews.offers import OFFERED_AT_ONCE, rank
from interviews.signals import interview_confirmed
from interviews.understanding.meaning import TimeSaid

# How many free times are looked at for an offer, and how much a hold outlasts the longest call
LOOKED_AT = 500
HOLD_MARGIN = timedelta(minutes=2)


# Later than this is a mistyped year rather than a slot
FARTHEST = timedelta(days=730)


class SlotNotFound(Exception):
    """There is no such slot."""


class SlotTaken(Exception):
    """The interviewer has another slot then."""


class SlotGone(Exception):
    """The slot is not free any more."""


class CandidateNotBookable(Exception):
    """The candidate is gone, has an interview already, or is not to be contacted."""


class HeldSlot(NamedTuple):
    """A slot that is held for a session; `starts_at` is aware."""

    id: ObjectId
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The slots now held for a session, in order of time; `as_wished` is false where none fitted the wish."""

    slots: tuple[HeldSlot, ...]
    as_wished: bool


def create_slot(*, now: datetime, **fields: Any) -> Slot:
    """Save a new slot.

    :raises SlotTaken: the interviewer has one that overlaps it.
    :raises mongoengine.ValidationError: a field is not as it must be, or the slot lies in the past.
    """
    slot = Slot(id=ObjectId(), created_at=now, **fields)
    refuse_unfit_slot(slot=slot, now=now)

    def insert(transaction: ClientSession) -> None:
        take_time(slot=slot, transaction=transaction)
        try:
            Slot._get_collection().insert_one(slot.to_mongo().to_dict(), session=transaction)
        except DuplicateKeyError as error:  # a withdrawn one keeps its start
            raise _taken(slot) from error

    client.transact(insert)
    return slot


def refuse_unfit_slot(*, slot: Slot, now: datetime) -> None:
    """Refuse a new slot that cannot be saved, as far as can be told beforehand; it may have been made for this alone.

    :raises SlotTaken: :raises mongoengine.ValidationError: as create_slot does.
    """
    slot.validate(clean=True)
    if not now < slot.starts_at < now + FARTHEST:
        message = f"A slot must start in the future, and within the next {FARTHEST.days} days."
        raise ValidationError(message, errors={"starts_at": ValidationError(message, field_name="starts_at")})
    refuse_overlap(slot=slot)


def take_time(*, slot: Slot, transaction: ClientSession) -> None:
    """Refuse a time at which the interviewer has another slot, and keep them from being given one, as part of offering.

    Two slots that overlap share a day, and of two transactions that write the same document one is done anew.

    :raises SlotTaken:
    """
    begins, ends = (at.astimezone(UTC).date() for at in (slot.starts_at, slot.ends_at))
    for day in dict.fromkeys((begins, ends)):
        InterviewerDay._get_collection().update_one(
            {"_id": f"{slot.interviewer_email} {day}"},
            {"$inc": {"version": 1}, "$setOnInsert": {"day": datetime.combine(day, time(), UTC)}},
            upsert=True,
            session=transaction,
        )
    refuse_overlap(slot=slot, transaction=transaction)


def refuse_overlap(*, slot: Slot, transaction: ClientSession | None = None) -> None:
    """Refuse a time at which the interviewer has another slot that is not withdrawn. :raises SlotTaken:"""
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
    """Take back a slot that is not booked. :raises SlotNotFound: :raises SlotGone: it is booked."""
    key = object_id(slot_id)
    takable = [SlotStatus.OPEN.value, SlotStatus.HELD.value, SlotStatus.WITHDRAWN.value]
    update = {"$set": {"status": SlotStatus.WITHDRAWN.value}, "$unset": {"held_by": "", "held_until": ""}}
    slot = key and Slot.objects(id=key, status__in=takable).modify(__raw__=update, new=True)
    if slot:
        return slot
    if key and Slot.objects(id=key).first():
        raise SlotGone("The slot is booked; cancel its interview first.")
    raise SlotNotFound(f"Slot not found with ID: {slot_id}")


def hold_slots(
    *, session_id: ObjectId, wish: Sequence[TimeSaid], time_zone: str, now: datetime, is_first: bool = False
) -> Found:
    """Hold up to three free slots for the session, as wished or else the closest, and let go what it held before.

    Each is taken by one conditional update, so no slot is offered on two calls at once. Where `is_first`, the session
    held none before, and nothing is looked for to let go.
    """
    starts, as_wished = rank(_free_starts(session_id, now), wish=wish, time_zone=time_zone)
    taken = (slot for start in starts if (slot := _hold(start, session_id, now)))
    held = list(islice(taken, OFFERED_AT_ONCE))
    if not is_first:
        release_slots(session_id=session_id, but=[slot.id for slot in held])
    return Found(tuple(sorted(held, key=lambda slot: slot.starts_at)), as_wished)


def likely_offer(*, time_zone: str, now: datetime) -> list[datetime]:
    """Return the local times that a call begun now would offer first, in order of time; none is held for it."""
    starts, _ = rank(_free_starts(ObjectId(), now), wish=(), time_zone=time_zone)
    return sorted(starts[:OFFERED_AT_ONCE])


def _free_for(session_id: ObjectId, now: datetime) -> dict[str, Any]:
    return {
        "$or": [
            {"status": SlotStatus.OPEN.value},
            {"status": SlotStatus.HELD.value, "held_until": {"$lte": now}},
            {"status": SlotStatus.HELD.value, "held_by": session_id},
        ]
    }


def _free_starts(session_id: ObjectId, now: datetime) -> list[datetime]:
    """Return the soonest free times, each once however many interviewers offer it.

    The open ones cost one key of the index for each time, not for each slot; the held ones are few.
    """
    soon = {"starts_at": {"$gte": now + timedelta(minutes=settings.NOTICE_MINUTES)}}
    is_open, *are_held = _free_for(session_id, now)["$or"]
    held = [{"$match": soon | {"$or": are_held}}, {"$project": {"_id": "$starts_at"}}]
    found = Slot._get_collection().aggregate(
        [
            {"$match": is_open | soon},
            {"$group": {"_id": "$starts_at"}},
            {"$unionWith": {"coll": Slot._get_collection_name(), "pipeline": held}},
            {"$group": {"_id": "$_id"}},
            {"$sort": {"_id": 1}},
            {"$limit": LOOKED_AT},
        ]
    )
    return [time["_id"] for time in found]


def _hold(starts_at: datetime, session_id: ObjectId, now: datetime) -> HeldSlot | None:
    """Hold one of the free slots that start then; None where there is none any more."""
    until = now + timedelta(seconds=settings.CALL_LIMIT_SECONDS) + HOLD_MARGIN
    held = Slot._get_collection().find_one_and_update(
        {"starts_at": starts_at} | _free_for(session_id, now),
        {"$set": {"status": SlotStatus.HELD.value, "held_by": session_id, "held_until": until}},
        {"starts_at": True},
    )
    return held and HeldSlot(held["_id"], held["starts_at"])


OPENED = {"$set": {"status": SlotStatus.OPEN.value}, "$unset": {"held_by": "", "held_until": ""}}


def release_slots(*, session_id: ObjectId, but: Sequence[ObjectId] = ()) -> int:
    """Let go what the session holds, but for those named; return how many fell free."""
    held = {"held_by": session_id, "status": SlotStatus.HELD.value, "_id": {"$nin": list(but)}}
    return Slot._get_collection().update_many(held, OPENED).modified_count


def release_expired_slots(*, now: datetime) -> int:
    """Let go every hold that has run out; return how many fell free."""
    expired = {"status": SlotStatus.HELD.value, "held_until": {"$lte": now}}
    return Slot._get_collection().update_many(expired, OPENED).modified_count


def book_slot(
    *,
    slot_id: ObjectId,
    candidate_id: ObjectId,
    session_id: ObjectId,
    evidence: Evidence,
    time_zone: str,
    now: datetime,
    also: Callable[[ClientSession], object] = lambda _: None,
) -> Interview:
    """Book the slot: slot, interview and candidate change together or not at all; then say so by signal.

    `also` is done first, in the same transaction; what it raises books nothing. Booking the same slot for the same
    session again returns the interview that stands.

    :raises SlotGone: :raises CandidateNotBookable: nothing was changed.
    """

    def book(transaction: ClientSession) -> Interview:
        also(transaction)
        slot = Slot._get_collection().find_one_and_update(
            {"_id": slot_id, "starts_at": {"$gt": now}} | _free_for(session_id, now),
            {"$set": {"status": SlotStatus.BOOKED.value}, "$unset": {"held_by": "", "held_until": ""}},
            return_document=ReturnDocument.AFTER,
            session=transaction,
        )
        if slot is None:
            raise SlotGone(str(slot_id))
        if not mark_interview_scheduled(candidate_id=candidate_id, now=now, transaction=transaction):
            raise CandidateNotBookable(str(candidate_id))
        interview = _interview(slot, candidate_id, session_id, evidence, time_zone, now)
        interview.validate()
        try:
            Interview._get_collection().insert_one(interview.to_mongo().to_dict(), session=transaction)
        except DuplicateKeyError as error:
            raise CandidateNotBookable(str(candidate_id)) from error
        return interview

    try:
        interview = client.transact(book)
    except (SlotGone, CandidateNotBookable):
        standing = Interview.objects(session_id=session_id, slot=slot_id, status="confirmed").first()
        if standing is None:
            raise
        return standing
    interview_confirmed.send_robust(sender=Interview, interview_id=interview.id, now=now)
    return interview


def _interview(
    slot: dict[str, Any],
    candidate_id: ObjectId,
    session_id: ObjectId,
    evidence: Evidence,
    time_zone: str,
    now: datetime,
) -> Interview:
    return Interview(
        id=ObjectId(),
        candidate=candidate_id,
        slot=slot["_id"],
        session_id=session_id,
        interviewer_name=slot["interviewer_name"],
        interviewer_email=slot["interviewer_email"],
        starts_at=slot["starts_at"],
        ends_at=slot["ends_at"],
        time_zone=time_zone,
        evidence=evidence,
        ics_uid=f"{uuid4()}@callflow",
        created_at=now,
    )
