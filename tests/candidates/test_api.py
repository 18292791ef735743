from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from bson import ObjectId
from rest_framework.response import Response
from rest_framework.test import APIClient

from calls.documents import ConversationSession
from calls.endings import end_call
from candidates.documents import Candidate
from tests.candidates.calls_made import given_back
from tests.factories import ASHA, NOBODY, NOW, a_candidate, a_session, a_slot, an_attempt, an_interview

CANDIDATES = "/api/candidates/"
JSON = "application/json"
UNTOUCHED = {
    "total_attempts": 0,
    "max_attempts": 3,
    "status": "active",
    "can_call_again": True,
    "last_attempt_at": None,
    "next_attempt_at": None,
    "call_history": [],
}


def url_of(candidate: Candidate) -> str:
    return f"{CANDIDATES}{candidate.id}/"


def refused(response: Response, status: int, code: str) -> str:
    """Return the message of an error in the one form that errors have."""
    assert response.status_code == status
    assert response["Content-Type"] == JSON
    body = response.json()
    assert (body["status"], body["code"]) == ("error", code)
    return body["message"]


# The seed's list


def test_the_candidates_are_listed_with_every_attempt(api: APIClient) -> None:
    candidate = a_candidate()
    session_id = an_attempt(candidate)

    response = api.get("/list-candidates")

    assert response.status_code == 200
    assert response.json() == {
        "status": "success",
        "candidates": [
            {
                "id": str(candidate.id),
                "name": "Asha Rao",
                "phone": candidate.phone,
                "email": "asha@example.com",
                "call_tracking": UNTOUCHED
                | {
                    "total_attempts": 1,
                    "last_attempt_at": "2026-03-02T04:30:00Z",
                    "call_history": [
                        {
                            "number": 1,
                            "session_id": str(session_id),
                            "call_sid": None,
                            "initiated_at": "2026-03-02T04:30:00Z",
                            "ended_at": None,
                            "duration_seconds": None,
                            "twilio_status": None,
                            "outcome": "placing",
                            "notes": None,
                            "error_code": None,
                        }
                    ],
                },
            }
        ],
        "total": 1,
        "next": None,
    }


def test_without_candidates_the_list_is_empty(api: APIClient) -> None:
    assert api.get("/list-candidates").json() == {"status": "success", "candidates": [], "total": 0, "next": None}


def test_the_list_goes_on_where_it_says(api: APIClient) -> None:
    added = [str(a_candidate().id) for _ in range(3)]

    first = api.get("/list-candidates?limit=2").json()
    second = api.get(first["next"]).json()

    assert [candidate["id"] for candidate in first["candidates"] + second["candidates"]] == added
    assert (first["total"], second["total"], second["next"]) == (3, 3, None)


def test_the_list_cannot_be_posted_to(api: APIClient) -> None:
    assert refused(api.post("/list-candidates"), 405, "method_not_allowed") == 'Method "POST" not allowed.'


# Reading


def test_a_candidate_is_shown_whole(api: APIClient) -> None:
    candidate = a_candidate(tags=["senior"], notes="Call after lunch.")

    response = api.get(url_of(candidate))

    assert response.status_code == 200
    assert response.json() == {
        "id": str(candidate.id),
        "name": "Asha Rao",
        "phone": candidate.phone,
        "email": "asha@example.com",
        "position": "Backend Engineer",
        "company": "Acme",
        "time_zone": "Asia/Kolkata",
        "language": "en-IN",
        "tags": ["senior"],
        "notes": "Call after lunch.",
        "created_at": "2026-03-02T04:30:00Z",
        "updated_at": "2026-03-02T04:30:00Z",
        "call_tracking": UNTOUCHED,
    }


