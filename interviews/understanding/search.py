"""Which free times answer what was said, and how far the others are from it."""

from datetime import datetime, timedelta

from interviews.understanding.meaning import Bound, Part, TimeSaid

PARTS = {
    Part.EARLY_MORNING: (4, 10),
    Part.MORNING: (0, 12),
    Part.NOON: (11, 14),
    Part.AFTERNOON: (12, 18),
    Part.LATE_AFTERNOON: (15, 19),
    Part.EVENING: (17, 24),
    Part.NIGHT: (18, 24),
}


def admits(times: tuple[TimeSaid, ...], start: datetime) -> bool:
    wanted = [t for t in times if not t.excluded]
    return not any(_fits(t, start) for t in times if t.excluded) and (
        not wanted or any(_fits(t, start) for t in wanted)
    )


def _fits(said: TimeSaid, start: datetime) -> bool:
    day, clock = start.date(), start.time()
    if said.date and not said.end_date and not said.bound and day != said.date:
        return False
    if said.date and said.end_date and not said.date <= day <= said.end_date:
        return False
    if said.time:
        if said.bound is Bound.AFTER:
            return clock >= said.time
        if said.bound is Bound.BEFORE:
            return clock < said.time
        if said.end_time:
            return said.time <= clock <= said.end_time
        return clock == said.time
    if said.part:
        low, high = PARTS[said.part]
        return low <= clock.hour < high
    return True


def distance(times: tuple[TimeSaid, ...], start: datetime) -> timedelta:
    wanted = [t for t in times if not t.excluded]
    if not wanted:
        return timedelta()
    return min(
        abs(datetime.combine(t.date or start.date(), t.time or start.time(), start.tzinfo) - start) for t in wanted
    )
