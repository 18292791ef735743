from datetime import timedelta

import pytest
from bson import ObjectId
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.telephony.simulator.documents import SimulatedCall
from tests.calls.api_responses import CALL, CALLS, SESSIONS, TEST_CALL, refused
from tests.factories import NOBODY, NOW, a_candidate, a_phone, a_session


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
