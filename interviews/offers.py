"""The order in which free times are offered. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from interviews.understanding.meaning import TimeSaid
from interviews.understanding.times.search import admits, distance

# How many slots one call offers at once
OFFERED_AT_ONCE = 3


def rank(starts: Sequence[datetime], *, wish: Sequence[TimeSaid], time_zone: str) -> tuple[list[datetime], bool]:
    """Return the distinct starts in the zone, the best to offer first, and whether any is as wished.

    If some are as wished, only those are returned: each day's first, then each day's second, and so on, so that three
    offers are on three days where possible. If none is, all are returned, the closest to the wish first.
    """
    zone, wish = ZoneInfo(time_zone), tuple(wish)
    # Compared in UTC: where the clocks go back, two different starts show the same local time
    local = [start.astimezone(zone) for start in sorted({start.astimezone(UTC) for start in starts})]
    fitting = [start for start in local if admits(wish, start)]
    return (_spread(fitting), True) if fitting else (sorted(local, key=lambda start: distance(wish, start)), False)


def _spread(starts: list[datetime]) -> list[datetime]:
    seen: Counter[date] = Counter()
    ranked = []
    for start in starts:
        seen[start.date()] += 1
        ranked.append((seen[start.date()], start))
    return [start for _, start in sorted(ranked)]
