from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from bson import ObjectId
from django.test import RequestFactory
from mongoengine import ValidationError
from rest_framework import serializers
from rest_framework.test import APIClient, APIRequestFactory

from candidates.documents import Candidate
from config.api.errors import ApiError, handle_exception
from config.api.fields import AwareDateTimeField, Text
from config.api.serializers import StrictSerializer
from tests.factories import NOW, a_candidate, a_session, a_slot

# The form of an error


def answered(error: Exception) -> tuple[int, dict[str, Any]]:
    response = handle_exception(error, {"request": APIRequestFactory().get("/")})
    return response.status_code, response.data


def test_a_refusal_has_a_code_a_message_and_its_facts() -> None:
    assert answered(ApiError(409, "call_limit_reached", "No more calls.", attempts=3)) == (
        409,
        {"status": "error", "code": "call_limit_reached", "message": "No more calls.", "attempts": 3},
    )


def test_the_errors_of_several_fields_are_reported_by_field_and_in_one_message() -> None:
    error = serializers.ValidationError({"name": ["Too long.", "Too dull."], "tags": {0: ["Not a string."]}})

    status, body = answered(error)

    assert (status, body["code"]) == (400, "invalid")
    assert body["message"] == "name: Too long. Too dull. tags: 0: Not a string."
    assert body["errors"] == {"name": ["Too long.", "Too dull."], "tags": {0: ["Not a string."]}}


def test_a_field_named_detail_is_reported_as_any_other() -> None:
    _, body = answered(serializers.ValidationError({"detail": ["Unknown field."]}))

    assert body["message"] == "detail: Unknown field."


@pytest.mark.parametrize(
    ("error", "errors"),
    [
        (ValidationError(errors={"name": ValidationError("Too long.")}), {"name": ["Too long."]}),
        (ValidationError(errors={"tags": {0: ValidationError("Too long.")}}), {"tags": {0: ["Too long."]}}),
        (
            ValidationError(errors={"__all__": ValidationError(errors={"ends_at": ValidationError("Too early.")})}),
            {"ends_at": ["Too early."]},
        ),
        (
            ValidationError(errors={"__all__": ValidationError("Makes no sense.")}),
            {"non_field_errors": ["Makes no sense."]},
        ),
        (ValidationError("Makes no sense."), {"non_field_errors": ["Makes no sense."]}),
    ],
)
def test_what_a_document_refuses_is_reported_as_what_a_serializer_refuses(error: Exception, errors: object) -> None:
    status, body = answered(error)

    assert (status, body["code"], body["errors"]) == (400, "invalid", errors)


def test_an_error_that_nobody_expected_is_logged_and_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    response = handle_exception(ZeroDivisionError("secret"), {"request": RequestFactory().get("/api/slots/")})

    assert response.status_code == 500
    assert response.data["code"] == "server_error"
    assert "secret" not in str(response.data)
    assert "/api/slots/ failed" in caplog.text


def test_an_address_that_there_is_not_is_reported_in_the_one_form(api: APIClient) -> None:
    response = api.get("/api/nonsense/5/")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_post_without_the_trailing_slash_is_taken(api: APIClient) -> None:
    assert api.post("/api/calls", {}, format="json").json()["code"] == "candidate_id_required"


@pytest.mark.parametrize("address", ["/api/candidates/5/", "/api/calls/5/", "/api/slots/5/", "/api/interviews/5/"])
def test_every_error_has_the_one_form(api: APIClient, address: str) -> None:
    body = api.get(address).json()

    assert body.keys() == {"status", "code", "message"}


@pytest.mark.parametrize("accept", ["image/png", "application/xml"])
def test_what_cannot_be_rendered_is_refused(api: APIClient, accept: str) -> None:
    response = api.get("/list-candidates", HTTP_ACCEPT=accept)

    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_a_format_that_there_is_not_is_not_found(api: APIClient) -> None:
    assert api.get("/api/candidates/?format=xml").status_code == 404


# Fields


class Note(StrictSerializer):
    title = Text(max_length=10)
    at = AwareDateTimeField(required=False)
    id = serializers.CharField(read_only=True)


def test_texts_are_trimmed_and_times_shown_in_utc() -> None:
    note = Note(data={"title": " Call ", "at": "2026-03-02T10:00:00+05:30"})

    assert note.is_valid()
    assert note.validated_data == {"title": "Call", "at": NOW}
    assert Note({"title": "Call", "at": NOW, "id": 5}).data == {
        "title": "Call",
        "at": "2026-03-02T04:30:00Z",
        "id": "5",
    }


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"title": 5}, {"title": ["Not a valid string."]}),
        ({"title": "x" * 11}, {"title": ["Must have at most 10 characters; this has 11."]}),
        ({"title": "x" + " " * 10}, {"title": ["Must have at most 10 characters; this has 11."]}),
        ({"title": "x", "id": "5"}, {"id": ["Read only."]}),
        ({"title": "x", "at": "2026-03-02T10:00:00Z", "$where": 1}, {"$where": ["Unknown field."]}),
        (
            {"title": "x", "at": "2026-03-02T10:00:00"},
            {"at": ["Give the time with its offset, such as 2030-11-25T10:00:00+05:30."]},
        ),
        (["title"], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (None, {"non_field_errors": ["No data provided"]}),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(given: object, errors: object) -> None:
    note = Note(data=given)

    assert not note.is_valid()
    assert note.errors == errors


# Pages


def pages(api: APIClient, address: str, *, most: int = 20) -> list[list[str]]:
    found: list[list[str]] = []
    while address and len(found) < most:
        body = api.get(address).json()
        found.append([result["id"] for result in body["results"]])
        address = body["next"]
    return found


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 7), (2, [2, 2, 2, 1]), (6, [6, 1]), (7, [7]), (8, [7]), (500, [7])]
)
def test_pages_have_neither_gaps_nor_duplicates(api: APIClient, limit: int, sizes: list[int]) -> None:
    added = [str(a_candidate().id) for _ in range(7)]

    found = pages(api, f"/api/candidates/?limit={limit}")

    assert [len(page) for page in found] == sizes
    assert [key for page in found for key in page] == added


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_documents_of_one_time_are_kept_apart_by_their_ids(api: APIClient, limit: int) -> None:
    starts_at = NOW + timedelta(days=2, milliseconds=5)
    slots = [a_slot(starts_at=starts_at, interviewer_email=f"{letter}@acme.example") for letter in "abcdef"]

    found = pages(api, f"/api/slots/?limit={limit}")

    assert [key for page in found for key in page] == [str(slot.id) for slot in reversed(slots)]


