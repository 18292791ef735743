from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from rest_framework.response import Response
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.services import webhook_url
from calls.telephony.base import NotConfigured
from calls.telephony.documents import SimulatedCall
from calls.telephony.twilio import Twilio
from candidates import services as candidates
from candidates.documents import Candidate, Outcome
from tests.calls.telephony.servers import CALL_SID, Answer, TwilioApi
from tests.factories import NOBODY, NOW, a_candidate, a_phone, a_session, an_attempt

CALL, TEST_CALL, CALLS, SESSIONS = "/make-actual-call", "/test-call", "/api/calls/", "/api/sessions/"
JSON = "application/json"


def refused(response: Response, status: int, code: str) -> dict[str, Any]:
    """Return what an error says beside its status and code."""
    assert response.status_code == status
    assert response["Content-Type"] == JSON
    body = response.json()
    assert (body.pop("status"), body.pop("code")) == ("error", code)
    return body


def closed(candidate: Candidate, outcome: Outcome = Outcome.NO_ANSWER) -> Candidate:
    session_id = an_attempt(candidate)
    candidates.close_attempt(
        candidate_id=candidate.id, session_id=session_id, outcome=outcome, now=NOW, ended_at=NOW + timedelta(minutes=1)
    )
    return candidate


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


# Who may not be called


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


# When the phone service does not do it


def test_a_number_that_twilio_calls_invalid_is_told(api: APIClient, twilio: TwilioApi) -> None:
    candidate = a_candidate()
    twilio.answers.append(Answer(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}))

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert refused(response, 422, "invalid_phone_number") == {
        "message": "Twilio says that the number is not valid (21211): check the candidate's phone number.",
        "error_code": 21211,
    }
    assert attempts(candidate) == [("failed", 21211)]
    assert Candidate.objects.get().call_tracking.total_attempts == 1


def test_a_number_that_became_impossible_is_told(api: APIClient) -> None:
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


# What the log tells


