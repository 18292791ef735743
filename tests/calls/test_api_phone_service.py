from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from calls.telephony.base import NotConfigured
from calls.telephony.simulator.documents import SimulatedCall
from calls.telephony.twilio.client import Twilio
from calls.webhook_urls import webhook_url
from candidates.documents import Candidate
from tests.calls.api_responses import CALL, refused
from tests.calls.telephony.http_servers import CALL_SID, Answer, TwilioApi
from tests.factories import a_candidate


def attempts(candidate: Candidate) -> list[tuple[str, int | None]]:
    history = Candidate.objects.get(id=candidate.id).call_tracking.call_history
    return [(attempt.outcome, attempt.error_code) for attempt in history]


@pytest.fixture
def twilio(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioApi]:
    """Let calls go through Twilio's client to a server that plays Twilio's API."""
    server = TwilioApi()
    with server.running():
        client = Twilio(
            account_sid="AC" + "0" * 32,
            auth_token="a-token",
            phone_number="+15005550006",
            timeout_seconds=5,
            api_base_url=server.url,
        )
        monkeypatch.setattr("calls.telephony.backend", lambda: client)
        yield server
        client.close()


def test_a_number_that_twilio_calls_invalid_is_reported(api: APIClient, twilio: TwilioApi) -> None:
    candidate = a_candidate()
    twilio.answers.append(Answer(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}))

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 422, "invalid_phone_number") == {
        "message": "Twilio says that the number is not valid (21211): check the candidate's phone number.",
        "error_code": 21211,
    }
    assert attempts(candidate) == [("failed", 21211)]
    assert Candidate.objects.get().call_tracking.total_attempts == 1


def test_a_number_that_became_impossible_is_reported(api: APIClient) -> None:
    candidate = a_candidate()
    Candidate._get_collection().update_one({"_id": candidate.id}, {"$set": {"phone": "12345"}})

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 422, "invalid_phone_number") == {
        "message": "Write the phone number with its country code, such as +919876543210."
    }
    assert not SimulatedCall.objects


def test_bad_credentials_are_told_and_give_the_attempt_back(api: APIClient, twilio: TwilioApi) -> None:
    candidate = a_candidate()
    twilio.answers.append(Answer(401, {"code": 20003, "message": "Authenticate", "status": 401}))

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    body = refused(response, 502, "call_failed")
    assert body["error_code"] == 20003
    assert "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in body["message"]
    assert attempts(candidate) == [("failed", 20003)]
    assert Candidate.objects.get().call_tracking.total_attempts == 0


@pytest.mark.parametrize("answer", [Answer(500, {"code": 20500, "message": "x", "status": 500}), Answer(closes=True)])
def test_a_call_of_which_nothing_is_known_counts(api: APIClient, twilio: TwilioApi, answer: Answer) -> None:
    candidate = a_candidate()
    twilio.answers.append(answer)

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    body = refused(response, 502, "call_failed")
    assert body["error_code"] is None
    assert body["message"].startswith("Twilio")
    assert attempts(candidate) == [("unknown", None)]
    assert refused(api.post(CALL, {"candidate_id": str(candidate.id)}), 409, "call_in_progress")
    assert len(twilio.asked) == 1


def test_a_call_placed_through_twilio_is_told_as_twilio_says(api: APIClient, twilio: TwilioApi) -> None:
    candidate = a_candidate()

    body = api.post(CALL, {"candidate_id": str(candidate.id)}).json()

    assert (body["call_sid"], body["call_status"]) == (CALL_SID, "queued")
    (asked,) = twilio.asked
    assert (asked.fields["To"], asked.fields["Url"]) == (candidate.phone, webhook_url("voice", body["session_id"]))


def test_without_a_phone_service_nobody_is_called(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = a_candidate()

    def not_configured() -> None:
        raise NotConfigured("No phone service is set up: set TWILIO_ACCOUNT_SID.")

    monkeypatch.setattr("calls.telephony.backend", not_configured)

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    message = "No phone service is set up: set TWILIO_ACCOUNT_SID."
    assert refused(response, 503, "telephony_not_configured") == {"message": message}
    assert attempts(candidate) == []
