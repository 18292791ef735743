from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from bson import ObjectId
from mongoengine import ValidationError

from interviews import slots
from interviews.documents import Slot
from interviews.errors import SlotGone, SlotNotFound, SlotTaken
from tests.factories import DANIEL, NOBODY, NOW, a_candidate, a_slot, an_interview
from tests.interviews.slot_actions import hold, in_kolkata, raw_slot, slots_at

pytestmark = pytest.mark.usefixtures("database")


# --- Offering


def test_slot_is_saved_trimmed_and_folded() -> None:
    slot = a_slot(interviewer_name="  Priya Sharma ", interviewer_email=" Priya@Acme.example ")

    assert (slot.interviewer_name, slot.interviewer_email) == ("Priya Sharma", "priya@acme.example")
    assert str(slot) == "Priya Sharma, Wed 04 Mar 2026 04:30 UTC"


@pytest.mark.parametrize(
    "times",
    [
        {"starts_at": NOW},
        {"starts_at": NOW - timedelta(days=1)},
        {"ends_at": NOW + timedelta(days=2)},
        {"ends_at": NOW + timedelta(days=1)},
        {"ends_at": NOW + timedelta(days=3, milliseconds=1)},
    ],
    ids=["now", "in the past", "ends as it starts", "ends before it starts", "longer than a day"],
)
def test_slot_at_an_impossible_time_is_refused(times: dict[str, datetime]) -> None:
    with pytest.raises(ValidationError):
        a_slot(**times)

    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"interviewer_email": "priya"},
        {"interviewer_name": " "},
        {"interviewer_name": "Priya\nBcc: x"},
        {"interviewer_name": "P" * 5000},
    ],
    ids=["no address", "no name", "line break", "5,000 characters"],
)
def test_slot_of_an_impossible_interviewer_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        a_slot(**fields)

    assert Slot.objects.count() == 0


@pytest.mark.parametrize("minutes", [-44, -1, 0, 1, 44])
def test_interviewer_is_offered_once_at_a_time(minutes: int) -> None:
    (slot,) = slots_at(in_kolkata(4, 10))

    with pytest.raises(SlotTaken, match="already has a slot at 2026-03-04T"):
        a_slot(starts_at=slot.starts_at + timedelta(minutes=minutes))


def test_day_long_slot_is_not_overlapped_by_its_last_minute() -> None:
    (slot,) = slots_at(in_kolkata(4, 10), minutes=24 * 60)

    with pytest.raises(SlotTaken):
        a_slot(starts_at=slot.ends_at - timedelta(minutes=1))


@pytest.mark.parametrize("minutes", [-45, 45])
def test_slots_may_follow_each_other_without_a_pause(minutes: int) -> None:
    (slot,) = slots_at(in_kolkata(4, 10))

    a_slot(starts_at=slot.starts_at + timedelta(minutes=minutes))

    assert Slot.objects.count() == 2


def test_two_interviewers_may_offer_the_same_time() -> None:
    slots_at(in_kolkata(4, 10))

    slots_at(in_kolkata(4, 10), **DANIEL)

    assert Slot.objects.count() == 2


def test_of_many_who_offer_the_same_time_at_once_one_does() -> None:
    with ThreadPoolExecutor(16) as threads:
        offered = list(threads.map(lambda _: _offer_or_none(), range(32)))

    assert len([slot for slot in offered if slot]) == Slot.objects.count() == 1


def _offer_or_none() -> Slot | None:
    try:
        return a_slot()
    except SlotTaken:
        return None


# --- Withdrawing


def test_withdrawn_slot_is_held_by_nobody() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)

    slots.withdraw_slot(slot_id=slot.id)

    assert raw_slot(slot)["status"] == "withdrawn"
    assert "held_by" not in raw_slot(slot)


def test_slot_is_withdrawn_by_the_text_of_its_id_and_once_more() -> None:
    slot = a_slot()
    slots.withdraw_slot(slot_id=str(slot.id))

    assert slots.withdraw_slot(slot_id=str(slot.id)).status == "withdrawn"


def test_booked_slot_is_not_withdrawn() -> None:
    slot = a_slot()
    an_interview(a_candidate(), slot)

    with pytest.raises(SlotGone, match="cancel its interview first"):
        slots.withdraw_slot(slot_id=slot.id)

    assert raw_slot(slot)["status"] == "booked"


@pytest.mark.parametrize("key", ["nonsense", "", None, 7, NOBODY])
def test_slot_that_does_not_exist_is_not_withdrawn(key: object) -> None:
    with pytest.raises(SlotNotFound):
        slots.withdraw_slot(slot_id=key)
