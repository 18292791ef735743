from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine import ValidationError

from candidates import attempts, bulk_changes
from candidates.documents import MAX_TAGS, Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import Suppression, SuppressionReason
from interviews.bookings import cancel_interview
from tests.candidates.calls_made import LATER, called
from tests.candidates.races import ROUNDS, race
from tests.candidates.suppression.refusals import on_list, refuse
from tests.factories import NOBODY, NOW, a_candidate, a_slot, an_attempt, an_interview, reload

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


def a_called_candidate(outcome: Outcome = Outcome.NO_ANSWER, *, times: int = 1) -> Candidate:
    return called(a_candidate(), outcome, times=times)


def change(
    service: Callable[..., bulk_changes.BulkResult], *candidates: Candidate, **facts: Any
) -> bulk_changes.BulkResult:
    return service(candidate_ids=[each.id for each in candidates], now=LATER, **facts)


# Calling now


def test_who_may_be_called_is_due_at_once() -> None:
    candidate, other = a_candidate(), a_candidate()

    outcome = change(bulk_changes.queue_calls, candidate)

    assert outcome == bulk_changes.BulkResult(changed=[candidate.id])
    assert [due.id for due in attempts.due_candidates(now=LATER, limit=9)] == [candidate.id]
    assert reload(candidate).updated_at == LATER
    assert reload(other).call_tracking.next_attempt_at is None


def test_an_attempt_planned_for_later_is_brought_forward() -> None:
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__next_attempt_at=LATER + timedelta(days=1))

    change(bulk_changes.queue_calls, candidate)

    assert reload(candidate).call_tracking.next_attempt_at == LATER


def test_who_waits_already_keeps_their_place() -> None:
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__next_attempt_at=NOW)

    outcome = change(bulk_changes.queue_calls, candidate)

    assert outcome.changed == [candidate.id]
    assert reload(candidate).call_tracking.next_attempt_at == NOW


def test_who_may_not_be_called_is_not_queued_and_the_reason_is_reported() -> None:
    busy = a_candidate()
    an_attempt(busy)
    spent, opted_out = a_called_candidate(times=3), a_called_candidate(Outcome.OPTED_OUT)

    outcome = change(bulk_changes.queue_calls, busy, spent, opted_out, Candidate(id=ObjectId(NOBODY)))

    assert outcome.changed == []
    assert outcome.left == {
        "a call to this candidate is under way": 1,
        "Maximum attempts reached (3/3)": 1,
        "the candidate asked not to be called": 1,
        "no longer there": 1,
    }
    assert list(attempts.due_candidates(now=LATER, limit=9)) == []


# Tags


def test_tag_is_added_behind_the_others() -> None:
    candidate = a_candidate(tags=["senior"])

    outcome = change(bulk_changes.add_tag, candidate, tag="urgent")

    assert outcome.changed == [candidate.id]
    assert (reload(candidate).tags, reload(candidate).updated_at) == (["senior", "urgent"], LATER)


def test_tag_is_added_once() -> None:
    candidate = a_candidate(tags=["urgent"])

    outcome = change(bulk_changes.add_tag, candidate, tag="urgent")

    assert outcome == bulk_changes.BulkResult(left={"has the tag already": 1})
    assert (reload(candidate).tags, reload(candidate).updated_at) == (["urgent"], NOW)


def test_no_tag_is_added_beyond_the_most() -> None:
    full = [str(number) for number in range(MAX_TAGS)]
    candidate = a_candidate(tags=full)

    outcome = change(bulk_changes.add_tag, candidate, tag="urgent")

    assert outcome.left == {"has 30 tags, which is the most": 1}
    assert reload(candidate).tags == full


@pytest.mark.parametrize("tag", ["", "x" * 51, "two\nlines"])
def test_unfit_tag_is_refused(tag: str) -> None:
    candidate = a_candidate()

    with pytest.raises(ValidationError):
        change(bulk_changes.add_tag, candidate, tag=tag)

    assert reload(candidate).tags == []


# Do not call


def test_who_is_not_to_be_called_is_no_longer_due() -> None:
    candidate = a_candidate()
    change(bulk_changes.queue_calls, candidate)

    outcome = change(bulk_changes.mark_do_not_call, candidate, by="rita")

    assert outcome.changed == [candidate.id]
    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL
    assert reload(candidate).call_tracking.next_attempt_at is None
    assert reload(candidate).updated_at == LATER


def test_who_is_marked_already_is_reported() -> None:
    candidate = a_called_candidate(Outcome.OPTED_OUT)

    outcome = change(bulk_changes.mark_do_not_call, candidate, by="rita")

    assert outcome == bulk_changes.BulkResult(left={"marked already": 1})


