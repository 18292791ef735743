"""What a phrase about time says before it is settled: a day may be any Tuesday, a clock time in either half."""

from dataclasses import dataclass, replace
from datetime import date, time

from interviews.understanding.meaning import Bound, Part, TimeSaid

HALF_DAY = 12 * 60

# Policy: a clock time without am or pm is in waking hours, from seven in the morning to five to seven in the evening.
FIRST_WAKING_HOUR = 7

# When each part of the day is, in minutes from midnight: its start and its end.
PART_HOURS = {
    Part.EARLY_MORNING: (5 * 60, 9 * 60),
    Part.MORNING: (6 * 60, 12 * 60),
    Part.NOON: (11 * 60 + 30, 14 * 60),
    Part.AFTERNOON: (12 * 60, 17 * 60 + 30),
    Part.LATE_AFTERNOON: (15 * 60, 18 * 60),
    Part.EVENING: (17 * 60, 22 * 60),
    Part.NIGHT: (18 * 60, 24 * 60),
}
MORNINGS = (Part.EARLY_MORNING, Part.MORNING)


@dataclass(frozen=True, slots=True)
class Day:
    """A day or a range of days; `weekday`, `number` and `month` were named, where that could be another date too."""

    start: date
    end: date | None = None
    weekday: int | None = None
    number: int | None = None
    month: int | None = None
    spelt: bool = False

    @property
    def loose(self) -> bool:
        return self.weekday is not None or self.number is not None

    def fits(self, day: date) -> bool:
        if not self.loose or self.end:
            return self.start <= day <= (self.end or self.start)
        return (
            self.weekday in (None, day.weekday()) and self.number in (None, day.day) and self.month in (None, day.month)
        )

    def agrees(self, other: "Day") -> bool:
        """Whether both name one day in two ways: "Thursday" and "the 3rd"."""
        if self.end or other.end:
            return False
        by_weekday = (
            self.number is None and self.weekday is not None,
            other.number is None and other.weekday is not None,
        )
        return self.start == other.start or (
            by_weekday[0] != by_weekday[1] and (self.number or other.number) is not None
        )


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time in minutes from midnight; `sure` when the half of the day was said too."""

    start: int
    end: int | None = None
    sure: bool = False

    def fits(self, minutes: int) -> bool:
        return minutes == self.start or (not self.sure and minutes % HALF_DAY == self.start % HALF_DAY)

    def in_part(self, part: Part) -> "Clock":
        """Return this clock time in the half of the day that `part` names."""
        return replace(
            self,
            start=_in_part(self.start, part),
            end=None if self.end is None else _in_part(self.end, part),
            sure=True,
        )


def _in_part(minutes: int, part: Part) -> int:
    hour = minutes // 60 or 12
    after_midnight = (part is Part.NIGHT and hour < 5) or (part in (Part.NIGHT, Part.EVENING) and hour == 12)
    if hour > 12 or part in MORNINGS:
        return minutes
    return minutes % HALF_DAY + (0 if after_midnight else HALF_DAY)


def waking(minutes: int) -> int:
    """Return a clock time without am or pm in the half of the day that the policy gives it."""
    return minutes + HALF_DAY if minutes < FIRST_WAKING_HOUR * 60 else minutes


@dataclass(frozen=True, slots=True)
class Said:
    """One time that a person named, of any of its pieces."""

    day: Day | None = None
    clock: Clock | None = None
    part: Part | None = None
    part_hours: tuple[int, int] | None = None
    bound: Bound | None = None
    inclusive: bool = False
    excluded: bool = False

    def time_said(self) -> TimeSaid:
        hours = (self.clock.start, self.clock.end) if self.clock else (self.part_hours or (None, None))
        return TimeSaid(
            date=self.day.start if self.day else None,
            end_date=self.day.end if self.day else None,
            time=_time(hours[0]),
            end_time=_time(hours[1]),
            part=None if self.clock else self.part,
            bound=self.bound,
            inclusive=self.inclusive,
            excluded=self.excluded,
        )

    def fits(self, day: date, minutes: int) -> bool:
        """Whether a slot may be what was said, apart from the `excluded`."""
        return self._fits_day(day) and self._fits_clock(minutes)

    def _fits_day(self, day: date) -> bool:
        if self.day is None:
            return True
        if not self.bound or self.clock or self.part or self.day.fits(day):
            return self.day.fits(day) and (not self._bounds_day or self.inclusive)
        return day > self.day.start if self.bound is Bound.AFTER else day < self.day.start

    @property
    def _bounds_day(self) -> bool:
        return bool(self.bound and not self.clock and not self.part)

    def _fits_clock(self, minutes: int) -> bool:
        if self.clock is None:
            if self.part is None:
                return True
            start, end = self.part_hours or PART_HOURS[self.part]
            return start <= minutes < end
        if self.clock.end is not None:
            return self.clock.start <= minutes <= self.clock.end
        if self.bound is Bound.AFTER:
            return minutes >= self.clock.start
        if self.bound is Bound.BEFORE:
            return minutes <= self.clock.start
        return self.clock.fits(minutes)


def _time(minutes: int | None) -> time | None:
    return None if minutes is None else time(minutes // 60 % 24, minutes % 60)
