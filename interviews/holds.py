"""Holds of slots: a call holds what it offers, so that no slot is offered on two calls at once."""

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

# An offer is chosen from so many of the soonest free times
MAX_STARTS_READ = 500
# A hold outlasts the longest call by this
HOLD_MARGIN = timedelta(minutes=2)
# The update that gives a held slot back
RELEASE = {"$set": {"status": SlotStatus.OPEN.value}, "$unset": {"held_by": "", "held_until": ""}}


class HeldSlot(NamedTuple):
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
    """Hold up to OFFERED_AT_ONCE free slots, as wished or else the closest, and release what the session held before.

    Each is taken by one conditional update. One that another call took meanwhile is passed over for the next best.
    `is_first` says that the session holds none yet, which saves the query that releases.
    """
    starts, as_wished = rank(_free_starts(session_id, now), wish=wish, time_zone=time_zone)
    taken = (slot for start in starts if (slot := _hold(start, session_id, now)))
    held = list(islice(taken, OFFERED_AT_ONCE))
    if not is_first:
        release_slots(session_id=session_id, keep=[slot.id for slot in held])
    return HeldOffer(tuple(sorted(held, key=lambda slot: slot.starts_at)), as_wished)


def likely_offer(*, time_zone: str, now: datetime) -> list[datetime]:
    """Return the local times that a call begun now would offer first, in order of time; nothing is held."""
    starts, _ = rank(_free_starts(ObjectId(), now), wish=(), time_zone=time_zone)
    return sorted(starts[:OFFERED_AT_ONCE])


def free_for(session_id: ObjectId, now: datetime) -> dict[str, Any]:
    """Return the filter of slots the session may take: open ones, its own, and those whose hold has run out."""
    return {
        "$or": [
            {"status": SlotStatus.OPEN.value},
            {"status": SlotStatus.HELD.value, "held_until": {"$lte": now}},
            {"status": SlotStatus.HELD.value, "held_by": session_id},
        ]
    }


def _free_starts(session_id: ObjectId, now: datetime) -> list[datetime]:
    """Return the soonest free times, each once however many interviewers offer it."""
    soon = {"starts_at": {"$gte": now + timedelta(minutes=settings.NOTICE_MINUTES)}}
    is_open, *are_held = free_for(session_id, now)["$or"]
    # Open slots are grouped apart: so the index gives one key for each time, not for each slot. Held ones are few
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
    """Hold one of the free slots that start then; return None where there is none any more."""
    until = now + timedelta(seconds=settings.CALL_LIMIT_SECONDS) + HOLD_MARGIN
    held = Slot._get_collection().find_one_and_update(
        {"starts_at": starts_at} | free_for(session_id, now),
        {"$set": {"status": SlotStatus.HELD.value, "held_by": session_id, "held_until": until}},
        {"starts_at": True},
    )
    return held and HeldSlot(held["_id"], held["starts_at"])


def release_slots(*, session_id: ObjectId, keep: Sequence[ObjectId] = ()) -> int:
    """Release what the session holds, but for the slots to keep; return how many were released."""
    held = {"held_by": session_id, "status": SlotStatus.HELD.value, "_id": {"$nin": list(keep)}}
    return Slot._get_collection().update_many(held, RELEASE).modified_count


def release_expired_slots(*, now: datetime) -> int:
    """Release every hold that has run out; return how many were released.

    Other calls may take such slots without this; it only makes the stored status true.
    """
    expired = {"status": SlotStatus.HELD.value, "held_until": {"$lte": now}}
    return Slot._get_collection().update_many(expired, RELEASE).modified_count
