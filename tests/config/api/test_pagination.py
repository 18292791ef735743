"""Pages of lists: complete, in order, and strict about their parameters."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from bson import ObjectId
from rest_framework.test import APIClient

from candidates.documents import Candidate
from tests.factories import NOW, a_candidate, a_session, a_slot


def ids_by_page(api: APIClient, address: str, *, max_pages: int = 20) -> list[list[str]]:
    """Follow the pages from the address on; return the ids on each."""
    found: list[list[str]] = []
    while address and len(found) < max_pages:
        body = api.get(address).json()
        found.append([result["id"] for result in body["results"]])
        address = body["next"]
    return found


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 7), (2, [2, 2, 2, 1]), (6, [6, 1]), (7, [7]), (8, [7]), (500, [7])]
)
def test_pages_have_neither_gaps_nor_duplicates(api: APIClient, limit: int, sizes: list[int]) -> None:
    added = [str(a_candidate().id) for _ in range(7)]

    found = ids_by_page(api, f"/api/candidates/?limit={limit}")

    assert [len(page) for page in found] == sizes
    assert [key for page in found for key in page] == added


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_documents_of_one_time_are_kept_apart_by_their_ids(api: APIClient, limit: int) -> None:
    starts_at = NOW + timedelta(days=2, milliseconds=5)
    slots = [a_slot(starts_at=starts_at, interviewer_email=f"{letter}@acme.example") for letter in "abcdef"]

    found = ids_by_page(api, f"/api/slots/?limit={limit}")

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

    found = ids_by_page(api, f"/api/calls/?candidate={called.id}&limit=1")

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
