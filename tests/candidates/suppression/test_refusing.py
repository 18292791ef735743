from datetime import timedelta

import pytest
from bson import ObjectId

from candidates import suppression
from candidates.attempts import CallBlocked, claim_attempt
from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.services import create_candidate, update_candidate
from candidates.suppression.documents import Suppression
from candidates.suppression.services import MAX_EVENTS_KEPT
from tests.candidates.calls_made import LATER, due
from tests.candidates.suppression.refusals import lift, on_list, refuse, status_of
from tests.factories import ASHA, NOW, a_candidate, a_phone, a_slot, an_interview, reload

pytestmark = pytest.mark.usefixtures("database")

CLOSED = {
    Outcome.OPTED_OUT: TrackingStatus.DO_NOT_CALL,
    Outcome.NOT_INTERESTED: TrackingStatus.NOT_INTERESTED,
    Outcome.WRONG_NUMBER: TrackingStatus.WRONG_NUMBER,
}


def refuse_and_lift(phone: str, *, times: int) -> None:
    for number in range(times):
        refuse(phone, source=f"call {number}", now=NOW + timedelta(minutes=number))
        lift(phone)


@pytest.mark.parametrize(("outcome", "status"), CLOSED.items())
def test_a_refusal_closes_the_candidate_and_is_kept_by_the_number(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = a_candidate()
    due(candidate, LATER)

    refuse(candidate.phone, candidate, outcome)

    tracking = reload(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == (status, None)
    refusal = on_list(candidate.phone)
    assert (refusal.phone, refusal.reason, refusal.source) == (candidate.phone, outcome, "call 1")
    assert (refusal.is_active, refusal.suppressed_at) == (True, NOW)


@pytest.mark.parametrize(("outcome", "status"), CLOSED.items())
def test_who_is_deleted_and_added_again_is_not_called(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, outcome)
    candidate.delete()

    again = a_candidate(phone=candidate.phone)

    assert again.call_tracking.status == reload(again).call_tracking.status == status
    with pytest.raises(CallBlocked):
        claim_attempt(candidate_id=again.id, session_id=ObjectId(), now=NOW)


def test_who_is_given_a_refused_number_is_not_called() -> None:
    candidate, other = a_candidate(), a_candidate()
    refuse(candidate.phone, candidate)
    update_candidate(candidate_id=candidate.id, now=LATER, phone=a_phone())

    moved = update_candidate(candidate_id=other.id, now=LATER, phone=candidate.phone)

    assert moved.call_tracking.status == reload(other).call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_a_refused_number_in_another_spelling_is_the_same() -> None:
    refuse("+919876543210")

    candidate = create_candidate(now=NOW, **ASHA | {"phone": "+91 98765-43210"})

    assert candidate.call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_a_next_attempt_is_taken_from_who_is_given_a_refused_number() -> None:
    candidate, refused = due(a_candidate(), LATER), a_phone()
    refuse(refused)

    update_candidate(candidate_id=candidate.id, now=LATER, phone=refused)

    assert reload(candidate).call_tracking.next_attempt_at is None


@pytest.mark.parametrize("outcome", [Outcome.OPTED_OUT, Outcome.NOT_INTERESTED])
def test_the_persons_own_refusal_holds_on_a_number_they_moved_to(outcome: Outcome) -> None:
    candidate, called = a_candidate(), a_phone()

    refuse(called, candidate, outcome)

    assert reload(candidate).call_tracking.status == CLOSED[outcome]
    assert on_list(called).is_active
    assert on_list(candidate.phone) is None


def test_a_wrong_number_does_not_close_who_has_another_by_now() -> None:
    candidate, called = a_candidate(), a_phone()

    refuse(called, candidate, Outcome.WRONG_NUMBER)

    assert reload(candidate).call_tracking.status == TrackingStatus.ACTIVE
    assert on_list(called).is_active


def test_who_has_the_number_called_by_now_is_closed() -> None:
    candidate, other = a_candidate(), a_candidate()

    refuse(other.phone, candidate, Outcome.WRONG_NUMBER)

    assert reload(other).call_tracking.status == TrackingStatus.WRONG_NUMBER


def test_a_call_that_kept_no_number_refuses_the_candidates_own() -> None:
    candidate = a_candidate()

    refuse(None, candidate)

    assert on_list(candidate.phone).is_active
    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_a_call_that_kept_no_number_of_who_is_deleted_refuses_nothing() -> None:
    refuse(None)

    assert not Suppression.objects


def test_a_wrong_number_may_be_put_right() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, Outcome.WRONG_NUMBER)

    right = update_candidate(candidate_id=candidate.id, now=LATER, phone=a_phone())

    assert right.call_tracking.status == TrackingStatus.ACTIVE
    assert right.call_tracking.next_attempt_at is None


def test_a_wrong_number_put_right_leaves_as_many_attempts_as_before() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, Outcome.WRONG_NUMBER)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__total_attempts=3)

    right = update_candidate(candidate_id=candidate.id, now=LATER, phone=a_phone())

    assert right.call_tracking.status == TrackingStatus.MAX_ATTEMPTS_REACHED


