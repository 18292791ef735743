from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from interviews.offers import rank
from interviews.understanding.meaning import Bound, Part, TimeSaid

KOLKATA = ZoneInfo("Asia/Kolkata")
some_starts = st.lists(
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    max_size=20,
)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=KOLKATA)


def ranked(*starts: datetime, wish: tuple[TimeSaid, ...] = ()) -> tuple[list[datetime], bool]:
    return rank(starts, wish=wish, time_zone="Asia/Kolkata")


def test_each_days_first_comes_before_any_days_second() -> None:
    starts = [at(4, 10), at(4, 11), at(5, 10), at(5, 11), at(6, 10)]

    assert ranked(*starts) == ([at(4, 10), at(5, 10), at(6, 10), at(4, 11), at(5, 11)], True)


def test_one_day_is_offered_in_order_of_time() -> None:
    assert ranked(at(4, 12), at(4, 10), at(4, 11)) == ([at(4, 10), at(4, 11), at(4, 12)], True)


def test_same_start_is_offered_once() -> None:
    assert ranked(at(4, 10), at(4, 10).astimezone(UTC)) == ([at(4, 10)], True)


def test_days_are_the_candidates_own() -> None:
    night = [at(4, 22), at(4, 23), at(5, 1)]

    assert rank(night, wish=(), time_zone="Asia/Kolkata")[0] == [at(4, 22), at(5, 1), at(4, 23)]
    assert rank(night, wish=(), time_zone="UTC")[0] == [at(4, 22), at(4, 23), at(5, 1)]


def test_starts_are_told_in_the_candidates_time_zone() -> None:
    starts, _ = ranked(at(4, 10).astimezone(UTC))

    assert starts[0].tzinfo == KOLKATA


def test_only_what_is_wished_is_offered_where_there_is_some() -> None:
    wish = (TimeSaid(part=Part.AFTERNOON),)

    assert ranked(at(4, 10), at(4, 15), at(5, 9), wish=wish) == ([at(4, 15)], True)


def test_what_is_excluded_is_not_offered() -> None:
    wish = (TimeSaid(date=date(2026, 3, 4), excluded=True),)

    assert ranked(at(4, 10), at(5, 10), wish=wish) == ([at(5, 10)], True)


def test_closest_come_first_where_none_is_as_wished() -> None:
    wish = (TimeSaid(date=date(2026, 3, 6), time=time(10)),)

    assert ranked(at(4, 10), at(7, 10), at(20, 10), wish=wish) == ([at(7, 10), at(4, 10), at(20, 10)], False)


def test_bound_admits_what_lies_behind_it() -> None:
    wish = (TimeSaid(time=time(15), bound=Bound.AFTER),)

    assert ranked(at(4, 14), at(4, 15), at(4, 16), wish=wish) == ([at(4, 15), at(4, 16)], True)


def test_nothing_free_is_not_as_wished() -> None:
    assert ranked() == ([], False)


@given(starts=some_starts)
def test_nothing_is_lost_or_added(starts: list[datetime]) -> None:
    offered, _ = rank(starts, wish=(), time_zone="America/New_York")

    assert sorted(offered) == sorted(set(starts))


@given(starts=some_starts, wished=st.dates(date(2026, 3, 1), date(2026, 3, 20)))
def test_what_is_said_to_be_as_wished_is(starts: list[datetime], wished: date) -> None:
    offered, as_wished = rank(starts, wish=[TimeSaid(date=wished)], time_zone="UTC")

    assert as_wished == any(start.date() == wished for start in starts)
    assert not as_wished or {start.date() for start in offered} == {wished}


@given(starts=some_starts)
def test_first_three_are_three_days_where_there_are_three(starts: list[datetime]) -> None:
    offered, _ = rank(starts, wish=(), time_zone="UTC")

    days = {start.date() for start in starts}
    assert len({start.date() for start in offered[:3]}) == min(3, len(days))


def test_clocks_that_change_keep_the_order_of_time() -> None:
    before, after = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    offered, _ = rank([after, before], wish=(), time_zone="Europe/London")

    assert [start.astimezone(UTC) for start in offered] == [before, after]