def test_the_log_tells_each_step_of_a_call(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = True
    candidate = a_candidate(phone="+919876543210")

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert caplog.messages == [
        f"🔄 Processing call request for candidate_id: {candidate.id}",
        "📝 Found candidate: Asha Rao",
        "✅ Call allowed for Asha Rao - Attempt 1/3",
        "🚀 Initiating call to +919876543210",
        f"📊 Updating MongoDB call tracking for candidate {candidate.id}",
    ]


def test_the_log_tells_why_a_call_is_blocked(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = True
    candidate = closed(closed(closed(a_candidate())))

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert [message for message in caplog.messages if "Conflict" not in message] == [
        f"🔄 Processing call request for candidate_id: {candidate.id}",
        "❌ Call blocked for Asha Rao: Maximum attempts reached (3/3)",
    ]


def test_the_log_keeps_names_and_numbers_to_itself(api: APIClient, caplog: pytest.LogCaptureFixture, settings) -> None:
    settings.LOG_PERSONAL_DATA = False
    candidate = a_candidate(phone="+919876543210")

    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": str(candidate.id)})
        api.post(CALL, {"candidate_id": str(candidate.id)})

    assert "✅ Call allowed for A.R. - Attempt 1/3" in caplog.messages
    assert "🚀 Initiating call to …10" in caplog.messages
    assert "❌ Call blocked for A.R.: a call to this candidate is under way" in caplog.messages
    assert "Asha" not in caplog.text
    assert "98765" not in caplog.text


def test_nobody_writes_lines_of_their_own_into_the_log(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "calls"):
        api.post(CALL, {"candidate_id": "5\n✅ Call allowed for " + "x" * 1000})

    (message, *_) = caplog.messages
    assert message.startswith(r"🔄 Processing call request for candidate_id: '5\n✅ Call allowed for x")
    assert "\n" not in message
    assert len(message) < 200


# Calls and sessions


def test_a_call_is_shown(api: APIClient) -> None:
    session = a_session()

    shown = api.get(f"{CALLS}{session.id}/").json()

    assert shown == {
        "id": str(session.id),
        "candidate": str(session.candidate.id),
        "attempt_number": 1,
        "call_sid": session.call_sid,
        "status": session.twilio_status,
        "outcome": None,
        "notes": None,
        "started_at": "2026-03-02T04:30:00Z",
        "answered_at": None,
        "ended_at": None,
        "duration_seconds": None,
    }


def test_a_session_is_shown_with_what_was_said(api: APIClient) -> None:
    session = a_session()
    ConversationSession.objects(id=session.id).update_one(
        __raw__={
            "$push": {
                "turns": {"number": 0, "at": NOW, "heard": "Yes?", "confidence": 0.9, "cue": "yes", "said": ["Hello."]},
                "offered": {"slot_id": ObjectId(b"a slot's id."), "starts_at": NOW},
                "statuses": {"sequence": 0, "status": "initiated", "at": NOW},
            }
        }
    )

    shown = api.get(f"{SESSIONS}{session.id}/").json()

    at = "2026-03-02T04:30:00Z"
    assert shown["turns"] == [
        {"number": 0, "at": at, "heard": "Yes?", "keys": None, "confidence": 0.9, "cue": "yes", "said": ["Hello."]}
    ]
    assert shown["offered"] == [{"slot_id": "6120736c6f7427732069642e", "starts_at": at}]
    assert shown["statuses"] == [{"sequence": 0, "status": "initiated", "at": at}]
    assert (shown["phase"], shown["language"], shown["turn_number"]) == ("identity", "en-IN", 0)


@pytest.mark.parametrize("address", [CALLS, SESSIONS])
def test_calls_are_listed_latest_first_without_gaps(api: APIClient, address: str) -> None:
    placed = [a_session(now=NOW + timedelta(minutes=minute // 2)) for minute in range(7)]

    seen, following = [], f"{address}?limit=2"
    for _ in range(4):
        body = api.get(following).json()
        seen += [call["id"] for call in body["results"]]
        following = body["next"]

    latest_first = sorted(placed, key=lambda session: (session.started_at, session.id), reverse=True)
    assert seen == [str(session.id) for session in latest_first]
    assert following is None


def test_calls_are_narrowed_to_a_candidates(api: APIClient) -> None:
    session = a_session()
    a_session(a_candidate(phone=a_phone()))

    found = api.get(f"{CALLS}?candidate={session.candidate.id}").json()

    assert [call["id"] for call in found["results"]] == [str(session.id)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("candidate=5", "candidate: Must be an id: 24 hexadecimal digits."),
        ("candidate[$ne]=5", "candidate[$ne]: Unknown parameter."),
        ("outcome=busy", "outcome: Unknown parameter."),
        ("after=5", "after: Not a key of this list; follow its next instead."),
    ],
)
@pytest.mark.parametrize("address", [CALLS, SESSIONS])
def test_a_query_that_cannot_be_answered_is_refused(api: APIClient, address: str, query: str, message: str) -> None:
    a_session()

    assert refused(api.get(f"{address}?{query}"), 400, "invalid")["message"] == message


@pytest.mark.parametrize("key", [NOBODY, "5", "a.b", "%00"])
@pytest.mark.parametrize("address", [CALLS, SESSIONS])
def test_a_call_that_is_not_there_is_not_found(api: APIClient, address: str, key: str) -> None:
    a_session()

    assert refused(api.get(f"{address}{key}/"), 404, "call_not_found")["message"].startswith("Call not found with ID: ")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("address", [CALLS, SESSIONS])
def test_what_happened_is_not_changed(api: APIClient, address: str, method: str) -> None:
    session = a_session()

    response = getattr(api, method)(f"{address}{session.id}/", {"outcome": "busy"})

    assert refused(response, 405, "method_not_allowed")
    assert ConversationSession.objects.no_dereference().get().to_mongo() == session.to_mongo()


def test_a_session_is_not_posted(api: APIClient) -> None:
    response = api.post(SESSIONS, {"candidate_id": str(a_candidate().id)})

    assert refused(response, 405, "method_not_allowed")
    assert not SimulatedCall.objects


@pytest.mark.parametrize("address", [CALLS, SESSIONS, CALL, TEST_CALL])
def test_the_api_can_be_browsed(api: APIClient, address: str) -> None:
    a_session()

    page = api.get(address, HTTP_ACCEPT="text/html")

    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert b"Django REST framework" in page.content
