from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from bson import ObjectId

from candidates import attempts, services
from candidates.documents import Candidate, Outcome
from tests.candidates.calls_made import LATER, called, close, history
from tests.candidates.claiming_process import claim_until_blocked
from tests.candidates.races import at_once, run_processes
from tests.factories import NOBODY, NOW, a_candidate, an_attempt, reload

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


def blocked(candidate: Candidate) -> attempts.CallBlocked:
    before = reload(candidate).to_mongo()
    with pytest.raises(attempts.CallBlocked) as refused:
        an_attempt(candidate)
    assert reload(candidate).to_mongo() == before
    return refused.value


def answer_to_claim(candidate: Candidate) -> str:
    """Return the code with which a claim was refused, or "claimed"."""
    try:
        an_attempt(candidate)
    except attempts.CallBlocked as error:
        return error.code
    return "claimed"


def test_a_claim_writes_the_attempt_before_anybody_dials() -> None:
    candidate, session_id = a_candidate(), ObjectId()

    claimed = attempts.claim_attempt(candidate_id=str(candidate.id), session_id=session_id, now=NOW)

    assert reload(candidate).to_mongo() == claimed.to_mongo()
    assert history(candidate) == [{"number": 1, "session_id": session_id, "initiated_at": NOW, "outcome": "placing"}]
    tracking = claimed.call_tracking
    assert (tracking.total_attempts, tracking.open_session_id, tracking.last_attempt_at) == (1, session_id, NOW)


def test_a_claim_takes_the_appointed_time_away() -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), next_attempt_at=LATER)

    an_attempt(candidate)

    assert reload(candidate).call_tracking.next_attempt_at is None


def test_a_candidate_under_way_is_not_called_again() -> None:
    candidate = a_candidate()
    an_attempt(candidate)

    refused = blocked(candidate)

    assert refused.code == "call_in_progress"
    assert str(refused) == "Cannot make call: a call to this candidate is under way"
    assert refused.candidate == candidate


def test_a_candidate_is_called_three_times_at_most() -> None:
    candidate = called(a_candidate(), times=3)

    refused = blocked(candidate)

    assert refused.code == "call_limit_reached"
    assert str(refused) == "Cannot make call: Maximum attempts reached (3/3)"
    assert refused.facts == {"attempts": 3, "max_attempts": 3}
    assert [attempt["number"] for attempt in history(candidate)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (Outcome.OPTED_OUT, "do_not_call", "Cannot make call: the candidate asked not to be called"),
        (Outcome.WRONG_NUMBER, "do_not_call", "Cannot make call: the number belongs to somebody else"),
        (Outcome.NOT_INTERESTED, "do_not_call", "Cannot make call: the candidate is not interested"),
        (Outcome.INTERVIEW_SCHEDULED, "already_scheduled", "Cannot make call: an interview is already scheduled"),
    ],
)
def test_a_candidate_with_whom_we_are_done_is_not_called(outcome: Outcome, code: str, message: str) -> None:
    candidate = a_candidate()
    close(candidate, an_attempt(candidate), outcome)

    refused = blocked(candidate)

    assert (refused.code, str(refused), refused.facts) == (code, message, {})


@pytest.mark.parametrize("candidate_id", [NOBODY, "", "5", "x" * 24, None, {"$ne": None}])
def test_who_is_not_there_is_not_called(candidate_id: object) -> None:
    a_candidate()

    with pytest.raises(services.CandidateNotFound):
        attempts.claim_attempt(candidate_id=candidate_id, session_id=ObjectId(), now=NOW)

    assert Candidate.objects.get().call_tracking.total_attempts == 0


def test_a_claim_that_lost_against_a_call_just_ended_does_not_speak_of_the_limit(meanwhile) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)
    meanwhile(lambda: close(candidate, session_id), after="findAndModify")

    with pytest.raises(attempts.CallBlocked) as refused:
        an_attempt(candidate)

    assert refused.value.code == "call_in_progress"


def test_of_64_threads_one_claims_the_attempt() -> None:
    candidate = a_candidate()

    answers = sorted(at_once(*[partial(answer_to_claim, candidate)] * 64))

    assert answers == ["call_in_progress"] * 63 + ["claimed"]
    assert len(history(candidate)) == 1


def test_64_threads_never_call_more_than_three_times() -> None:
    candidate = a_candidate()

    with ThreadPoolExecutor(64) as pool:
        won = list(pool.map(claim_until_blocked, [str(candidate.id)] * 64))

    assert sorted(number for numbers in won for number in numbers) == [1, 2, 3]
    assert reload(candidate).call_tracking.total_attempts == len(history(candidate)) == 3


def test_four_processes_never_call_more_than_three_times() -> None:
    candidate = a_candidate()

    ready, won = run_processes(4, "tests.candidates.claiming_process", str(candidate.id))

    assert ready == ["ready\n"] * 4
    assert sorted(number for numbers in won for number in numbers) == [1, 2, 3]
    assert reload(candidate).call_tracking.total_attempts == len(history(candidate)) == 3
