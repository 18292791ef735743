"""Slots are added by a weekly pattern, which can be previewed first."""

from dataclasses import dataclass
from datetime import datetime

from interviews import errors, slots
from interviews.documents import LONGEST_SLOT, Slot, SlotStatus
from interviews.weekly_patterns import WeeklyPattern


@dataclass(frozen=True, slots=True)
class Preview:
    """The (start, end) of each slot that would be added, in order of time, and how many are taken or past."""

    times: tuple[tuple[datetime, datetime], ...]
    skipped: int


def preview_weekly_slots(*, pattern: WeeklyPattern, interviewer_email: str, now: datetime) -> Preview:
    times = list(pattern.slots())
    if not times:
        return Preview((), 0)
    near = {"$gte": times[0][0] - LONGEST_SLOT, "$lt": times[-1][1]}
    theirs = list(Slot.objects(__raw__={"interviewer_email": interviewer_email.strip().lower(), "starts_at": near}))
    free = tuple(time for time in times if time[0] > now and not any(_blocks(slot, *time) for slot in theirs))
    return Preview(free, len(times) - len(free))


def _blocks(slot: Slot, starts_at: datetime, ends_at: datetime) -> bool:
    # A withdrawn slot overlaps nothing, but its start stays in the unique index
    if slot.status == SlotStatus.WITHDRAWN:
        return bool(slot.starts_at == starts_at)
    return bool(slot.starts_at < ends_at and slot.ends_at > starts_at)


def add_weekly_slots(
    *, pattern: WeeklyPattern, interviewer_name: str, interviewer_email: str, now: datetime
) -> tuple[int, int]:
    """Save the slots of the pattern, each on its own; return how many were added, and how many were taken or past.

    Running it again adds only what is missing.

    :raises mongoengine.ValidationError: the interviewer is invalid, or a slot lies too far ahead; those before it stay.
    """
    added = skipped = 0
    for starts_at, ends_at in pattern.slots():
        if starts_at <= now:
            skipped += 1
            continue
        try:
            slots.create_slot(
                interviewer_name=interviewer_name,
                interviewer_email=interviewer_email,
                starts_at=starts_at,
                ends_at=ends_at,
                now=now,
            )
            added += 1
        except errors.SlotTaken:
            skipped += 1
    return added, skipped
