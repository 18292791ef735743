from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.schedule import HOURS, CallingHours, time_to_call_back, time_to_retry
from candidates.documents import Outcome
from interviews.understanding.meaning import Bound, Part, TimeSaid
from tests.factories import NOW

KOLKATA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")
NINE_TO_EIGHT = CallingHours(9, 20)
ALL_DAY = CallingHours(0, 24)
PAUSE = timedelta(hours=3)
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


def kolkata(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=KOLKATA)


def called_back(*wish: TimeSaid, now: datetime = NOW, hours: CallingHours = NINE_TO_EIGHT) -> datetime | None:
    return time_to_call_back(wish, now=now, hours=hours, time_zone="Asia/Kolkata")


def retried(outcome: Outcome, *, now: datetime = NOW, pause: timedelta = PAUSE) -> datetime | None:
    return time_to_retry(outcome, now=now, pause=pause, hours=NINE_TO_EIGHT, time_zone="Asia/Kolkata")


# --- Calling hours


@pytest.mark.parametrize("at", [kolkata(2, 9), kolkata(2, 12, 30), kolkata(2, 19, 59)])
def test_time_within_the_hours_stays(at: datetime) -> None:
    assert NINE_TO_EIGHT.next_within(at) == at


@pytest.mark.parametrize("at", [kolkata(2, 0), kolkata(2, 8, 59)])
def test_time_before_the_hours_waits_for_their_beginning(at: datetime) -> None:
    assert NINE_TO_EIGHT.next_within(at) == kolkata(2, 9)


@pytest.mark.parametrize("at", [kolkata(2, 20), kolkata(2, 23, 59)])
def test_time_after_the_hours_waits_for_the_next_day(at: datetime) -> None:
    assert NINE_TO_EIGHT.next_within(at) == kolkata(3, 9)


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_hours_may_be_all_day(hour: int) -> None:
    assert ALL_DAY.next_within(kolkata(2, hour, 59)) == kolkata(2, hour, 59)


def test_next_day_begins_at_its_own_local_hour_though_the_clocks_change() -> None:
    evening = datetime(2026, 3, 28, 21, tzinfo=LONDON)

    assert NINE_TO_EIGHT.next_within(evening).astimezone(UTC) == datetime(2026, 3, 29, 8, tzinfo=UTC)


# --- Trying again


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL])
def test_call_that_reached_nobody_is_tried_again_after_the_pause(outcome: Outcome) -> None:
    assert retried(outcome) == NOW + PAUSE


@pytest.mark.parametrize(
    "outcome", sorted(set(Outcome) - {Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL}), ids=str
)
def test_any_other_call_is_not_tried_again(outcome: Outcome) -> None:
    assert retried(outcome) is None


def test_without_a_pause_nothing_is_tried_again() -> None:
    assert retried(Outcome.BUSY, pause=timedelta()) is None


def test_next_try_waits_for_calling_hours() -> None:
    assert retried(Outcome.BUSY, now=kolkata(2, 18)) == kolkata(3, 9)


def test_pause_is_real_time_though_the_clocks_change() -> None:
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)

    at = time_to_retry(Outcome.BUSY, now=night, pause=PAUSE, hours=ALL_DAY, time_zone="Europe/London")

    assert at == night + PAUSE
    assert at.hour == 3


# --- Calling back


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (TimeSaid(date=TOMORROW, time=time(17)), kolkata(3, 17)),
        (TimeSaid(date=TOMORROW), kolkata(3, 10)),
        (TimeSaid(date=TOMORROW, part=Part.EVENING), kolkata(3, 18)),
        (TimeSaid(date=date(2026, 3, 9), end_date=date(2026, 3, 15)), kolkata(9, 10)),
        (TimeSaid(date=TOMORROW, time=time(14), end_time=time(16)), kolkata(3, 14)),
        (TimeSaid(time=time(17)), kolkata(2, 17)),
        (TimeSaid(time=time(9, 30)), kolkata(3, 9, 30)),
        (TimeSaid(part=Part.AFTERNOON), kolkata(2, 14)),
        (TimeSaid(), kolkata(3, 10)),
    ],
    ids=[
        "tomorrow at five",
        "tomorrow",
        "tomorrow evening",
        "next week",
        "tomorrow between two and four",
        "at five",
        "at a time that is over today",
        "in the afternoon",
        "no time at all",
    ],
)
def test_candidate_is_called_back_when_they_said(said: TimeSaid, at: datetime) -> None:
    assert called_back(said) == at


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (TimeSaid(time=time(17), bound=Bound.AFTER), kolkata(2, 17, 15)),
        (TimeSaid(time=time(17), bound=Bound.BEFORE), kolkata(2, 16, 45)),
        (TimeSaid(date=TOMORROW, time=time(12), bound=Bound.BEFORE), kolkata(3, 11, 45)),
        (TimeSaid(date=date(2026, 3, 6), bound=Bound.AFTER), kolkata(7, 10)),
        (TimeSaid(date=date(2026, 3, 6), bound=Bound.BEFORE), kolkata(5, 10)),
        (TimeSaid(part=Part.AFTERNOON, bound=Bound.AFTER), kolkata(2, 14)),
    ],
    ids=["after five", "before five", "tomorrow before noon", "after friday", "before friday", "from the afternoon on"],
)
def test_bound_puts_the_call_on_the_side_they_meant(said: TimeSaid, at: datetime) -> None:
    assert called_back(said) == at