def test_what_is_added_or_deleted_between_two_pages_moves_nobody_else(api: APIClient) -> None:
    added = [a_candidate() for _ in range(6)]
    first = api.get("/api/candidates/?limit=3").json()

    added[0].delete()
    added[3].delete()
    last = a_candidate()

    second = api.get(first["next"]).json()
    assert [result["id"] for result in second["results"]] == [str(each.id) for each in [*added[4:], last]]


def test_the_next_page_keeps_what_was_asked_for(api: APIClient) -> None:
    called = a_candidate()
    session = a_session(called)
    Candidate.objects(id=called.id).update_one(unset__call_tracking__open_session_id=True)
    a_session(a_candidate())
    again = a_session(called, now=NOW + timedelta(hours=1))

    found = pages(api, f"/api/calls/?candidate={called.id}&limit=1")

    assert found == [[str(again.id)], [str(session.id)]]


def test_a_page_has_fifty_unless_more_are_asked_for(api: APIClient) -> None:
    Candidate.objects.insert([Candidate(name="A", phone=f"+9197{n:08d}", email="a@b.co") for n in range(51)])

    response = api.get("/list-candidates").json()

    assert (len(response["candidates"]), response["total"]) == (50, 51)
    assert response["next"].startswith("http://testserver/list-candidates?after=")


@pytest.mark.parametrize(
    "limit",
    ["0", "501", "-1", "1.5", "", "ten", "٥", "1e2", "+5", "%205", "NaN", "00000050099", "9" * 5000, "5&limit=0"],
)
@pytest.mark.parametrize("address", ["/list-candidates", "/api/candidates/", "/api/slots/"])
def test_a_limit_out_of_bounds_is_refused(api: APIClient, address: str, limit: str) -> None:
    response = api.get(f"{address}?limit={limit}")

    assert response.status_code == 400
    assert response.json() == {
        "status": "error",
        "code": "invalid",
        "message": "limit: Must be a whole number from 1 to 500.",
        "errors": {"limit": ["Must be a whole number from 1 to 500."]},
    }


def key_of(time: datetime | str, document_id: object = "6741f0f0f0f0f0f0f0f0f0f0") -> str:
    return f"{time.isoformat() if isinstance(time, datetime) else time}~{document_id}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "5",
        "~",
        "x" * 24,
        "6741f0f0f0f0f0f0f0f0f0f0",
        key_of(NOW, ""),
        key_of(NOW, "5"),
        key_of(NOW, "{'$gt': ''}"),
        key_of(""),
        key_of("yesterday"),
        key_of("2026-03-02T04:30:00"),
        key_of("9999-12-31T23:59:59-14:00"),
        key_of("0001-01-01T00:00:00+14:00"),
        key_of("x" * 5000),
        "\x00",
    ],
)
@pytest.mark.parametrize("address", ["/api/slots/", "/api/calls/", "/api/interviews/"])
def test_a_key_of_no_page_is_refused(api: APIClient, address: str, key: str) -> None:
    response = api.get(f"{address}?after={quote(key)}")

    assert response.status_code == 400
    assert response.json()["message"] == "after: Not a key of this list; follow its next instead."


@pytest.mark.parametrize("key", ["", "5", "~", "x" * 24, key_of(NOW), key_of("")])
@pytest.mark.parametrize("address", ["/list-candidates", "/api/candidates/"])
def test_a_key_of_a_list_by_id_is_an_id(api: APIClient, address: str, key: str) -> None:
    response = api.get(f"{address}?after={quote(key)}")

    assert response.status_code == 400
    assert response.json()["message"] == "after: Not a key of this list; follow its next instead."


def test_a_key_behind_the_last_leads_to_an_empty_page(api: APIClient) -> None:
    a_candidate()

    response = api.get(f"/api/candidates/?after={ObjectId('f' * 24)}")

    assert response.json() == {"results": [], "next": None}


@pytest.mark.parametrize("query", ["limit[$gt]=1", "after[$ne]=x", "$where=sleep(1000)", "page=2", "__proto__=1", "x"])
@pytest.mark.parametrize("address", ["/list-candidates", "/api/candidates/", "/api/calls/", "/api/interviews/"])
def test_a_parameter_that_nobody_knows_is_refused(api: APIClient, address: str, query: str) -> None:
    response = api.get(f"{address}?{query}")

    assert response.status_code == 400
    assert response.json()["errors"] == {query.partition("=")[0]: ["Unknown parameter."]}