def test_a_wrong_number_stays_one_while_it_is_the_same() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, Outcome.WRONG_NUMBER)

    same = update_candidate(candidate_id=candidate.id, now=LATER, phone=candidate.phone, name="Asha R. Rao")

    assert same.call_tracking.status == TrackingStatus.WRONG_NUMBER


# What weighs more


@pytest.mark.parametrize("weaker", [Outcome.NOT_INTERESTED, Outcome.WRONG_NUMBER])
def test_an_opt_out_is_not_weakened(weaker: Outcome) -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)

    refuse(candidate.phone, candidate, weaker, source="call 2", now=LATER)

    refusal = on_list(candidate.phone)
    assert (refusal.reason, refusal.source, len(refusal.history)) == (Outcome.OPTED_OUT, "call 1", 1)
    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


@pytest.mark.parametrize("weaker", [Outcome.NOT_INTERESTED, Outcome.WRONG_NUMBER])
def test_an_opt_out_outweighs_what_was_said_before(weaker: Outcome) -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, weaker)

    refuse(candidate.phone, candidate, source="call 2", now=LATER)

    refusal = on_list(candidate.phone)
    assert (refusal.reason, refusal.source, refusal.suppressed_at) == (Outcome.OPTED_OUT, "call 2", LATER)
    assert [event.reason for event in refusal.history] == [weaker, Outcome.OPTED_OUT]
    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_an_opt_out_outweighs_an_interview() -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())

    refuse(candidate.phone, candidate)

    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


@pytest.mark.parametrize("weaker", [Outcome.NOT_INTERESTED, Outcome.WRONG_NUMBER])
def test_any_other_refusal_leaves_an_interview_and_is_kept_by_the_number(weaker: Outcome) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())

    refuse(candidate.phone, candidate, weaker)

    assert reload(candidate).call_tracking.status == TrackingStatus.INTERVIEW_SCHEDULED
    assert on_list(candidate.phone).is_active


# Said again


def test_a_refusal_said_twice_is_one() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)

    refuse(candidate.phone, candidate, now=LATER)

    refusal = on_list(candidate.phone)
    assert (refusal.suppressed_at, len(refusal.history)) == (NOW, 1)


def test_a_refusal_repeated_late_does_not_undo_that_it_was_taken_off() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)
    lift(candidate.phone)

    refuse(candidate.phone, candidate, now=LATER)

    assert not on_list(candidate.phone).is_active
    assert status_of(candidate.phone) == TrackingStatus.ACTIVE


def test_another_call_refuses_anew_what_was_taken_off() -> None:
    candidate = a_candidate()
    refuse(candidate.phone, candidate)
    lift(candidate.phone)

    refuse(candidate.phone, candidate, source="call 2", now=LATER)

    assert on_list(candidate.phone).is_active
    assert status_of(candidate.phone) == TrackingStatus.DO_NOT_CALL


def test_the_history_is_bounded() -> None:
    phone = a_phone()
    refuse_and_lift(phone, times=MAX_EVENTS_KEPT)

    history = on_list(phone).history

    assert (len(history), history[-1].is_active, history[-2].source) == (MAX_EVENTS_KEPT, False, "call 19")


def test_what_is_no_refusal_is_not_kept_as_one() -> None:
    with pytest.raises(ValueError, match="voicemail"):
        refuse(a_phone(), outcome=Outcome.VOICEMAIL)

    assert not Suppression.objects


# What is kept of whom


def test_nothing_is_kept_of_a_number_that_was_not_refused() -> None:
    candidate = a_candidate()

    update_candidate(candidate_id=candidate.id, now=LATER, phone=a_phone())

    assert not Suppression.objects


def test_an_erased_number_is_still_refused() -> None:
    phone = a_phone()
    refuse(phone)

    was_known = suppression.forget_number(phone=phone)

    assert was_known
    assert "phone" not in on_list(phone).to_mongo()
    assert phone not in str(on_list(phone).to_mongo())
    assert suppression.refused_among([phone, a_phone()]) == {phone: TrackingStatus.DO_NOT_CALL}


def test_who_is_added_with_an_erased_number_is_not_called_and_can_be_found_again() -> None:
    phone = a_phone()
    refuse(phone)
    suppression.forget_number(phone=phone)

    candidate = a_candidate(phone=phone)

    assert candidate.call_tracking.status == TrackingStatus.DO_NOT_CALL
    assert on_list(phone).phone == phone


def test_nothing_is_to_forget_of_a_number_that_was_not_refused() -> None:
    assert not suppression.forget_number(phone=a_phone())
