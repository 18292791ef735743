from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine import ValidationError
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import slots
from interviews.documents import Interview, Slot
from interviews.errors import CandidateNotBookable, SlotGone
from interviews.signals import interview_confirmed
from tests.factories import NOW, PRIYA, a_candidate, a_slot, an_interview
from tests.interviews.interview_changes import stored_documents
from tests.interviews.slot_actions import book, hold, in_kolkata, raw_slot, slots_at

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def signals() -> Iterator[list[dict[str, Any]]]:
    """What interview_confirmed is sent with."""
    sent: list[dict[str, Any]] = []

    def record(**facts: Any) -> None:
        sent.append(facts)

    interview_confirmed.connect(record)
    yield sent
    interview_confirmed.disconnect(record)


def outcome_of(booking: Any) -> Any:
    try:
        return booking()
    except (SlotGone, CandidateNotBookable) as error:
        return type(error)


def test_booking_changes_slot_interview_and_candidate_together() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)

    interview = book(slot, candidate, session_id)

    assert raw_slot(slot)["status"] == "booked"
    assert "held_by" not in raw_slot(slot)
    assert Candidate.objects.get(id=candidate.id).call_tracking.status == "interview_scheduled"
    assert Interview.objects.get().to_mongo() == interview.to_mongo() | stored_deliveries()


def stored_deliveries() -> dict[str, Any]:
    interview = Interview.objects.get().to_mongo()
    return {"invitation": interview["invitation"], "notice": interview["notice"]}


def test_interview_keeps_what_was_agreed_and_how() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()

    book(slot, candidate, session_id)

    interview = Interview.objects.get()
    assert (interview.candidate, interview.slot, interview.session_id) == (candidate, slot, session_id)
    assert (interview.starts_at, interview.ends_at) == (slot.starts_at, slot.ends_at)
    assert (interview.time_zone, interview.status) == ("Asia/Kolkata", "confirmed")
    assert (interview.evidence.question, interview.evidence.answer) == ("Shall I book it?", "yes")
    assert (interview.ics_sequence, interview.created_at) == (0, NOW)
    assert str(interview) == "Interview on Wed 04 Mar 2026 at 04:30 UTC"


def test_open_slot_can_be_booked_without_a_hold() -> None:
    slot = a_slot()

    book(slot, a_candidate(), ObjectId())

    assert raw_slot(slot)["status"] == "booked"


def test_candidate_whose_last_attempt_this_is_can_be_booked() -> None:
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="max_attempts_reached")

    book(a_slot(), candidate, ObjectId())

    assert Candidate.objects.get().call_tracking.status == "interview_scheduled"


def test_booking_is_signalled_once(signals: list[dict[str, Any]]) -> None:
    interview = book(a_slot(), a_candidate(), ObjectId())

    assert [signal["interview_id"] for signal in signals] == [interview.id]
    assert signals[0]["now"] == NOW


def test_booking_stands_though_a_receiver_of_its_signal_fails(caplog) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("no disk")

    interview_confirmed.connect(fail)
    book(a_slot(), a_candidate(), ObjectId())
    interview_confirmed.disconnect(fail)

    assert Interview.objects.count() == 1
    assert "no disk" in caplog.text


def test_booking_again_for_the_same_call_returns_what_stands(signals: list[dict[str, Any]]) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    first = book(slot, candidate, session_id)

    again = book(slot, candidate, session_id)

    assert again.id == first.id
    assert Interview.objects.count() == 1
    assert len(signals) == 1


def test_many_repetitions_of_one_booking_at_once_are_one() -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()

    with ThreadPoolExecutor(16) as threads:
        booked = list(threads.map(lambda _: book(slot, candidate, session_id), range(16)))

    assert {interview.id for interview in booked} == {Interview.objects.get().id}


def test_of_many_candidates_who_want_one_slot_one_gets_it(signals: list[dict[str, Any]]) -> None:
    slot = a_slot()
    wishes = [(a_candidate(), ObjectId()) for _ in range(32)]

    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(lambda wish: outcome_of(lambda: book(slot, *wish)), wishes))

    assert outcomes.count(SlotGone) == 31
    assert Interview.objects.count() == len(signals) == 1
    assert Candidate.objects(call_tracking__status="interview_scheduled").count() == 1


def test_candidate_booked_on_many_calls_at_once_has_one_interview() -> None:
    candidate = a_candidate()
    slots = slots_at(*(in_kolkata(day, 10) for day in range(4, 12)))

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda slot: outcome_of(lambda: book(slot, candidate, ObjectId())), slots))

    assert outcomes.count(CandidateNotBookable) == 7
    assert Interview.objects.count() == Slot.objects(status="booked").count() == 1


@pytest.mark.parametrize("status", ["do_not_call", "interview_scheduled", "not_interested", "wrong_number"])
def test_candidate_who_may_not_be_booked_any_more_changes_nothing(status: str, database: Database, signals) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status=status)
    before = stored_documents(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, session_id)

    assert stored_documents(database) == before
    assert signals == []


def test_candidate_deleted_during_the_call_changes_nothing(database: Database, signals) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    candidate.delete()
    before = stored_documents(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, session_id)

    assert stored_documents(database) == before
    assert signals == []


def test_candidate_set_back_to_active_is_not_booked_beside_a_standing_interview(database: Database) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="active")
    (slot,) = slots_at(in_kolkata(5, 10))
    before = stored_documents(database)

    with pytest.raises(CandidateNotBookable):
        book(slot, candidate, ObjectId())

    assert stored_documents(database) == before


def test_booking_in_an_unknown_time_zone_changes_nothing(database: Database) -> None:
    slot, candidate = a_slot(), a_candidate()
    before = stored_documents(database)

    with pytest.raises(ValidationError):
        book(slot, candidate, ObjectId(), time_zone="Mars/Olympus")

    assert stored_documents(database) == before


def test_slot_withdrawn_during_the_call_is_gone(database: Database) -> None:
    slot, candidate, session_id = a_slot(), a_candidate(), ObjectId()
    hold(session_id)
    slots.withdraw_slot(slot_id=slot.id)
    before = stored_documents(database)

    with pytest.raises(SlotGone):
        book(slot, candidate, session_id)

    assert stored_documents(database) == before


def test_slot_held_on_another_call_is_gone() -> None:
    slot = a_slot()
    hold(ObjectId())

    with pytest.raises(SlotGone):
        book(slot, a_candidate(), ObjectId())


def test_slot_that_has_begun_is_gone() -> None:
    slot = a_slot()

    with pytest.raises(SlotGone):
        book(slot, a_candidate(), ObjectId(), now=slot.starts_at)


def test_slot_that_never_was_is_gone() -> None:
    with pytest.raises(SlotGone):
        book(Slot(id=ObjectId(), **PRIYA), a_candidate(), ObjectId())


def test_hold_that_expired_is_still_good_for_the_call_that_had_it() -> None:
    slot, session_id = a_slot(), ObjectId()
    hold(session_id)

    book(slot, a_candidate(), session_id, now=NOW + timedelta(hours=1))

    assert raw_slot(slot)["status"] == "booked"
