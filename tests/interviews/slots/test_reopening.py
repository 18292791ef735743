from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from interviews import holds, slots
from interviews.documents import Slot
from interviews.errors import ChangeRefused, SlotNotFound, SlotTaken
from tests.factories import NOBODY, NOW, a_slot
from tests.interviews.interview_changes import a_withdrawn_slot, is_refused

pytestmark = pytest.mark.usefixtures("database")


def test_withdrawn_slot_is_offered_again() -> None:
    slot = a_withdrawn_slot()

    reopened = slots.reopen_slot(slot_id=str(slot.id), now=NOW)

    assert reopened.status == "open"
    (held,) = holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="UTC", now=NOW).slots
    assert held.id == reopened.id


def test_slot_that_lies_in_the_past_is_not_offered_again() -> None:
    slot = a_withdrawn_slot()

    with pytest.raises(ChangeRefused, match="in the past"):
        slots.reopen_slot(slot_id=slot.id, now=slot.starts_at)

    assert Slot.objects.get().status == "withdrawn"


def test_slot_that_is_not_withdrawn_is_not_opened() -> None:
    with pytest.raises(ChangeRefused, match="Only a withdrawn slot"):
        slots.reopen_slot(slot_id=a_slot().id, now=NOW)


def test_slot_whose_time_is_taken_by_another_is_not_offered_again() -> None:
    slot = a_withdrawn_slot()
    a_slot(starts_at=slot.starts_at + timedelta(minutes=15))

    with pytest.raises(SlotTaken):
        slots.reopen_slot(slot_id=slot.id, now=NOW)

    assert Slot.objects.get(id=slot.id).status == "withdrawn"


def test_of_many_who_open_a_slot_again_at_once_each_finds_it_open_or_is_refused() -> None:
    slot = a_withdrawn_slot()

    with ThreadPoolExecutor(8) as threads:
        refusals = list(
            threads.map(is_refused, [lambda: slots.reopen_slot(slot_id=slot.id, now=NOW) for _ in range(32)])
        )

    assert refusals.count(False) == 1


@pytest.mark.parametrize("key", ["nonsense", "", None, NOBODY])
def test_slot_that_does_not_exist_is_not_opened(key: object) -> None:
    with pytest.raises(SlotNotFound):
        slots.reopen_slot(slot_id=key, now=NOW)