def test_after_nearly_midnight_is_the_next_day() -> None:
    late = TimeSaid(date=TOMORROW, time=time(23, 50), bound=Bound.AFTER)

    assert called_back(late, hours=ALL_DAY) == kolkata(4, 0, 5)


def test_before_tomorrow_is_still_today() -> None:
    assert called_back(TimeSaid(date=TOMORROW, bound=Bound.BEFORE)) == kolkata(2, 11)


@pytest.mark.parametrize("part", Part)
def test_every_part_of_the_day_has_an_hour_within_calling_hours(part: Part) -> None:
    at = called_back(TimeSaid(date=TOMORROW, part=part))

    assert at == kolkata(3, HOURS[part])


def test_later_today_is_an_hour_later() -> None:
    assert called_back(TimeSaid(date=TODAY)) == kolkata(2, 11)


def test_later_today_said_late_is_the_next_morning() -> None:
    assert called_back(TimeSaid(date=TODAY), now=kolkata(2, 19, 30)) == kolkata(3, 9)


def test_time_outside_calling_hours_is_moved_into_them() -> None:
    assert called_back(TimeSaid(date=TODAY, time=time(23, 30))) == kolkata(3, 9)


def test_what_they_excluded_is_passed_over() -> None:
    wish = TimeSaid(date=TODAY, excluded=True), TimeSaid(date=TOMORROW)

    assert called_back(*wish) == kolkata(3, 10)


@pytest.mark.parametrize(
    "wish",
    [
        (),
        (TimeSaid(date=TODAY, excluded=True),),
        (TimeSaid(date=date(2026, 3, 1)),),
        (TimeSaid(date=TODAY, time=time(9)),),
        (TimeSaid(date=TODAY, time=time(10)),),
        (TimeSaid(date=TODAY + timedelta(days=61)),),
    ],
    ids=["nothing said", "only what is excluded", "yesterday", "earlier today", "this very minute", "too far ahead"],
)
def test_time_that_cannot_be_told_is_none(wish: tuple[TimeSaid, ...]) -> None:
    assert called_back(*wish) is None


def test_day_and_time_are_the_candidates_own() -> None:
    at = time_to_call_back(
        [TimeSaid(date=date(2026, 3, 30), time=time(10))], now=NOW, hours=NINE_TO_EIGHT, time_zone="Europe/London"
    )

    assert at.astimezone(UTC) == datetime(2026, 3, 30, 9, tzinfo=UTC)


def test_time_that_the_clocks_skip_is_the_one_they_show_instead() -> None:
    at = time_to_call_back(
        [TimeSaid(date=date(2026, 3, 29), time=time(1, 30))], now=NOW, hours=ALL_DAY, time_zone="Europe/London"
    )

    assert at.astimezone(UTC).astimezone(LONDON).strftime("%d %H:%M") == "29 02:30"


says = st.builds(
    TimeSaid,
    date=st.none() | st.dates(date(2026, 2, 25), date(2026, 6, 1)),
    time=st.none() | st.times(),
    part=st.none() | st.sampled_from(Part),
    bound=st.none() | st.sampled_from(Bound),
    excluded=st.booleans(),
)


@given(
    wish=st.lists(says, max_size=3),
    now=st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 2), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    time_zone=st.sampled_from(["Asia/Kolkata", "Europe/London", "America/New_York"]),
)
def test_call_back_lies_ahead_and_within_calling_hours(wish: list[TimeSaid], now: datetime, time_zone: str) -> None:
    at = time_to_call_back(wish, now=now, hours=NINE_TO_EIGHT, time_zone=time_zone)

    assert at is None or now < at < now + timedelta(days=62)
    assert at is None or 9 <= at.astimezone(ZoneInfo(time_zone)).hour < 20
