from datetime import UTC, date, datetime, time, timedelta

import pytest

from interviews.understanding.meaning import Bound, Part, TimeSaid
from interviews.understanding.times.search import admits, distance

THURSDAY = date(2026, 11, 26)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "inside", "outside"),
    [
        (TimeSaid(date=THURSDAY), at(26, 9), at(27, 9)),
        (TimeSaid(date=THURSDAY, part=Part.AFTERNOON), at(26, 14), at(26, 10)),
        (TimeSaid(date=THURSDAY, time=time(15)), at(26, 15), at(26, 16)),
        (TimeSaid(time=time(15), bound=Bound.AFTER), at(24, 15), at(24, 14)),
        (TimeSaid(time=time(15), bound=Bound.BEFORE), at(24, 14), at(24, 15)),
        (TimeSaid(time=time(14), end_time=time(16)), at(24, 16), at(24, 17)),
        (TimeSaid(date=THURSDAY, end_date=date(2026, 11, 28)), at(28, 9), at(29, 9)),
        (TimeSaid(date=THURSDAY, bound=Bound.AFTER), at(27, 9), at(26, 9)),
        (TimeSaid(date=THURSDAY, bound=Bound.AFTER, inclusive=True), at(26, 9), at(25, 9)),
        (TimeSaid(date=THURSDAY, bound=Bound.BEFORE), at(25, 9), at(26, 9)),
        (TimeSaid(date=THURSDAY, excluded=True), at(25, 9), at(26, 9)),
        (TimeSaid(time=time(12), end_time=time(15), part=Part.AFTERNOON), at(24, 14, 45), at(24, 15)),
    ],
)
def test_time_said_admits_what_it_names(said: TimeSaid, inside: datetime, outside: datetime) -> None:
    assert admits((said,), inside)
    assert not admits((said,), outside)


def test_nothing_said_admits_everything() -> None:
    assert admits((), at(24, 3))
    assert distance((), at(24, 3)) == timedelta()


def test_one_of_several_times_is_enough() -> None:
    times = (TimeSaid(date=THURSDAY), TimeSaid(date=date(2026, 11, 27)))

    assert admits(times, at(27, 11))


def test_the_same_day_is_closer_than_the_same_hour() -> None:
    thursday_at_three = (TimeSaid(date=THURSDAY, time=time(15)),)
    starts = [at(27, 15), at(26, 17), at(26, 9), at(25, 15)]

    assert sorted(starts, key=lambda start: distance(thursday_at_three, start))[0] == at(26, 17)


def test_an_unwanted_day_is_furthest_away() -> None:
    times = (TimeSaid(time=time(15)), TimeSaid(date=THURSDAY, excluded=True))

    assert distance(times, at(26, 15)) > distance(times, at(30, 9))
