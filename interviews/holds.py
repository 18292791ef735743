"""Slots that a call holds while it offers them: each by one conditional update, so no slot is offered on two calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from bson import ObjectId
from django.conf import settings

from interviews.documents import Slot, SlotStatus
from interviews.offers import OFFERED_AT_ONCE, rank
from interviews.understanding.meaning import TimeSaid

# How many free times are looked at for an offer, and how much a hold outlasts the longest call
MAX_STARTS_READ = 500


HOLD_MARGIN = timedelta(minutes=2)


class HeldSlot(NamedTuple):
    """A slot that is held for a session; `starts_at` is aware."""

    id: ObjectId
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class HeldOffer:
    """The slots now held for a session, in order of time; `as_wished` is false where none fitted the wish."""

    slots: tuple[HeldSlot, ...]
    as_wished: bool


def hold_slots(
    *, session_id: ObjectId, wish: Sequence[TimeSaid], time_zone: str, now: datetime, is_first: bool = False
) -> HeldOffer:
    """Hold up to three free slots for the session, as wished or else the closest, and let go what it held before.

    Each is taken by one conditional update, so no slot is offered on two calls at once. Where `is_first`, the session
    held none before, and nothing is looked for to let go.
    """
    starts, as_wished = rank(_free_starts(session_id, now), wish=wish, time_zone=time_zone)
    taken = (slot for start in starts if (slot := _hold(start, session_id, now)))
    held = list(islice(taken, OFFERED_AT_ONCE))
    if not is_first:
        release_slots(session_id=session_id, keep=[slot.id for slot in held])
    return HeldOffer(tuple(sorted(held, key=lambda slot: slot.starts_at)), as_wished)


def likely_offer(*, time_zone: str, now: datetime) -> list[datetime]:
    """Return the local times that a call begun now would offer first, in order of time; none is held for it."""
    starts, _ = rank(_free_starts(ObjectId(), now), wish=(), time_zone=time_zone)
    return sorted(starts[:OFFERED_AT_ONCE])


def free_for(session_id: ObjectId, now: datetime) -> dict[str, Any]:
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
    is_open, *are_held = free_for(session_id, now)["$or"]
    held = [{"$match": soon | {"$or": are_held}}, {"$project": {"_id": "$starts_at"}}]
    found = Slot._get_collection().aggregate(
        [
            {"$match": is_open | soon},
            {"$group": {"_id": "$starts_at"}},
            {"$unionWith": {"coll": Slot._get_collection_name(), "pipeline": held}},
            {"$group": {"_id": "$_id"}},
            {"$sort": {"_id": 1}},
            {"$limit": MAX_STARTS_READ},
        ]
    )
    return [time["_id"] for time in found]


def _hold(starts_at: datetime, session_id: ObjectId, now: datetime) -> HeldSlot | None:
    """Hold one of the free slots that start then; None where there is none any more."""
    until = now + timedelta(seconds=settings.CALL_LIMIT_SECONDS) + HOLD_MARGIN
    held = Slot._get_collection().find_one_and_update(
        {"starts_at": starts_at} | free_for(session_id, now),
        {"$set": {"status": SlotStatus.HELD.value, "held_by": session_id, "held_until": until}},
        {"starts_at": True},
    )
    return held and HeldSlot(held["_id"], held["starts_at"])


OPEN_AGAIN = {"$set": {"status": SlotStatus.OPEN.value}, "$unset": {"held_by": "", "held_until": ""}}


def release_slots(*, session_id: ObjectId, keep: Sequence[ObjectId] = ()) -> int:
    """Let go what the session holds, but for those named; return how many fell free."""
    held = {"held_by": session_id, "status": SlotStatus.HELD.value, "_id": {"$nin": list(keep)}}
    return Slot._get_collection().update_many(held, OPEN_AGAIN).modified_count


def release_expired_slots(*, now: datetime) -> int:
    """Let go every hold that has run out; return how many fell free."""
    expired = {"status": SlotStatus.HELD.value, "held_until": {"$lte": now}}
    return Slot._get_collection().update_many(expired, OPEN_AGAIN).modified_count
