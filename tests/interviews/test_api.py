from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from rest_framework.response import Response
from rest_framework.test import APIClient

from interviews import slots
from interviews.documents import Interview, Slot
from tests.factories import NOBODY, PRIYA, a_candidate, a_slot, an_interview

SLOTS, INTERVIEWS = "/api/slots/", "/api/interviews/"
SLOT = PRIYA | {"starts_at": "2026-03-04T10:00:00+05:30", "ends_at": "2026-03-04T10:45:00+05:30"}
TEN_IN_KOLKATA = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("today")


def refused(response: Response, status: int, code: str) -> str:
    """Return the message of an error in the one form that errors have."""
    assert response.status_code == status
    body = response.json()
    assert (body["status"], body["code"]) == ("error", code)
    return body["message"]


# Offering a time


def test_a_slot_is_offered(api: APIClient) -> None:
    response = api.post(SLOTS, SLOT)

    assert response.status_code == 201
    slot = Slot.objects.get()
    assert (slot.starts_at, slot.ends_at) == (TEN_IN_KOLKATA, TEN_IN_KOLKATA + timedelta(minutes=45))
    assert response.json() == {
        "id": str(slot.id),
        "interviewer_name": "Priya Sharma",
        "interviewer_email": "priya@acme.example",
        "starts_at": "2026-03-04T04:30:00Z",
        "ends_at": "2026-03-04T05:15:00Z",
        "status": "open",
        "held_until": None,
    }


NOT_THEN = "starts_at: A slot must start in the future, and within the next 730 days."
PAST = {"ends_at": "2026-03-02T10:45:00+05:30"}
BAD_FIELDS = [
    (
        {"starts_at": "2026-03-04T10:00:00"},
        "starts_at: Give the time with its offset, ",
    ),
    ({"ends_at": "2026-03-04 10:45"}, "ends_at: Give the time with its offset, such as 2030-11-25T10:00:00+05:30."),
    ({"starts_at": "2026-03-04"}, "starts_at: "),
    ({"starts_at": "tomorrow"}, "starts_at: Datetime has wrong format."),
    ({"starts_at": 1772597400}, "starts_at: Datetime has wrong format."),
    ({"starts_at": None}, "starts_at: This field may not be null."),
    ({"starts_at": {"$gt": ""}}, "starts_at: Datetime has wrong format."),
    ({"starts_at": "2026-02-30T10:00:00+05:30"}, "starts_at: Datetime has wrong format."),
    (
        PAST | {"starts_at": "2026-03-02T09:59:59+05:30"},
        NOT_THEN,
    ),
    (
        PAST | {"starts_at": "2026-03-02T10:00:00+05:30"},
        NOT_THEN,
    ),
    ({"starts_at": "0001-01-01T00:00:00Z"}, "ends_at: A slot must end after it starts, and within a day."),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at: "),
    (
        {"starts_at": "2062-03-04T10:00:00+05:30", "ends_at": "2062-03-04T11:00:00+05:30"},
        NOT_THEN,
    ),
    ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at: "),
    ({"ends_at": "2026-03-04T09:00:00+05:30"}, "ends_at: A slot must end after it starts, and within a day."),
    ({"ends_at": "2026-03-04T10:00:00+05:30"}, "ends_at: A slot must end after it starts, and within a day."),
    ({"ends_at": "2026-03-05T10:01:00+05:30"}, "ends_at: A slot must end after it starts, and within a day."),
    ({"interviewer_name": ""}, "interviewer_name: This field may not be blank."),
    ({"interviewer_name": "x" * 5000}, "interviewer_name: Must have at most 200 characters; this has 5000."),
    ({"interviewer_name": "Priya\r\nBcc: x"}, "interviewer_name: Control characters"),
    ({"interviewer_email": "priya"}, "interviewer_email: Invalid email address: priya"),
    ({"interviewer_email": 5}, "interviewer_email: Not a valid string."),
    ({"status": "booked"}, "status: Read only."),
    ({"held_until": "2026-03-04T10:00:00Z"}, "held_until: Read only."),
    ({"held_by": str(ObjectId())}, "held_by: Unknown field."),
    ({"$set": 1}, "$set: Unknown field."),
]


@pytest.mark.parametrize(("given", "message"), BAD_FIELDS)
def test_a_slot_that_is_not_as_it_must_be_is_not_offered(api: APIClient, given: dict[str, Any], message: str) -> None:
    response = api.post(SLOTS, SLOT | given)

    assert refused(response, 400, "invalid").startswith(message)
    assert response.json()["errors"].keys() == {message.partition(":")[0]}
    assert not Slot.objects


