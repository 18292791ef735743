from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.telephony.simulator.documents import SimulatedCall
from calls.webhook_urls import webhook_url
from candidates.documents import Outcome
from tests.calls.api_responses import CALL, CALLS, JSON, TEST_CALL, closed, refused
from tests.factories import NOW, a_candidate, an_attempt

# Starting a call


@pytest.mark.parametrize("address", [CALL, CALLS])
def test_a_candidate_is_called(api: APIClient, address: str) -> None:
    candidate = a_candidate(phone="+919876543210")

    response = api.post(address, {"candidate_id": str(candidate.id)})

    assert response.status_code == 201
    call = SimulatedCall.objects.get()
    session = ConversationSession.objects.get()
    assert response.json() == {
        "status": "success",
        "message": "Call initiated to +919876543210",
        "call_sid": call.call_sid,
        "call_status": "queued",
        "session_id": str(session.id),
        "candidate": {
            "id": str(candidate.id),
            "name": "Asha Rao",
            "phone": "+919876543210",
            "email": "asha@example.com",
            "position": "Backend Engineer",
            "company": "Acme",
        },
        "call_tracking": {"total_attempts": 1, "max_attempts": 3, "can_call_again": True},
    }
    assert call.to == "+919876543210"
    assert call.voice_url == webhook_url("voice", session.id)


def test_a_call_is_found_on_the_candidate_at_once(api: APIClient) -> None:
    candidate = a_candidate()

    placed = api.post(CALL, {"candidate_id": str(candidate.id)}).json()

    (listed,) = api.get("/list-candidates").json()["candidates"]
    (attempt,) = listed["call_tracking"]["call_history"]
    assert (attempt["number"], attempt["outcome"]) == (1, "initiated")
    assert (attempt["call_sid"], attempt["session_id"]) == (placed["call_sid"], placed["session_id"])


def test_the_third_call_is_said_to_be_the_last(api: APIClient) -> None:
    candidate = closed(closed(a_candidate()))

    response = api.post(CALL, {"candidate_id": f" {candidate.id}\n"})

    assert response.status_code == 201
    assert response.json()["call_tracking"] == {"total_attempts": 3, "max_attempts": 3, "can_call_again": False}


def test_the_test_call_goes_to_the_first_who_may_be_called(api: APIClient) -> None:
    closed(a_candidate(now=NOW - timedelta(days=2)), Outcome.OPTED_OUT)
    an_attempt(a_candidate(now=NOW - timedelta(days=1)))
    first = a_candidate()
    a_candidate(now=NOW + timedelta(days=1))

    response = api.post(TEST_CALL)

    assert response.status_code == 201
    assert response.json()["candidate"]["id"] == str(first.id)


def test_a_test_call_without_anybody_to_call_is_refused(api: APIClient) -> None:
    closed(a_candidate(), Outcome.OPTED_OUT)

    assert refused(api.post(TEST_CALL), 404, "no_callable_candidate") == {
        "message": "No candidate may be called now: all are scheduled, under way, closed or out of attempts."
    }
    assert not SimulatedCall.objects


@pytest.mark.parametrize("address", [CALL, TEST_CALL])
def test_a_call_is_posted(api: APIClient, address: str) -> None:
    assert refused(api.get(address), 405, "method_not_allowed") == {"message": 'Method "GET" not allowed.'}


# Whom to call


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b'"6741f0f0f0f0f0f0f0f0f0f0"',
        b'["candidate_id"]',
        b'{"candidate_id": null}',
        b'{"candidate_id": ""}',
        b'{"candidate_id": " \\n "}',
        b'{"candidate_id": 5}',
        b'{"candidate_id": NaN}',
        b'{"candidate_id": {"$ne": null}}',
        b'{"candidate_id": ["6741f0f0f0f0f0f0f0f0f0f0"]}',
        b'{"candidate_id": "\\ud800"}',
        b'{"candidate_id": "\xff"}',
        b'{"CANDIDATE_ID": "6741f0f0f0f0f0f0f0f0f0f0"}',
        b"candidate_id=6741f0f0f0f0f0f0f0f0f0f0",
        b'{"candidate_id": ' * 10_000,
    ],
)
@pytest.mark.parametrize("address", [CALL, CALLS])
def test_without_the_id_of_a_candidate_nobody_is_called(api: APIClient, address: str, body: bytes) -> None:
    a_candidate()

    response = api.generic("POST", address, body, content_type=JSON)

    assert refused(response, 400, "candidate_id_required") == {
        "message": 'candidate_id is required: send {"candidate_id": "…"} as application/json.'
    }
    assert not SimulatedCall.objects


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
def test_an_id_that_is_no_json_is_not_taken(api: APIClient, content_type: str) -> None:
    body = f"candidate_id={a_candidate().id}".encode()

    response = api.generic("POST", CALL, body, content_type=content_type)

    assert refused(response, 400, "candidate_id_required")
    assert not SimulatedCall.objects


def test_a_body_of_ten_megabytes_calls_nobody(api: APIClient) -> None:
    body = b'{"candidate_id": "' + b"x" * 10_000_000 + b'"}'

    response = api.generic("POST", CALL, body, content_type=JSON)

    assert refused(response, 413, "body_too_large") == {"message": "The body is larger than 1048576 bytes."}


@pytest.mark.parametrize("candidate_id", ["6741f0f0f0f0f0f0f0f0f0f0", "5", "x" * 24, "a" * 12, "a\x00b", "$ne", "आशा"])
def test_who_is_not_there_is_not_called(api: APIClient, candidate_id: str) -> None:
    a_candidate()

    response = api.post(CALL, {"candidate_id": candidate_id})

    message = f"Candidate not found with ID: {candidate_id}"
    assert refused(response, 404, "candidate_not_found") == {"message": message}
    assert not SimulatedCall.objects


def test_a_long_id_is_not_repeated_in_full(api: APIClient) -> None:
    response = api.post(CALL, {"candidate_id": "x" * 500_000})

    assert len(refused(response, 404, "candidate_not_found")["message"]) < 150
