from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from interviews import weekly_slots
from interviews.weekly_patterns import WeeklyPattern
from interviews.weekly_slots import add_weekly_slots
from tests.factories import NOW, PRIYA, a_slot
from tests.interviews.interview_changes import a_withdrawn_slot

pytestmark = pytest.mark.usefixtures("database")


def mornings(**fields: Any) -> WeeklyPattern:
    usual = {
        "first": date(2026, 3, 2),
        "last": date(2026, 3, 8),
        "weekdays": frozenset(range(5)),
        "begins": time(9),
        "ends": time(12),
        "minutes": 60,
        "time_zone": "UTC",
    }
    return WeeklyPattern(**usual | fields)


def previewed(pattern: WeeklyPattern) -> weekly_slots.Preview:
    return weekly_slots.preview_weekly_slots(pattern=pattern, interviewer_email=" Priya@acme.example", now=NOW)


def test_preview_shows_the_times_that_would_be_added() -> None:
    preview = previewed(mornings())

    assert (len(preview.times), preview.skipped) == (15, 0)
    assert preview.times[0] == (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))


def test_preview_passes_over_what_is_past_taken_or_was_withdrawn() -> None:
    a_slot(starts_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC), minutes=60)  # takes two
    a_withdrawn_slot(starts_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    a_withdrawn_slot(starts_at=datetime(2026, 3, 5, 9, 30, tzinfo=UTC))  # in nobody's way
    a_slot(starts_at=datetime(2026, 3, 6, 9, tzinfo=UTC), interviewer_email="daniel@acme.example")
    pattern = mornings(begins=time(4), ends=time(11))

    preview = previewed(pattern)
    added, skipped = add_weekly_slots(pattern=pattern, now=NOW, **PRIYA)

    assert preview.skipped == skipped == 4
    assert len(preview.times) == added == 31


def test_preview_of_days_that_do_not_occur_is_empty() -> None:
    preview = previewed(mornings(last=date(2026, 3, 2), weekdays=frozenset({6})))

    assert preview == weekly_slots.Preview((), 0)
