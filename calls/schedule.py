"""When a candidate is called again: at the time they asked for, or after a pause, within calling hours. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from candidates.documents import Outcome
from interviews.understanding.meaning import Bound, Part, TimeSaid

# Nobody was spoken with: the call is worth repeating
TRIED_AGAIN = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL})
HOURS = {
    Part.EARLY_MORNING: 9,
    Part.MORNING: 10,
    Part.NOON: 12,
    Part.AFTERNOON: 14,
    Part.LATE_AFTERNOON: 16,
    Part.EVENING: 18,
    Part.NIGHT: 19,
}
SOMETIME = time(10)
FARTHEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The hours, local to the candidate, between which we call unasked; from 0 to 24."""

    from_hour: int
    to_hour: int

    def next_within(self, at: datetime) -> datetime:
        """Return the local time itself where it lies within the hours, else the next beginning of them."""
        if self.from_hour <= at.hour < self.to_hour:
            return at
        day = at if at.hour < self.from_hour else at + timedelta(days=1)
        return day.replace(hour=self.from_hour, minute=0, second=0, microsecond=0)


def time_to_retry(
    outcome: Outcome, *, now: datetime, pause: timedelta, hours: CallingHours, time_zone: str
) -> datetime | None:
    """Return when to try again after a call that reached nobody; None where it is not tried again."""
    if outcome not in TRIED_AGAIN or not pause:
        return None
    return hours.next_within((now + pause).astimezone(ZoneInfo(time_zone)))


def time_to_call_back(
    wish: Sequence[TimeSaid], *, now: datetime, hours: CallingHours, time_zone: str
) -> datetime | None:
    """Return the time a candidate asked to be called at, moved into calling hours; None where it can't be known.

    A day without a time is its morning; a time without a day is its next occurrence. "After five" is a little
    later, "before five" a little earlier, "after Friday" the day after it, "before Friday" the day before.
    """
    wanted = next((said for said in wish if not said.excluded), None)
    if wanted is None:
        return None
    local = now.astimezone(ZoneInfo(time_zone))
    clock = wanted.time or (time(HOURS[wanted.part]) if wanted.part else SOMETIME)
    at = datetime.combine(wanted.date or local.date(), clock, tzinfo=local.tzinfo) + _beyond(wanted)
    if at <= local and wanted.date is None:
        at += timedelta(days=1)
    if at <= local and at.date() == local.date() and wanted.time is None:
        at = local + timedelta(hours=1)
    return hours.next_within(at) if local < at < local + FARTHEST else None


def _beyond(wanted: TimeSaid) -> timedelta:
    """Return how far from the named time, or the named day, its bound puts the call."""
    away = timedelta(minutes=15) if wanted.time else timedelta(days=1) if wanted.date else timedelta()
    return {Bound.AFTER: away, Bound.BEFORE: -away, None: timedelta()}[wanted.bound]
