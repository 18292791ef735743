from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.language.clock_changes import which_pass
from interviews.language.en import sentences, spoken_times

NEW_YORK, BERLIN, AZORES, LORD_HOWE = "America/New_York", "Europe/Berlin", "Atlantic/Azores", "Australia/Lord_Howe"
BEFORE, AFTER = ", before the clocks change", ", after the clocks change"


def local(zone: str, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return the local time of a moment that is given in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC).astimezone(ZoneInfo(zone))


@pytest.mark.parametrize(
    ("at", "spoken"),
    [
        (time(10), "ten in the morning"),
        (time(9, 15), "quarter past nine in the morning"),
        (time(14, 30), "half past two in the afternoon"),
        (time(11, 45), "quarter to twelve in the morning"),
        (time(10, 20), "ten twenty in the morning"),
        (time(10, 25), "ten twenty five in the morning"),
        (time(9, 5), "nine oh five in the morning"),
        (time(16, 13), "four thirteen in the afternoon"),
        (time(12), "noon"),
        (time(12, 30), "half past twelve in the afternoon"),
        (time(17), "five in the evening"),
        (time(21), "nine at night"),
    ],
)
def test_time_is_spoken_as_people_speak(at: time, spoken: str) -> None:
    assert spoken_times.spoken_time(at) == spoken


@pytest.mark.parametrize(
    ("day", "spoken"),
    [
        (date(2026, 11, 24), "Tuesday the 24th of November"),
        (date(2026, 12, 1), "Tuesday the 1st of December"),
        (date(2026, 12, 2), "Wednesday the 2nd of December"),
        (date(2026, 12, 3), "Thursday the 3rd of December"),
        (date(2026, 12, 11), "Friday the 11th of December"),
        (date(2026, 12, 22), "Tuesday the 22nd of December"),
    ],
)
def test_day_is_spoken_with_its_ordinal(day: date, spoken: str) -> None:
    assert spoken_times.spoken_day(day) == spoken


@given(st.times())
def test_every_time_can_be_spoken(at: time) -> None:
    spoken = spoken_times.spoken_time(at)

    assert spoken
    assert not any(character.isdigit() for character in spoken)


@pytest.mark.parametrize(
    ("moment", "spoken"),
    [
        (local(BERLIN, 10, 25, 0), f"the first two o'clock in the morning{BEFORE}"),
        (local(BERLIN, 10, 25, 1), f"the second two o'clock in the morning{AFTER}"),
        (local(NEW_YORK, 11, 1, 5, 30), f"the first half past one in the morning{BEFORE}"),
        (local(NEW_YORK, 11, 1, 6, 30), f"the second half past one in the morning{AFTER}"),
        (local(AZORES, 10, 25, 0), f"the first twelve o'clock in the morning{BEFORE}"),
        (local(LORD_HOWE, 4, 4, 14, 45), f"the first quarter to two in the morning{BEFORE}"),
        (local(LORD_HOWE, 4, 4, 15, 15), f"the second quarter to two in the morning{AFTER}"),
    ],
)
def test_time_that_comes_twice_says_which_it_is(moment: datetime, spoken: str) -> None:
    assert spoken_times.spoken_slot(moment) == f"{spoken_times.spoken_day(moment.date())} at {spoken}"


@pytest.mark.parametrize(
    "moment",
    [
        *(
            local(BERLIN, 10, 24, 23, 59),
            local(BERLIN, 10, 25, 2),
            local(BERLIN, 3, 29, 0, 30),
            local(BERLIN, 3, 29, 1),
        ),
        *(
            local(NEW_YORK, 11, 1, 4, 59),
            local(NEW_YORK, 11, 1, 7),
            local("Asia/Kolkata", 10, 25, 1),
            local("UTC", 10, 25, 1),
        ),
    ],
)
def test_time_that_comes_once_is_spoken_as_ever(moment: datetime) -> None:
    assert which_pass(moment) is None
    assert "clocks" not in spoken_times.spoken_slot(moment)


def test_two_starts_that_the_clock_shows_alike_are_told_apart_in_an_offer() -> None:
    offer = sentences.offer([local(BERLIN, 10, 25, 0, 30), local(BERLIN, 10, 25, 1, 30)])

    assert offer.startswith(
        f"I can offer: one, Sunday the 25th of October at the first half past two in the morning{BEFORE}; "
        f"or two, the same day at the second half past two in the morning{AFTER}."
    )


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - with its zone
    zone=st.sampled_from([NEW_YORK, BERLIN, AZORES, LORD_HOWE, "America/St_Johns", "Africa/Casablanca"]),
    minutes=st.integers(min_value=1, max_value=24 * 60),
)
def test_no_two_moments_of_a_day_sound_alike(moment: datetime, zone: str, minutes: int) -> None:
    first, second = (
        each.replace(second=0, microsecond=0).astimezone(ZoneInfo(zone))
        for each in (moment, moment + timedelta(minutes=minutes))
    )

    assert spoken_times.spoken_slot(first) != spoken_times.spoken_slot(second)