def test_what_is_missing_is_named(api: APIClient) -> None:
    message = refused(api.post(SLOTS, {}), 400, "invalid")

    assert message == " ".join(f"{name}: This field is required." for name in SLOT)


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("2026-03-04T10:00:00+05:30", "2026-03-04T10:45:00+05:30"),
        ("2026-03-04T04:30:00Z", "2026-03-04T05:15:00Z"),
        ("2026-03-04T09:30:00+05:30", "2026-03-04T10:01:00+05:30"),
        ("2026-03-04T10:44:00+05:30", "2026-03-04T11:30:00+05:30"),
        ("2026-03-04T10:10:00+05:30", "2026-03-04T10:20:00+05:30"),
        ("2026-03-04T09:00:00+05:30", "2026-03-04T12:00:00+05:30"),
    ],
)
def test_an_interviewer_is_not_offered_twice_at_once(api: APIClient, starts_at: str, ends_at: str) -> None:
    standing = a_slot(starts_at=TEN_IN_KOLKATA)

    response = api.post(SLOTS, SLOT | {"starts_at": starts_at, "ends_at": ends_at})

    assert refused(response, 409, "slot_taken").startswith("priya@acme.example already has a slot at ")
    assert Slot.objects.get() == standing


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": "2026-03-04T09:15:00+05:30", "ends_at": "2026-03-04T10:00:00+05:30"},
        {"starts_at": "2026-03-04T10:45:00+05:30", "ends_at": "2026-03-04T11:30:00+05:30"},
        {"interviewer_email": "daniel@acme.example"},
    ],
)
def test_slots_side_by_side_are_offered(api: APIClient, change: dict[str, str]) -> None:
    a_slot(starts_at=TEN_IN_KOLKATA)

    response = api.post(SLOTS, SLOT | change)

    assert response.status_code == 201


# Slots


@pytest.mark.parametrize("key", [NOBODY, "5", "x" * 24, "a.b", "%00"])
@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_slot_that_is_not_there_is_not_found(api: APIClient, method: str, key: str) -> None:
    a_slot()

    response = getattr(api, method)(f"{SLOTS}{key}/")

    assert refused(response, 404, "slot_not_found").startswith("Slot not found with ID: ")
    assert Slot.objects.get().status == "open"


def test_a_slot_is_shown(api: APIClient) -> None:
    slot = a_slot()

    assert api.get(f"{SLOTS}{slot.id}/").json()["id"] == str(slot.id)


def test_slots_are_listed_latest_first(api: APIClient) -> None:
    slots = [a_slot(starts_at=TEN_IN_KOLKATA + timedelta(hours=hour)) for hour in range(5)]

    first = api.get(f"{SLOTS}?limit=3").json()
    second = api.get(first["next"]).json()

    assert [slot["id"] for slot in first["results"] + second["results"]] == [str(slot.id) for slot in reversed(slots)]
    assert second["next"] is None


def test_slots_are_narrowed_to_a_status(api: APIClient) -> None:
    open_slot, withdrawn = a_slot(), a_slot(interviewer_email="daniel@acme.example")
    slots.withdraw_slot(slot_id=withdrawn.id)

    found = {status: api.get(f"{SLOTS}?status={status}").json()["results"] for status in ("open", "withdrawn", "held")}

    assert {status: [slot["id"] for slot in slots] for status, slots in found.items()} == {
        "open": [str(open_slot.id)],
        "withdrawn": [str(withdrawn.id)],
        "held": [],
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=free", "status must be one of open, held, booked, withdrawn."),
        ("status=", "status must be one of open, held, booked, withdrawn."),
        ("status[$ne]=open", "status[$ne]: Unknown parameter."),
        ("candidate=5", "candidate: Unknown parameter."),
        ("after=5", "after: Not a key of this list; follow its next instead."),
    ],
)
def test_a_query_for_slots_that_cannot_be_answered_is_refused(api: APIClient, query: str, message: str) -> None:
    a_slot()

    assert refused(api.get(f"{SLOTS}?{query}"), 400, "invalid") == message


def test_a_slot_is_withdrawn(api: APIClient) -> None:
    slot = a_slot()

    response = api.delete(f"{SLOTS}{slot.id}/")

    assert response.status_code == 204
    assert Slot.objects.get().status == "withdrawn"


