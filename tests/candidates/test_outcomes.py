import pytest
from bson import ObjectId

from candidates import attempts
from candidates.documents import Candidate, Outcome, TrackingStatus
from tests.candidates.calls_made import LATER, called, close, given_back, history
from tests.factories import NOW, a_candidate, a_slot, an_attempt, an_interview, reload

pytestmark = pytest.mark.usefixtures("database")


def update_in_turn(candidate: Candidate, session_id: ObjectId, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        attempts.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=outcome)


# How the attempt stands


def test_the_answer_of_the_phone_service_is_written_on_the_attempt() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    written = attempts.update_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=Outcome.INITIATED,
        call_sid="CA1",
        twilio_status="queued",
        notes=None,
    )

    assert written
    assert history(candidate) == [
        {
            "number": 1,
            "session_id": session_id,
            "initiated_at": NOW,
            "outcome": "initiated",
            "call_sid": "CA1",
            "twilio_status": "queued",
        }
    ]


@pytest.mark.parametrize(
    ("course", "stands"),
    [
        ([Outcome.UNKNOWN], "unknown"),
        ([Outcome.UNKNOWN, Outcome.INITIATED], "initiated"),
        ([Outcome.INITIATED, Outcome.UNKNOWN], "initiated"),
        ([Outcome.IN_PROGRESS, Outcome.INITIATED], "in_progress"),
        ([Outcome.IN_PROGRESS, Outcome.UNKNOWN], "in_progress"),
        ([Outcome.INITIATED, Outcome.IN_PROGRESS], "in_progress"),
        ([Outcome.UNKNOWN, Outcome.IN_PROGRESS], "in_progress"),
    ],
)
def test_an_attempt_is_not_set_back_by_news_that_come_late(course: list[Outcome], stands: str) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    update_in_turn(candidate, session_id, course)

    assert history(candidate)[0]["outcome"] == stands


def test_an_attempt_that_is_over_stands() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.BUSY)

    written = attempts.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=Outcome.IN_PROGRESS)

    assert not written
    assert history(candidate)[0]["outcome"] == "busy"


def test_only_the_attempt_meant_is_written() -> None:
    candidate = called(a_candidate(), times=1)
    session_id = an_attempt(candidate)

    attempts.update_attempt(candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INITIATED, call_sid="CA2")

    assert [attempt.get("call_sid") for attempt in history(candidate)] == [None, "CA2"]


# What came of it


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.NO_ANSWER, TrackingStatus.ACTIVE),
        (Outcome.BUSY, TrackingStatus.ACTIVE),
        (Outcome.FAILED, TrackingStatus.ACTIVE),
        (Outcome.CANCELED, TrackingStatus.ACTIVE),
        (Outcome.VOICEMAIL, TrackingStatus.ACTIVE),
        (Outcome.HUNG_UP, TrackingStatus.ACTIVE),
        (Outcome.NO_AGREEMENT, TrackingStatus.ACTIVE),
        (Outcome.CALLBACK_REQUESTED, TrackingStatus.ACTIVE),
        (Outcome.INTERVIEW_SCHEDULED, TrackingStatus.INTERVIEW_SCHEDULED),
        (Outcome.NOT_INTERESTED, TrackingStatus.NOT_INTERESTED),
        (Outcome.OPTED_OUT, TrackingStatus.DO_NOT_CALL),
        (Outcome.WRONG_NUMBER, TrackingStatus.WRONG_NUMBER),
    ],
)
def test_an_outcome_leaves_the_candidate_where_it_says(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    closed = close(candidate, session_id, outcome, duration_seconds=42, twilio_status="completed", notes="Heard.")

    found = reload(candidate)
    assert closed
    assert (found.call_tracking.status, found.call_tracking.open_session_id, found.updated_at) == (status, None, LATER)
    assert history(candidate) == [
        {
            "number": 1,
            "session_id": session_id,
            "initiated_at": NOW,
            "ended_at": LATER,
            "outcome": outcome,
            "duration_seconds": 42,
            "twilio_status": "completed",
            "notes": "Heard.",
        }
    ]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.NO_ANSWER, TrackingStatus.MAX_ATTEMPTS_REACHED),
        (Outcome.CALLBACK_REQUESTED, TrackingStatus.MAX_ATTEMPTS_REACHED),
        (Outcome.INTERVIEW_SCHEDULED, TrackingStatus.INTERVIEW_SCHEDULED),
        (Outcome.OPTED_OUT, TrackingStatus.DO_NOT_CALL),
    ],
)
def test_the_last_attempt_closes_the_candidate(outcome: Outcome, status: TrackingStatus) -> None:
    candidate = called(a_candidate(), times=2)

    close(candidate, an_attempt(candidate), outcome, next_attempt_at=LATER)

    tracking = reload(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at, tracking.can_call_again) == (status, None, False)


