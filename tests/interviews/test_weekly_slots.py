from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from pymongo.database import Database

from interviews import slots, weekly_slots
from interviews.documents import Slot
from interviews.weekly_patterns import WeeklyPattern
from interviews.weekly_slots import add_weekly_slots
from tests.factories import NOW, PRIYA, a_slot
from tests.interviews.interview_changes import a_withdrawn_slot
from tests.interviews.slot_actions import a_weekly_pattern

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


# --- Adding


def test_slots_ahead_are_added_and_those_past_are_passed_over(database: Database) -> None:
    added, skipped = add_weekly_slots(pattern=a_weekly_pattern(), **PRIYA, now=NOW)

    assert (added, skipped) == (9, 1)
    assert Slot.objects(starts_at__lte=NOW).count() == 0


def test_same_pattern_twice_adds_nothing(database: Database) -> None:
    add_weekly_slots(pattern=a_weekly_pattern(), **PRIYA, now=NOW)

    assert add_weekly_slots(pattern=a_weekly_pattern(), **PRIYA, now=NOW) == (0, 10)
    assert Slot.objects.count() == 9


def test_what_overlaps_a_slot_of_theirs_is_passed_over(database: Database) -> None:
    a_slot(starts_at=datetime(2026, 3, 4, 5, 15, tzinfo=UTC))

    added, skipped = add_weekly_slots(pattern=a_weekly_pattern(weekdays=frozenset({2})), **PRIYA, now=NOW)

    assert (added, skipped) == (0, 2)


def test_slot_withdrawn_by_hand_does_not_come_back_with_its_pattern(database: Database) -> None:
    add_weekly_slots(pattern=a_weekly_pattern(), **PRIYA, now=NOW)
    withdrawn = slots.withdraw_slot(slot_id=Slot.objects.first().id)

    add_weekly_slots(pattern=a_weekly_pattern(), **PRIYA, now=NOW)

    assert Slot.objects.get(id=withdrawn.id).status == "withdrawn"
    assert Slot.objects.count() == 9


# --- Previewing


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
