from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.weekly_patterns import ImpossiblePattern, read_weekdays
from tests.interviews.slot_actions import a_weekly_pattern

LONDON = ZoneInfo("Europe/London")
EVERY_DAY = frozenset(range(7))


def on_one_night(day: date, **changes: object) -> list[str]:
    """Return the local starts of the slots of one night in London."""
    night = {"first": day, "last": day, "weekdays": EVERY_DAY, "begins": time(0), "ends": time(4)}
    slots = a_weekly_pattern(**night | {"time_zone": "Europe/London"} | changes).slots()
    return [start.astimezone(LONDON).strftime("%H:%M %Z") for start, _ in slots]


def test_slots_follow_each_other_on_the_days_named() -> None:
    slots = list(a_weekly_pattern(weekdays=frozenset({1})).slots())

    assert slots == [
        (datetime(2026, 3, 3, 4, 30, tzinfo=UTC), datetime(2026, 3, 3, 5, 30, tzinfo=UTC)),
        (datetime(2026, 3, 3, 5, 30, tzinfo=UTC), datetime(2026, 3, 3, 6, 30, tzinfo=UTC)),
    ]


def test_first_and_last_day_belong_to_it() -> None:
    days = {start.date() for start, _ in a_weekly_pattern(weekdays=EVERY_DAY).slots()}

    assert (min(days), max(days), len(days)) == (date(2026, 3, 2), date(2026, 3, 8), 7)


def test_slot_that_would_end_too_late_is_left_out() -> None:
    starts = [start.minute for start, _ in a_weekly_pattern(weekdays=frozenset({0}), minutes=50).slots()]

    assert starts == [30, 20]


def test_slots_keep_their_local_time_when_the_clocks_change() -> None:
    week = a_weekly_pattern(
        first=date(2026, 3, 28), last=date(2026, 3, 30), weekdays=EVERY_DAY, time_zone="Europe/London"
    )

    assert [start.hour for start, _ in week.slots()] == [10, 11, 9, 10, 9, 10]


def test_local_time_that_the_clocks_skip_has_no_slot() -> None:
    assert on_one_night(date(2026, 3, 29)) == ["00:00 GMT", "02:00 BST", "03:00 BST"]


def test_local_time_that_comes_twice_has_one_slot() -> None:
    assert on_one_night(date(2026, 10, 25)) == ["00:00 BST", "01:00 BST", "02:00 GMT", "03:00 GMT"]


def test_slots_over_the_change_of_the_clocks_last_as_long_as_all() -> None:
    night = a_weekly_pattern(
        first=date(2026, 3, 29),
        last=date(2026, 3, 29),
        weekdays=EVERY_DAY,
        begins=time(0, 30),
        time_zone="Europe/London",
    )

    assert {end - start for start, end in night.slots()} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"last": date(2026, 3, 1)}, "before the first"),
        ({"last": date(2027, 3, 4)}, "more than a year"),
        ({"first": date(9999, 12, 31), "last": date(9999, 12, 31)}, "2000 to 2099"),
        ({"first": date(1, 1, 1), "last": date(1, 1, 1)}, "2000 to 2099"),
        ({"weekdays": frozenset()}, "at least one day"),
        ({"minutes": 4}, "from 5 to 480 minutes"),
        ({"minutes": 481}, "from 5 to 480 minutes"),
        ({"minutes": -60}, "from 5 to 480 minutes"),
        ({"ends": time(10, 59)}, "Not one slot fits"),
        ({"ends": time(9)}, "Not one slot fits"),
        ({"begins": time(10, tzinfo=UTC)}, "local to the time zone"),
        ({"ends": time(12, tzinfo=UTC)}, "local to the time zone"),
    ],
)
def test_impossible_pattern_says_why(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ImpossiblePattern, match=reason):
        a_weekly_pattern(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"last": date(2027, 3, 3)}, {"minutes": 5}, {"minutes": 120}, {"ends": time(11)}, {"last": date(2026, 3, 2)}],
)
def test_pattern_at_the_bounds_is_possible(changes: dict[str, object]) -> None:
    assert next(a_weekly_pattern(**changes).slots())


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    begins=st.times(time(0), time(20)),
    minutes=st.integers(5, 180),
    time_zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_slots_of_any_pattern_are_where_it_says(day: date, begins: time, minutes: int, time_zone: str) -> None:
    fields = {"first": day, "last": day, "weekdays": EVERY_DAY, "begins": begins, "ends": time(23, 59)}

    slots = list(a_weekly_pattern(**fields, minutes=minutes, time_zone=time_zone).slots())

    local = [start.astimezone(ZoneInfo(time_zone)) for start, _ in slots]
    assert {start.date() for start in local} <= {day}
    assert all(start.time() >= begins for start in local)
    assert {end - start for start, end in slots} <= {timedelta(minutes=minutes)}
    assert slots == sorted(set(slots))


# --- Days of the week


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {0}),
        ("Mon-Fri", {0, 1, 2, 3, 4}),
        ("tue,thu", {1, 3}),
        ("tuesday , thursday", {1, 3}),
        ("Tues,Thurs", {1, 3}),
        ("fri-mon", {4, 5, 6, 0}),
        ("sat-sun,wed", {2, 5, 6}),
        ("mon - wed", {0, 1, 2}),
        ("sun-sun", {6}),
        ("mon,mon", {0}),
    ],
)
def test_days_are_read(text: str, days: set[int]) -> None:
    assert read_weekdays(text) == days


@pytest.mark.parametrize(
    "text", ["", ",", "mon,", "xyz", "mo", "mon-", "-fri", "mon-xyz", "mon-fri-sun", "tue thu", "monkey", "1-5"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ImpossiblePattern, match="is no day of the week; write mon-fri, or tue,thu"):
        read_weekdays(text)
