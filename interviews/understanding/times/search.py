"""Which free times answer what was said, and how far the others are from it."""

from datetime import date, datetime, time, timedelta

from interviews.understanding.meaning import Bound, TimeSaid
from interviews.understanding.times.said import PART_HOURS

# How much further away a time is that was expressly not wanted.
UNWANTED = timedelta(days=3650)

_LAST_MINUTE = 24 * 60 - 1
_ONE_DAY = timedelta(days=1)


def admits(times: tuple[TimeSaid, ...], local_start: datetime) -> bool:
    """Return whether a slot that starts then, in the candidate's own time, is what was said; nothing said admits it."""
    wanted = [said for said in times if not said.excluded]
    if any(_gap(said, local_start) == timedelta() for said in times if said.excluded):
        return False
    return not wanted or any(_gap(said, local_start) == timedelta() for said in wanted)


def distance(times: tuple[TimeSaid, ...], local_start: datetime) -> timedelta:
    """Return how far a slot is from what was said, nothing for one that is admitted: to rank the closest by."""
    wanted = [said for said in times if not said.excluded]
    gap = min((_gap(said, local_start) for said in wanted), default=timedelta())
    unwanted = any(_gap(said, local_start) == timedelta() for said in times if said.excluded)
    return gap + (UNWANTED if unwanted else timedelta())


def _gap(said: TimeSaid, start: datetime) -> timedelta:
    first_day, last_day = _days(said)
    first, last = _minutes(said)
    day = min(max(start.date(), first_day), last_day)
    minute = min(max(start.hour * 60 + start.minute, first), last)
    nearest = datetime.combine(day, time(minute // 60, minute % 60))
    return abs(nearest - start.replace(tzinfo=None, second=0, microsecond=0))


def _days(said: TimeSaid) -> tuple[date, date]:
    """Return the first and the last day that were meant."""
    if said.date is None:
        return date.min, date.max
    bounds_day = said.bound and said.time is None and said.part is None
    apart = timedelta() if said.inclusive else _ONE_DAY
    if bounds_day and said.bound is Bound.AFTER:
        return (said.end_date or said.date) + apart, date.max
    if bounds_day:
        return date.min, said.date - apart
    return said.date, said.end_date or said.date


def _minutes(said: TimeSaid) -> tuple[int, int]:
    """Return the first and the last minute of the day that were meant."""
    if said.time is None:
        start, end = PART_HOURS[said.part] if said.part else (0, _LAST_MINUTE + 1)
        return start, end - 1
    at = said.time.hour * 60 + said.time.minute
    if said.end_time:
        end = said.end_time.hour * 60 + said.end_time.minute
        return at, max(end - (1 if said.part else 0), at)
    if said.bound is Bound.AFTER:
        return at, _LAST_MINUTE
    if said.bound is Bound.BEFORE:
        return 0, max(at if said.inclusive else at - 1, 0)
    return at, at
