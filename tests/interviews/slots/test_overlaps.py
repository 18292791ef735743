from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import bookings, slots
from interviews.documents import Slot
from interviews.errors import SlotTaken
from interviews.weekly_patterns import WeeklyPattern
from interviews.weekly_slots import add_weekly_slots
from tests.factories import DANIEL, NOW, PRIYA, a_candidate, a_slot
from tests.interviews.interview_changes import a_withdrawn_slot
from tests.interviews.slot_actions import book, raw_slot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]

ROUNDS, AT_ONCE = 50, 8
MINUTES = range(0, AT_ONCE * 5, 5)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)


def is_accepted(change: Callable[[], Any]) -> bool:
    try:
        change()
    except SlotTaken:
        return False
    return True


def count_accepted(changes: Iterable[Callable[[], Any]]) -> int:
    """Make all changes at once; return how many were not refused."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(is_accepted, changes))


def adding(starts_at: datetime, **fields: Any) -> Callable[[], Slot]:
    return lambda: a_slot(starts_at=starts_at, **fields)


def reopening(slot: Slot) -> Callable[[], Slot]:
    return lambda: slots.reopen_slot(slot_id=slot.id, now=NOW)


def start_of_round(number: int) -> datetime:
    return NOW + timedelta(days=2, hours=3 * number)


def test_of_overlapping_slots_added_at_once_one_is_saved() -> None:
    saved = [
        count_accepted(adding(start_of_round(number) + timedelta(minutes=late)) for late in MINUTES)
        for number in range(ROUNDS)
    ]

    assert saved == [1] * ROUNDS
    assert Slot.objects.count() == ROUNDS


def test_of_slots_around_midnight_added_at_once_one_is_saved() -> None:
    saved = [
        count_accepted(
            adding(MIDNIGHT + timedelta(days=number, minutes=late - 40), minutes=41 if late % 2 else 50)
            for late in MINUTES
        )
        for number in range(ROUNDS)
    ]

    assert saved == [1] * ROUNDS


def test_of_overlapping_slots_opened_again_at_once_one_is_open() -> None:
    rounds = [
        [a_withdrawn_slot(starts_at=start_of_round(number) + timedelta(minutes=late)) for late in MINUTES]
        for number in range(ROUNDS)
    ]

    opened = [count_accepted(map(reopening, overlapping)) for overlapping in rounds]

    assert opened == [1] * ROUNDS
    assert Slot.objects(status="open").count() == ROUNDS


def test_slot_opened_again_and_one_added_at_once_do_not_overlap() -> None:
    withdrawn = [a_withdrawn_slot(starts_at=start_of_round(number)) for number in range(ROUNDS)]

    saved = [count_accepted([reopening(slot), adding(slot.starts_at + timedelta(minutes=5))]) for slot in withdrawn]

    assert saved == [1] * ROUNDS


def test_weekly_patterns_added_at_once_do_not_overlap() -> None:
    def pattern(begins: time) -> WeeklyPattern:
        days = {"first": date(2026, 3, 9), "last": date(2026, 3, 20), "weekdays": frozenset(range(7))}
        return WeeklyPattern(**days, begins=begins, ends=time(18), minutes=60, time_zone="Asia/Kolkata")

    def add(minute: int) -> tuple[int, int]:
        return add_weekly_slots(pattern=pattern(time(9, minute)), now=NOW, **PRIYA)

    with ThreadPoolExecutor(4) as threads:
        added = sum(number for number, _ in threads.map(add, (0, 10, 20, 30)))

    slots = list(Slot.objects.order_by("starts_at"))
    assert len(slots) == added > 0
    assert all(one.ends_at <= following.starts_at for one, following in pairwise(slots))


def test_cancelled_interview_gives_back_a_time_that_nobody_could_take_meanwhile() -> None:
    slot = a_slot()
    interview = book(slot, a_candidate(), ObjectId())

    overlapping = adding(slot.starts_at + timedelta(minutes=5))

    assert not is_accepted(overlapping)
    bookings.cancel_interview(interview_id=interview.id, reason="ill", now=NOW)
    assert not is_accepted(overlapping)
    assert raw_slot(slot)["status"] == "open"


def test_two_interviewers_offer_the_same_time() -> None:
    assert count_accepted([adding(MIDNIGHT), adding(MIDNIGHT, **DANIEL)]) == 2


def test_slots_of_one_day_that_do_not_overlap_are_all_saved_at_once() -> None:
    assert count_accepted(adding(MIDNIGHT + timedelta(hours=hour)) for hour in range(AT_ONCE)) == AT_ONCE


def test_slots_added_before_days_were_kept_still_count(database: Database) -> None:
    a_slot(starts_at=MIDNIGHT)
    database["interviewer_days"].delete_many({})

    assert not is_accepted(adding(MIDNIGHT + timedelta(minutes=5)))
