"""Weekly patterns: the times of slots that repeat on some days of the week. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=366)
YEARS = range(2000, 2100)


class ImpossiblePattern(ValueError):
    """The pattern names no slot at all, or too many."""


@dataclass(frozen=True, slots=True)
class WeeklyPattern:
    """Slots of `minutes` each, back to back from `begins` to `ends` local time, on `weekdays` (0 is Monday)."""

    first: date
    last: date
    weekdays: frozenset[int]
    begins: time
    ends: time
    minutes: int
    time_zone: str

    def __post_init__(self) -> None:
        if not timedelta() <= self.last - self.first <= LONGEST:
            raise ImpossiblePattern("The last day must not be before the first, nor more than a year after it.")
        if self.first.year not in YEARS:
            raise ImpossiblePattern(f"The first day must lie in the years {YEARS[0]} to {YEARS[-1]}.")
        if self.begins.tzinfo or self.ends.tzinfo:
            raise ImpossiblePattern("The hours are local to the time zone; write them as HH:MM.")
        if not self.weekdays:
            raise ImpossiblePattern("Name at least one day of the week.")
        if not 5 <= self.minutes <= 480:
            raise ImpossiblePattern("A slot lasts from 5 to 480 minutes.")
        if self._on(self.first, self.begins) + timedelta(minutes=self.minutes) > self._on(self.first, self.ends):
            raise ImpossiblePattern("Not one slot fits between these hours.")

    def slots(self) -> Iterator[tuple[datetime, datetime]]:
        """Return start and end of each slot, in UTC; a local time that the clocks skip has none."""
        length = timedelta(minutes=self.minutes)
        for number in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=number)
            starts_at = datetime.combine(day, self.begins)
            while day.weekday() in self.weekdays and starts_at + length <= datetime.combine(day, self.ends):
                at = self._on(day, starts_at.time()).astimezone(UTC)
                if at.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None) == starts_at:
                    yield at, at + length
                starts_at += length

    def _on(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZoneInfo(self.time_zone))


def read_weekdays(text: str) -> frozenset[int]:
    """Read days such as "mon-fri" or "tue,thu". :raises ImpossiblePattern:"""
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        start = _read_weekday(first)
        end = _read_weekday(last) if dash else start
        days |= set(range(start, end + 1)) if start <= end else {*range(start, 7), *range(end + 1)}
    return frozenset(days)


def _read_weekday(text: str) -> int:
    """Return the day that the text names, or begins to name with three letters or more."""
    name = text.strip()
    for number, day in enumerate(WEEKDAYS):
        if len(name) >= 3 and day.startswith(name):
            return number
    raise ImpossiblePattern(f"{name!r} is no day of the week; write mon-fri, or tue,thu.")
