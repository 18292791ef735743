import pytest
from rest_framework.test import APIClient

from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import Outcome
from tests.calls.api_responses import CALL, closed, refused
from tests.factories import a_candidate, an_attempt


def test_a_candidate_without_attempts_left_is_not_called(api: APIClient) -> None:
    candidate = closed(closed(closed(a_candidate())))

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 409, "call_limit_reached") == {
        "message": "Cannot make call: Maximum attempts reached (3/3)",
        "attempts": 3,
        "max_attempts": 3,
    }
    assert not SimulatedCall.objects


def test_a_candidate_who_is_being_called_is_not_called(api: APIClient) -> None:
    candidate = a_candidate()
    an_attempt(candidate)

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 409, "call_in_progress") == {
        "message": "Cannot make call: a call to this candidate is under way"
    }
    assert not SimulatedCall.objects


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (Outcome.OPTED_OUT, "do_not_call", "Cannot make call: the candidate asked not to be called"),
        (Outcome.WRONG_NUMBER, "do_not_call", "Cannot make call: the number belongs to somebody else"),
        (Outcome.NOT_INTERESTED, "do_not_call", "Cannot make call: the candidate is not interested"),
        (Outcome.INTERVIEW_SCHEDULED, "already_scheduled", "Cannot make call: an interview is already scheduled"),
    ],
)
def test_a_candidate_with_whom_we_are_done_is_not_called(
    api: APIClient, outcome: Outcome, code: str, message: str
) -> None:
    candidate = closed(a_candidate(), outcome)

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 409, code) == {"message": message}
    assert not SimulatedCall.objects
