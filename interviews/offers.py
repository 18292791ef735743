"""Which free times to offer first. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from interviews.understanding.meaning import TimeSaid
from interviews.understanding.times.search import admits, distance

# How many slots one call offers at once
OFFERED_AT_ONCE = 3


def rank(starts: Sequence[datetime], *, wish: Sequence[TimeSaid], time_zone: str) -> tuple[list[datetime], bool]:
    """Return the starts, each once, the best to offer first, and whether any is as wished.

    Those that fit come in order of time, each day's first before any day's second, so that three offers are three
    days where they can be. Where none fits, the closest to the wish come first.
    """
    zone, wish = ZoneInfo(time_zone), tuple(wish)
    # Each once by UTC: where the clocks go back, two starts share one local time
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
