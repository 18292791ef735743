import pytest
from mongoengine import ValidationError

from candidates import suppression
from candidates.documents import Candidate, Outcome, TrackingStatus
from tests.candidates.calls_made import LATER
from tests.candidates.suppression.refusals import lift, on_list, refuse
from tests.factories import a_candidate, a_phone, a_slot, an_attempt, an_interview, reload

pytestmark = pytest.mark.usefixtures("database")

REFUSALS = [Outcome.OPTED_OUT, Outcome.NOT_INTERESTED, Outcome.WRONG_NUMBER]


@pytest.mark.parametrize("outcome", REFUSALS)
def test_who_was_closed_by_the_refusal_may_be_called_again(outcome: Outcome) -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, outcome)

    lift(candidate.phone, now=LATER)

    tracking = reload(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == (TrackingStatus.ACTIVE, None)
    assert not on_list(candidate.phone).is_active


def test_who_has_no_attempt_left_is_not_called_again() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__total_attempts=3)

    lift(candidate.phone)

    assert reload(candidate).call_tracking.status == TrackingStatus.MAX_ATTEMPTS_REACHED


def test_who_was_closed_for_another_reason_stays_so() -> None:
    candidate = a_candidate()
    refuse(a_phone(), candidate)
    refuse(candidate.phone, candidate, Outcome.WRONG_NUMBER, source="call 2")

    lift(candidate.phone)

    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_an_interview_stands() -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())
    refuse(candidate.phone, candidate, Outcome.NOT_INTERESTED)

    lift(candidate.phone)

    assert reload(candidate).call_tracking.status == TrackingStatus.INTERVIEW_SCHEDULED


def test_the_history_says_who_took_it_off_and_why() -> None:
    phone = a_phone()
    refuse(phone)

    lift(phone, note="Wrote to us.", now=LATER)

    event = on_list(phone).history[-1]
    assert (event.at, event.is_active, event.source, event.note) == (LATER, False, "rita", "Wrote to us.")


def test_who_is_added_after_that_may_be_called() -> None:
    phone = a_phone()
    refuse(phone)
    lift(phone)

    candidate = a_candidate(phone=phone)

    assert candidate.call_tracking.status == TrackingStatus.ACTIVE
    assert an_attempt(candidate)


def test_a_number_whose_own_text_is_erased_is_taken_off() -> None:
    phone = a_phone()
    refuse(phone)
    suppression.forget_number(phone=phone)

    lift(phone)

    assert not on_list(phone).is_active


def test_a_number_that_is_not_on_the_list_is_not_taken_off() -> None:
    phone = a_phone()
    refuse(phone)
    lift(phone)

    with pytest.raises(suppression.NotSuppressed, match="not on the suppression list"):
        lift(phone)

    assert len(on_list(phone).history) == 2


def test_a_note_that_is_too_long_changes_nothing() -> None:
    phone = a_phone()
    refuse(phone)

    with pytest.raises(ValidationError):
        lift(phone, note="x" * 501)

    assert on_list(phone).is_active