def test_a_booked_slot_is_not_withdrawn(api: APIClient) -> None:
    slot = a_slot()
    an_interview(a_candidate(), slot)

    response = api.delete(f"{SLOTS}{slot.id}/")

    assert refused(response, 409, "slot_booked") == "The slot is booked; cancel its interview first."
    assert Slot.objects.get().status == "booked"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_slot_is_not_changed(api: APIClient, method: str) -> None:
    slot = a_slot()

    assert refused(getattr(api, method)(f"{SLOTS}{slot.id}/", SLOT), 405, "method_not_allowed")
    assert Slot.objects.get().to_mongo() == slot.to_mongo()


# Interviews


def test_an_interview_is_shown_with_its_evidence_and_invitation(api: APIClient) -> None:
    candidate, slot = a_candidate(), a_slot()
    interview = an_interview(candidate, slot)

    shown = api.get(f"{INTERVIEWS}{interview.id}/").json()

    assert shown == {
        "id": str(interview.id),
        "candidate": str(candidate.id),
        "slot": str(slot.id),
        "session_id": str(interview.session_id),
        "starts_at": "2026-03-04T04:30:00Z",
        "ends_at": "2026-03-04T05:15:00Z",
        "time_zone": "Asia/Kolkata",
        "status": "confirmed",
        "evidence": {
            "question": "Shall I book it?",
            "answer": "yes",
            "confidence": 0.9,
            "call_sid": None,
            "at": "2026-03-02T04:30:00Z",
        },
        "ics_uid": interview.ics_uid,
        "ics_sequence": 0,
        "invitation": {"status": "pending", "tries": 0, "sent_at": None, "error": None},
        "notice": {"status": "pending", "tries": 0, "sent_at": None, "error": None},
        "created_at": "2026-03-02T04:30:00Z",
    }


def test_interviews_are_listed_latest_first(api: APIClient) -> None:
    sooner = an_interview(a_candidate(), a_slot(starts_at=TEN_IN_KOLKATA))
    later = an_interview(a_candidate(), a_slot(starts_at=TEN_IN_KOLKATA + timedelta(hours=1)))

    first = api.get(f"{INTERVIEWS}?limit=1").json()
    second = api.get(first["next"]).json()

    assert [found["id"] for found in first["results"] + second["results"]] == [str(later.id), str(sooner.id)]
    assert second["next"] is None


def test_interviews_are_narrowed_to_a_candidates(api: APIClient) -> None:
    candidate = a_candidate()
    interview = an_interview(candidate, a_slot())
    an_interview(a_candidate(), a_slot(interviewer_email="daniel@acme.example"))

    found = api.get(f"{INTERVIEWS}?candidate={candidate.id}").json()

    assert [each["id"] for each in found["results"]] == [str(interview.id)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("candidate=5", "candidate: Must be an id: 24 hexadecimal digits."),
        ("candidate=", "candidate: Must be an id: 24 hexadecimal digits."),
        ("candidate[$ne]=5", "candidate[$ne]: Unknown parameter."),
    ],
)
def test_a_query_for_interviews_that_cannot_be_answered_is_refused(api: APIClient, query: str, message: str) -> None:
    an_interview(a_candidate(), a_slot())

    assert refused(api.get(f"{INTERVIEWS}?{query}"), 400, "invalid") == message


@pytest.mark.parametrize("key", [NOBODY, "5", "a.b"])
def test_an_interview_that_is_not_there_is_not_found(api: APIClient, key: str) -> None:
    assert refused(api.get(f"{INTERVIEWS}{key}/"), 404, "interview_not_found").endswith(f"ID: {key}")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_interviews_are_agreed_on_the_phone_only(api: APIClient, method: str) -> None:
    interview = an_interview(a_candidate(), a_slot())

    assert refused(getattr(api, method)(f"{INTERVIEWS}{interview.id}/"), 405, "method_not_allowed")
    assert Interview.objects.get().to_mongo() == Interview.objects.get(id=interview.id).to_mongo()


@pytest.mark.parametrize("address", [SLOTS, INTERVIEWS])
def test_the_api_can_be_browsed(api: APIClient, address: str) -> None:
    an_interview(a_candidate(), a_slot())

    page = api.get(address, HTTP_ACCEPT="text/html")

    assert page.status_code == 200
    assert b"2026-03-04T04:30:00Z" in page.content