@pytest.mark.parametrize("key", [NOBODY, "5", "x" * 24, "a.b", "%00", "%F0%9F%98%80", "x" * 2000])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_who_is_not_there_is_not_found(api: APIClient, method: str, key: str) -> None:
    a_candidate()

    response = getattr(api, method)(f"{CANDIDATES}{key}/", {"name": "Asha"})

    assert refused(response, 404, "candidate_not_found").startswith("Candidate not found with ID: ")
    assert Candidate.objects.get().name == "Asha Rao"


@pytest.mark.parametrize("phone", ["%2B919876543210", "+919876543210", "919876543210", "+91+98765-43210"])
def test_a_candidate_is_found_by_phone(api: APIClient, phone: str) -> None:
    candidate = a_candidate(phone="+919876543210")
    a_candidate()

    found = api.get(f"{CANDIDATES}?phone={phone}").json()

    assert [result["id"] for result in found["results"]] == [str(candidate.id)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("phone=12345", "phone: This"),
        ("phone=", "phone: This is no phone number; write one such as +919876543210."),
        ("phone[$ne]=x", "phone[$ne]: Unknown parameter."),
        ("$where=1", "$where: Unknown parameter."),
        ("name=Asha", "name: Unknown parameter."),
        ("limit=0", "limit: Must be a whole number from 1 to 500."),
        ("after=5", "after: Not a key of this list; follow its next instead."),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(api: APIClient, query: str, message: str) -> None:
    a_candidate()

    assert refused(api.get(f"{CANDIDATES}?{query}"), 400, "invalid").startswith(message)


# Adding


def test_a_candidate_is_added(api: APIClient) -> None:
    given = ASHA | {"time_zone": "Asia/Dubai", "language": "hi-IN", "tags": ["senior"], "notes": "After\nlunch."}

    response = api.post(CANDIDATES, given)

    assert response.status_code == 201
    added = response.json()
    assert {name: added[name] for name in given} == given
    assert added["call_tracking"] == UNTOUCHED
    assert api.get(f"{CANDIDATES}{added['id']}/").status_code == 200


def test_a_phone_that_another_candidate_has_is_refused(api: APIClient) -> None:
    taken = a_candidate().phone

    response = api.post(CANDIDATES, ASHA | {"phone": taken})

    assert refused(response, 409, "phone_taken") == f"Another candidate has the phone number {taken}."
    assert Candidate.objects.count() == 1


BAD_FIELDS = [
    ({"name": ""}, "name: This field may not be blank."),
    ({"name": "   "}, "name: This field may not be blank."),
    ({"name": None}, "name: This field may not be null."),
    ({"name": 5}, "name: Not a valid string."),
    ({"name": True}, "name: Not a valid string."),
    ({"name": ["Asha"]}, "name: Not a valid string."),
    ({"name": {"$ne": None}}, "name: Not a valid string."),
    ({"name": "x" * 5000}, "name: Must have at most 200 characters; this has 5000."),
    ({"name": "Asha\u0000Rao"}, "name: Null characters are not allowed."),
    ({"name": "Asha\nBcc: x@example.com"}, "name: Control characters and line breaks are not allowed here."),
    ({"position": "x\u001by"}, "position: Control characters and line breaks are not allowed here."),
    ({"phone": "9876543210"}, "phone: Write the phone number with its country code, such as +919876543210."),
    ({"phone": "+91123"}, "phone: This phone number cannot exist; check its length and country code."),
    ({"phone": 919876543210}, "phone: Not a valid string."),
    ({"phone": {"$gt": ""}}, "phone: Not a valid string."),
    ({"email": "nowhere"}, "email: Invalid email address: nowhere"),
    ({"email": "a@example.com\r\nBcc: x"}, "email: Control characters and line breaks are not allowed here."),
    ({"time_zone": "Mars"}, "time_zone: 'Mars' is no IANA time zone, such as Asia/Kolkata."),
    ({"language": "fr"}, "language: Value must be one of ['en-IN', 'en-US', 'en-GB', 'en-AU', 'hi-IN']"),
    ({"tags": "senior"}, 'tags: Expected a list of items but got type "str".'),
    ({"tags": ["senior", 5]}, "tags: 1: Not a valid string."),
    ({"tags": ["x" * 51]}, "tags: 0: Must have at most 50 characters; this has 51."),
    ({"tags": ["x"] * 31}, "tags: Must be at most 30 tags; these are 31."),
    ({"notes": "x" * 5001}, "notes: Must have at most 5000 characters; this has 5001."),
    ({"salary": 1}, "salary: Unknown field."),
    ({"detail": 1}, "detail: Unknown field."),
    ({"$set": {"name": "x"}}, "$set: Unknown field."),
    ({"call_tracking.max_attempts": 10}, "call_tracking.max_attempts: Unknown field."),
    ({"__class__": "x"}, "__class__: Unknown field."),
    ({"call_tracking": {"max_attempts": 10}}, "call_tracking: Read only."),
    ({"id": str(ObjectId())}, "id: Read only."),
    ({"created_at": "2020-01-01T00:00:00Z"}, "created_at: Read only."),
    ({"salary": 1, "id": "5"}, "id: Read only. salary: Unknown field."),
]


@pytest.mark.parametrize(("given", "message"), BAD_FIELDS)
def test_a_candidate_who_is_not_as_must_be_is_not_added(api: APIClient, given: dict[str, Any], message: str) -> None:
    response = api.post(CANDIDATES, ASHA | given)

    assert refused(response, 400, "invalid") == message
    assert response.json()["errors"].keys() == given.keys()
    assert not Candidate.objects


@pytest.mark.parametrize(("given", "message"), BAD_FIELDS)
def test_a_bad_change_changes_nothing(api: APIClient, given: dict[str, Any], message: str) -> None:
    candidate = a_candidate()

    response = api.patch(url_of(candidate), {"company": "Other"} | given)

    assert refused(response, 400, "invalid") == message
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


def test_what_is_missing_is_named(api: APIClient) -> None:
    message = refused(api.post(CANDIDATES, {}), 400, "invalid")

    assert message == "name: This field is required. phone: This field is required. email: This field is required."


BAD_BODIES = [
    (b"", "name: This field is required."),
    (b"{", "JSON parse error - "),
    (b'{"name": "Asha"', "JSON parse error - "),
    (b"[]", "non_field_errors: Invalid data. Expected a dictionary, but got list."),
    (b'"Asha"', "non_field_errors: Invalid data. Expected a dictionary, but got str."),
    (b"5", "non_field_errors: Invalid data. Expected a dictionary, but got int."),
    (b"null", "non_field_errors: "),
    (b'{"name": NaN}', "JSON parse error - "),
    (b'{"name": Infinity}', "JSON parse error - "),
    (b'{"name": ' + b"9" * 5000 + b"}", "JSON parse error - "),
    (b'{"name": "\\ud800"}', "JSON parse error - half of a surrogate pair is no character"),
    (b'{"\\udfff": 1}', "JSON parse error - half of a surrogate pair is no character"),
    (b'{"name": "\xff"}', "JSON parse error - "),
    (b'{"name": "a\x00b"}', "JSON parse error - "),
    (b"\xef\xbb\xbf{}", "JSON parse error - "),
    (b"[" * 100_000, "JSON parse error - nested too deep"),
    (b'{"name": ' * 100_000, "JSON parse error - nested too deep"),
    (b"[" * 500 + b"]" * 500, "non_field_errors: Invalid data. Expected a dictionary, but got list."),
]


@pytest.mark.parametrize(("body", "message"), BAD_BODIES)
def test_a_body_that_is_no_candidate_adds_nobody(api: APIClient, body: bytes, message: str) -> None:
    response = api.generic("POST", CANDIDATES, body, content_type=JSON)

    assert response.json()["status"] == "error"
    assert response.status_code == 400
    assert response.json()["message"].startswith(message)
    assert not Candidate.objects


def test_a_body_of_ten_megabytes_is_not_read(api: APIClient) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'

    response = api.generic("POST", CANDIDATES, body, content_type=JSON)

    assert refused(response, 413, "body_too_large") == "The body is larger than 1048576 bytes."
    assert not Candidate.objects


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_is_no_json_is_refused(api: APIClient, content_type: str) -> None:
    response = api.generic("POST", CANDIDATES, b"name=Asha", content_type=content_type)

    assert refused(response, 415, "unsupported_media_type").startswith("Unsupported media type")


@pytest.mark.parametrize("charset", ["utf-16", "zlib", "rot13", "no-such"])
def test_json_is_read_as_utf_8_whatever_else_it_calls_itself(api: APIClient, charset: str) -> None:
    body = '{"name": "आशा", "phone": "+919876543210", "email": "asha@example.com"}'.encode()

    response = api.generic("POST", CANDIDATES, body, content_type=f"{JSON}; charset={charset}")

    assert response.status_code == 201
    assert Candidate.objects.get().name == "आशा"


# Changing


def test_the_fields_given_are_changed(api: APIClient) -> None:
    candidate = a_candidate(notes="Call after lunch.")
    an_attempt(candidate)

    response = api.patch(url_of(candidate), {"name": "Asha R. Rao", "notes": None})

    assert response.status_code == 200
    found = Candidate.objects.get()
    assert (found.name, found.notes, found.company) == ("Asha R. Rao", None, "Acme")
    assert found.call_tracking.total_attempts == 1
    assert response.json()["updated_at"] > response.json()["created_at"]


def test_another_candidates_phone_is_refused(api: APIClient) -> None:
    candidate, other = a_candidate(), a_candidate()

    response = api.patch(url_of(candidate), {"phone": other.phone})

    assert refused(response, 409, "phone_taken") == f"Another candidate has the phone number {other.phone}."
    assert Candidate.objects.get(id=candidate.id).phone == candidate.phone


def test_a_candidate_is_not_replaced(api: APIClient) -> None:
    candidate = a_candidate()

    assert refused(api.put(url_of(candidate), ASHA), 405, "method_not_allowed") == 'Method "PUT" not allowed.'


# Deleting


def test_a_candidate_is_deleted_with_their_transcripts(api: APIClient) -> None:
    session = a_session()
    end_call(session_id=session.id, status="no-answer", duration_seconds=None, now=NOW)

    response = api.delete(f"{CANDIDATES}{session.candidate.id}/")

    assert response.status_code == 204
    assert not Candidate.objects
    assert not ConversationSession.objects


def test_a_candidate_with_an_interview_ahead_is_not_deleted(api: APIClient, today: datetime) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())

    response = api.delete(url_of(candidate))

    assert refused(response, 409, "has_interview") == "The candidate has an interview ahead; cancel it first."
    assert Candidate.objects.get() == candidate


# Pages


def read_pages(api: APIClient, number: int, *, between: Callable[[], object]) -> tuple[list[str], str | None]:
    """Return the ids on so many pages, and the address of the page after them; after each page something happens."""
    ids, address = [], f"{CANDIDATES}?limit=2"
    for _ in range(number):
        body = api.get(address).json()
        ids += [result["id"] for result in body["results"]]
        address = body["next"]
        between()
    return ids, address


def test_every_candidate_is_on_one_page_whatever_happens_between(api: APIClient) -> None:
    added = [a_candidate() for _ in range(7)]

    seen, following = read_pages(api, 4, between=partial(given_back, added[0], times=1))

    assert seen == [str(candidate.id) for candidate in added]
    assert following is None


def test_the_api_can_be_browsed(api: APIClient) -> None:
    candidate = a_candidate()

    pages = [
        api.get(address, HTTP_ACCEPT="text/html") for address in (CANDIDATES, url_of(candidate), "/list-candidates")
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(b"Asha Rao" in page.content for page in pages)
