from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import holds, slots
from interviews.holds import HeldOffer
from interviews.understanding.meaning import TimeSaid
from tests.factories import DANIEL, NOW, a_candidate, a_slot, an_interview
from tests.interviews.slot_actions import book, held_starts, hold, in_kolkata, raw_slot, slots_at

pytestmark = pytest.mark.usefixtures("database")


# --- Holding


def test_three_slots_on_three_days_are_held() -> None:
    slots_at(*(in_kolkata(day, hour) for day in (4, 5, 6) for hour in (10, 11)))

    found = hold(ObjectId())

    assert held_starts(found) == [in_kolkata(4, 10), in_kolkata(5, 10), in_kolkata(6, 10)]
    assert found.as_wished


def test_held_slots_are_the_sessions_until_the_longest_call_is_over(settings) -> None:
    settings.CALL_LIMIT_SECONDS = 600
    slot, session_id = a_slot(), ObjectId()

    hold(session_id)

    assert raw_slot(slot)["status"] == "held"
    assert raw_slot(slot)["held_by"] == session_id
    assert raw_slot(slot)["held_until"] == NOW + timedelta(minutes=12)


def test_held_slots_come_in_order_of_time_whatever_their_rank() -> None:
    slots_at(in_kolkata(4, 10), in_kolkata(4, 11), in_kolkata(5, 9))

    found = hold(ObjectId())

    assert held_starts(found) == [in_kolkata(4, 10), in_kolkata(4, 11), in_kolkata(5, 9)]


def test_slot_is_not_offered_on_two_calls() -> None:
    slots_at(*(in_kolkata(4, hour) for hour in range(9, 13)))

    first, second = hold(ObjectId()), hold(ObjectId())

    assert held_starts(first) == [in_kolkata(4, 9), in_kolkata(4, 10), in_kolkata(4, 11)]
    assert held_starts(second) == [in_kolkata(4, 12)]


def test_of_many_calls_at_once_each_holds_slots_of_its_own() -> None:
    slots_at(*(in_kolkata(day, hour) for day in range(4, 14) for hour in (10, 11, 12)))

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: hold(ObjectId()), range(16)))

    held = [slot.id for each in found for slot in each.slots]
    assert len(held) == len(set(held)) == 30


def test_time_that_two_interviewers_offer_is_offered_once() -> None:
    slots_at(in_kolkata(4, 10))
    slots_at(in_kolkata(4, 10), **DANIEL)

    found = hold(ObjectId())

    assert held_starts(found) == [in_kolkata(4, 10)]


def test_time_that_two_interviewers_offer_can_be_offered_on_two_calls() -> None:
    slots_at(in_kolkata(4, 10))
    slots_at(in_kolkata(4, 10), **DANIEL)

    first, second = hold(ObjectId()), hold(ObjectId())

    assert held_starts(first) == held_starts(second) == [in_kolkata(4, 10)]
    assert first.slots[0].id != second.slots[0].id


def test_slots_as_wished_are_held_and_the_earlier_ones_let_go() -> None:
    slots = slots_at(*(in_kolkata(day, 10) for day in (4, 5, 6, 9)))
    session_id = ObjectId()
    hold(session_id)

    found = hold(session_id, TimeSaid(date=date(2026, 3, 9)))

    assert found.as_wished
    assert held_starts(found) == [in_kolkata(9, 10)]
    assert [raw_slot(slot)["status"] for slot in slots] == ["open", "open", "open", "held"]


def test_session_may_be_offered_again_what_it_holds() -> None:
    slots_at(in_kolkata(4, 10))
    session_id = ObjectId()
    hold(session_id)

    assert held_starts(hold(session_id)) == [in_kolkata(4, 10)]


def test_closest_slots_are_held_where_none_is_as_wished() -> None:
    slots_at(*(in_kolkata(day, 10) for day in (4, 5, 6, 9, 10)))

    found = hold(ObjectId(), TimeSaid(date=date(2026, 3, 9), time=time(15)))

    assert not found.as_wished
    assert held_starts(found) == [in_kolkata(6, 10), in_kolkata(9, 10), in_kolkata(10, 10)]


def test_wish_is_found_behind_hundreds_of_sooner_slots(database: Database) -> None:
    sooner = [
        {"interviewer_email": f"{number}@acme.example", "starts_at": in_kolkata(4, 10), "status": "open"}
        for number in range(holds.MAX_STARTS_READ + 1)
    ]
    database.slots.insert_many(sooner)
    slots_at(in_kolkata(12, 16))

    found = hold(ObjectId(), TimeSaid(date=date(2026, 3, 12)))

    assert found.as_wished
    assert held_starts(found) == [in_kolkata(12, 16)]


def test_nothing_is_held_where_nothing_is_free() -> None:
    found = hold(ObjectId())

    assert found == HeldOffer((), as_wished=False)


def test_slot_within_the_notice_is_not_offered(settings) -> None:
    settings.NOTICE_MINUTES = 120
    slots_at(NOW + timedelta(minutes=119), minutes=1)
    slots_at(NOW + timedelta(minutes=120))

    assert held_starts(hold(ObjectId())) == [NOW + timedelta(minutes=120)]


def test_booked_and_withdrawn_slots_are_not_offered() -> None:
    booked, withdrawn = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    an_interview(a_candidate(), booked)
    slots.withdraw_slot(slot_id=withdrawn.id)

    assert hold(ObjectId()).slots == ()


def test_slot_whose_hold_has_expired_is_offered_to_another_call() -> None:
    slot, later = a_slot(), ObjectId()
    hold(ObjectId())

    found = hold(later, now=raw_slot(slot)["held_until"])

    assert [each.id for each in found.slots] == [slot.id]
    assert raw_slot(slot)["held_by"] == later


def test_slot_is_another_calls_until_the_very_end_of_its_hold() -> None:
    slot = a_slot()
    hold(ObjectId())

    found = hold(ObjectId(), now=raw_slot(slot)["held_until"] - timedelta(milliseconds=1))

    assert found.slots == ()


# --- Letting go


def test_released_slots_are_open_again() -> None:
    slots = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    session_id = ObjectId()
    hold(session_id)

    freed = holds.release_slots(session_id=session_id)

    assert freed == 2
    assert [raw_slot(slot)["status"] for slot in slots] == ["open", "open"]
    assert not any("held_by" in raw_slot(slot) or "held_until" in raw_slot(slot) for slot in slots)


def test_release_leaves_other_sessions_what_they_hold() -> None:
    slot = a_slot()
    hold(ObjectId())

    assert holds.release_slots(session_id=ObjectId()) == 0
    assert raw_slot(slot)["status"] == "held"


def test_release_leaves_a_booked_slot_booked() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)
    book(slot, a_candidate(), session_id)

    assert holds.release_slots(session_id=session_id) == 0
    assert raw_slot(slot)["status"] == "booked"


def test_expired_holds_fall_free_and_the_others_stay() -> None:
    expired, fresh = slots_at(in_kolkata(4, 10), in_kolkata(5, 10))
    hold(ObjectId(), TimeSaid(date=date(2026, 3, 4)), now=NOW - timedelta(minutes=30))
    hold(ObjectId(), TimeSaid(date=date(2026, 3, 5)))

    freed = holds.release_expired_slots(now=NOW)

    assert freed == 1
    assert raw_slot(expired)["status"] == "open"
    assert raw_slot(fresh)["status"] == "held"