def test_the_next_attempt_is_appointed() -> None:
    candidate = a_candidate()

    close(candidate, an_attempt(candidate), next_attempt_at=LATER)

    assert reload(candidate).call_tracking.next_attempt_at == LATER


def test_an_outcome_is_recorded_once() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.BUSY)

    again = close(candidate, session_id, Outcome.OPTED_OUT)

    assert not again
    assert history(candidate)[0]["outcome"] == "busy"
    assert reload(candidate).call_tracking.status == "active"


def test_an_attempt_of_nobody_is_not_closed() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    Candidate._get_collection().delete_one({"_id": candidate.id})

    assert not close(candidate, session_id)
    assert not Candidate.objects


def test_an_attempt_given_back_does_not_count() -> None:
    candidate = called(a_candidate(), times=2)

    close(candidate, an_attempt(candidate), Outcome.FAILED, gives_back=True, error_code=20003)

    tracking = reload(candidate).call_tracking
    assert (tracking.total_attempts, tracking.status, tracking.can_call_again) == (2, "active", True)
    assert [attempt["number"] for attempt in history(candidate)] == [1, 2, 3]
    assert history(candidate)[2]["error_code"] == 20003


def test_attempts_given_back_do_not_swell_the_document() -> None:
    candidate = a_candidate()

    given_back(candidate, times=attempts.MAX_ATTEMPTS_KEPT + 5)
    last = an_attempt(candidate)

    assert len(history(candidate)) == attempts.MAX_ATTEMPTS_KEPT
    assert history(candidate)[-1]["session_id"] == last


def test_who_opted_out_stays_out_whatever_the_call_came_to() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="do_not_call")

    close(candidate, session_id, Outcome.NO_ANSWER, next_attempt_at=LATER)

    tracking = reload(candidate).call_tracking
    assert (tracking.status, tracking.next_attempt_at) == ("do_not_call", None)


def test_an_opt_out_outweighs_an_interview() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    an_interview(candidate, a_slot())

    close(candidate, session_id, Outcome.OPTED_OUT)

    assert reload(candidate).call_tracking.status == "do_not_call"


def test_an_outcome_that_was_recorded_too_early_is_corrected() -> None:
    candidate = called(a_candidate(), times=1)
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome.HUNG_UP)

    corrected = attempts.correct_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INTERVIEW_SCHEDULED, now=LATER
    )

    assert corrected
    assert [attempt["outcome"] for attempt in history(candidate)] == ["no_answer", "interview_scheduled"]


@pytest.mark.parametrize(
    ("reported", "standing"),
    [("hung_up", "opted_out"), ("interview_scheduled", "opted_out"), ("not_interested", "wrong_number")],
)
def test_an_outcome_that_outweighs_another_is_not_corrected_by_it(reported: str, standing: str) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    close(candidate, session_id, Outcome(standing))

    corrected = attempts.correct_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome(reported), now=LATER
    )

    assert not corrected
    assert history(candidate)[0]["outcome"] == standing


def test_an_attempt_under_way_is_not_corrected() -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    corrected = attempts.correct_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=Outcome.INTERVIEW_SCHEDULED, now=LATER
    )

    assert not corrected
    assert history(candidate)[0]["outcome"] == "placing"


def test_what_changed_during_the_closing_is_taken_into_account(meanwhile) -> None:
    candidate = called(a_candidate(), times=2)
    session_id = an_attempt(candidate)
    meanwhile(lambda: Candidate.objects(id=candidate.id).update_one(set__call_tracking__max_attempts=4))

    closed = close(candidate, session_id)

    assert closed
    assert reload(candidate).call_tracking.status == "active"