def test_mark_made_during_a_call_outlasts_its_end() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    change(bulk_changes.mark_do_not_call, candidate, by="rita")
    attempts.close_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome.NO_ANSWER, now=LATER, ended_at=LATER
    )

    assert reload(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL


def test_the_office_keeps_a_number_from_being_called_whoever_has_it() -> None:
    candidate, other = a_candidate(), a_candidate()

    change(bulk_changes.mark_do_not_call, candidate, other, by="rita")
    candidate.delete()

    assert a_candidate(phone=candidate.phone).call_tracking.status == TrackingStatus.DO_NOT_CALL
    refusal = on_list(candidate.phone)
    assert (refusal.reason, refusal.source, refusal.suppressed_at) == (SuppressionReason.OFFICE, "rita", LATER)
    assert on_list(other.phone).is_active


def test_who_is_marked_already_has_their_number_kept_too() -> None:
    candidate = a_called_candidate(Outcome.OPTED_OUT)

    change(bulk_changes.mark_do_not_call, candidate, by="rita")

    assert on_list(candidate.phone).is_active


def test_who_is_gone_is_reported_and_nothing_is_kept() -> None:
    outcome = change(bulk_changes.mark_do_not_call, Candidate(id=ObjectId(NOBODY)), by="rita")

    assert outcome == bulk_changes.BulkResult(left={"no longer there": 1})
    assert not Suppression.objects


# After a cancellation


def test_whose_number_was_refused_meanwhile_is_not_called_after_a_cancellation() -> None:
    candidate = a_candidate()
    interview = an_interview(candidate, a_slot())
    refuse(candidate.phone, candidate, Outcome.NOT_INTERESTED)

    cancel_interview(interview_id=interview.id, reason="No longer wanted.", now=LATER)

    assert reload(candidate).call_tracking.status == TrackingStatus.NOT_INTERESTED


def test_a_refusal_and_a_cancellation_at_once_leave_nobody_callable() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]
    interviews = [
        an_interview(candidate, a_slot(starts_at=NOW + timedelta(days=2, hours=number)))
        for number, candidate in enumerate(candidates)
    ]

    race(
        zip(candidates, interviews, strict=True),
        lambda pair: refuse(pair[0].phone, pair[0], Outcome.NOT_INTERESTED),
        lambda pair: cancel_interview(interview_id=pair[1].id, reason="Off.", now=LATER),
    )

    assert {reload(candidate).call_tracking.status for candidate in candidates} == {TrackingStatus.NOT_INTERESTED}


# Resetting attempts


def test_reset_gives_all_attempts_back_and_keeps_the_history() -> None:
    candidate = a_called_candidate(times=3)

    outcome = change(bulk_changes.reset_attempts, candidate)

    tracking = reload(candidate).call_tracking
    assert outcome.changed == [candidate.id]
    assert (tracking.status, tracking.total_attempts, tracking.can_call_again) == (TrackingStatus.ACTIVE, 0, True)
    assert (len(tracking.call_history), tracking.last_outcome) == (3, Outcome.NO_ANSWER)
    assert reload(candidate).updated_at == LATER


def test_attempts_are_never_reset_while_a_call_is_under_way() -> None:
    candidate = a_candidate()
    an_attempt(candidate)

    outcome = change(bulk_changes.reset_attempts, candidate)

    assert outcome == bulk_changes.BulkResult(left={"a call to this candidate is under way": 1})
    assert reload(candidate).call_tracking.total_attempts == 1


def test_reset_does_not_undo_why_somebody_is_not_called() -> None:
    opted_out, wrong = a_called_candidate(Outcome.OPTED_OUT), a_called_candidate(Outcome.WRONG_NUMBER)

    outcome = change(bulk_changes.reset_attempts, opted_out, wrong, a_candidate())

    assert outcome.changed == []
    assert outcome.left == {
        "the candidate asked not to be called": 1,
        "the number belongs to somebody else": 1,
        "all attempts are left": 1,
    }
    assert reload(opted_out).call_tracking.status == TrackingStatus.DO_NOT_CALL


# The last outcome, by which the list is filtered


def test_last_outcome_follows_the_call_under_way() -> None:
    candidate = a_candidate()

    session_id = an_attempt(candidate)
    placing = reload(candidate).call_tracking.last_outcome
    attempts.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INITIATED)

    assert (placing, reload(candidate).call_tracking.last_outcome) == (Outcome.PLACING, Outcome.INITIATED)


def test_last_outcome_is_that_of_the_call_that_ended_last() -> None:
    assert a_called_candidate(Outcome.BUSY).call_tracking.last_outcome == Outcome.BUSY


def test_last_outcome_is_corrected_with_the_last_call() -> None:
    candidate = a_called_candidate(Outcome.UNKNOWN)
    (attempt,) = candidate.call_tracking.call_history

    attempts.correct_attempt(
        candidate_id=candidate.id, session_id=attempt.session_id, outcome=Outcome.OPTED_OUT, now=LATER
    )

    tracking = reload(candidate).call_tracking
    assert (tracking.call_history[0].outcome, tracking.last_outcome) == (Outcome.OPTED_OUT, Outcome.OPTED_OUT)


def test_correction_of_an_earlier_call_leaves_the_last_outcome() -> None:
    candidate = a_called_candidate(Outcome.NO_ANSWER, times=2)
    first, second = candidate.call_tracking.call_history

    attempts.correct_attempt(
        candidate_id=candidate.id, session_id=first.session_id, outcome=Outcome.OPTED_OUT, now=LATER
    )

    tracking = reload(candidate).call_tracking
    assert [attempt.outcome for attempt in tracking.call_history] == [Outcome.OPTED_OUT, Outcome.NO_ANSWER]
    assert tracking.last_outcome == Outcome.NO_ANSWER
    assert tracking.call_history[1] == second
