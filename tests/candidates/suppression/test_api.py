from typing import Any

import pytest
from rest_framework.test import APIClient

from candidates import suppression
from candidates.documents import Outcome, TrackingStatus
from tests.candidates.suppression.refusals import lift, on_list, refuse, status_of
from tests.factories import NOW, a_candidate, a_phone

PATH = "/api/suppression/"
PHONE = "+919876543210"


def address(phone: str, what: str = "") -> str:
    return f"{PATH}{suppression.number_id(phone)}/{what}"


def person(**fields: Any) -> dict[str, Any]:
    return {"name": "Asha Rao", "phone": PHONE, "email": "asha@example.com"} | fields


def test_a_number_shows_what_was_refused(api: APIClient) -> None:
    refuse(PHONE, outcome=Outcome.NOT_INTERESTED)

    shown = api.get(address(PHONE)).json()

    at = "2026-03-02T04:30:00Z"
    event = {"at": at, "is_active": True, "reason": "not_interested", "source": "call 1", "note": None}
    assert shown == {
        "id": suppression.number_id(PHONE),
        "phone": PHONE,
        "is_active": True,
        "reason": "not_interested",
        "source": "call 1",
        "suppressed_at": at,
        "history": [event],
    }
    assert api.get(PATH).json() == {"results": [shown], "next": None}


def test_a_number_is_put_on_the_list(api: APIClient) -> None:
    candidate = a_candidate(phone=PHONE)

    answered = api.post(PATH, {"phone": "+91 98765 43210", "reason": "opted_out"})

    assert (answered.status_code, answered.json()["reason"], answered.json()["is_active"]) == (201, "opted_out", True)
    assert status_of(candidate.phone) == TrackingStatus.DO_NOT_CALL
    assert on_list(PHONE).source == "a program on this machine"


def test_without_a_reason_the_office_decided_so(api: APIClient) -> None:
    assert api.post(PATH, {"phone": PHONE}).json()["reason"] == "office"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "phone: This field is required."),
        ({"phone": "12"}, "phone: Write the phone number with its country code, such as +919876543210."),
        ({"phone": PHONE, "reason": "busy"}, 'reason: "busy" is not a valid choice.'),
        ({"phone": PHONE, "source": "me"}, "source: Unknown field."),
    ],
)
def test_what_cannot_be_put_on_the_list_is_reported(api: APIClient, body: dict[str, str], message: str) -> None:
    answered = api.post(PATH, body)

    assert (answered.status_code, answered.json()["message"]) == (400, message)
    assert api.get(PATH).json()["results"] == []


def test_a_number_is_taken_off_for_a_reason(api: APIClient) -> None:
    candidate = a_candidate(phone=PHONE)
    refuse(PHONE, candidate)

    answered = api.post(address(PHONE, "lift/"), {"note": "Wrote to us."})

    assert (answered.status_code, answered.json()["is_active"]) == (200, False)
    assert answered.json()["history"][-1]["note"] == "Wrote to us."
    assert status_of(PHONE) == TrackingStatus.ACTIVE


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": "x" * 501}, {"note": "two\nlines"}])
def test_without_a_reason_it_stays_on_the_list(api: APIClient, body: dict[str, str]) -> None:
    refuse(PHONE)

    assert api.post(address(PHONE, "lift/"), body).status_code == 400
    assert on_list(PHONE).is_active


def test_what_is_not_on_the_list_is_not_taken_off(api: APIClient) -> None:
    refuse(PHONE)
    lift(PHONE)

    answered = api.post(address(PHONE, "lift/"), {"note": "Wrote to us."})

    assert (answered.status_code, answered.json()["code"]) == (409, "not_suppressed")


@pytest.mark.parametrize("key", ["5", "0" * 64, suppression.__name__])
def test_a_number_of_which_nothing_is_kept_is_not_found(api: APIClient, key: str) -> None:
    answers = [api.get(f"{PATH}{key}/"), api.post(f"{PATH}{key}/lift/", {"note": "Wrote to us."})]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "suppression_not_found")] * 2


@pytest.mark.parametrize("query", ["+919876543210", "%2B91 98765 43210", "919876543210"])
def test_an_erased_number_is_found_by_who_knows_it(api: APIClient, query: str) -> None:
    refuse(PHONE)
    refuse(a_phone())
    suppression.forget_number(phone=PHONE)

    (found,) = api.get(f"{PATH}?phone={query}").json()["results"]

    assert (found["id"], found["phone"]) == (suppression.number_id(PHONE), None)


def test_a_number_that_cannot_be_is_not_looked_for(api: APIClient) -> None:
    assert api.get(f"{PATH}?phone=12").status_code == 400


def a_refused_phone() -> str:
    phone = a_phone()
    refuse(phone, now=NOW)
    return phone


def results_of_all_pages(api: APIClient, address: str | None) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    while address:
        page = api.get(address).json()
        results += page["results"]
        address = page["next"]
    return results


def test_pages_have_neither_gaps_nor_duplicates(api: APIClient) -> None:
    phones = [a_refused_phone() for _ in range(5)]

    found = results_of_all_pages(api, f"{PATH}?limit=2")

    assert sorted(each["phone"] for each in found) == phones


@pytest.mark.parametrize("after", [f"{NOW.isoformat()}~5", f"{NOW.isoformat()}~{'0' * 24}", "0" * 64])
def test_a_made_up_key_of_a_page_is_refused(api: APIClient, after: str) -> None:
    assert api.get(PATH, {"after": after}).status_code == 400


# Candidates whose number was refused


def test_who_is_added_with_a_refused_number_shows_that(api: APIClient) -> None:
    refuse(PHONE)

    added = api.post("/api/candidates/", person()).json()

    assert (added["call_tracking"]["status"], added["call_tracking"]["can_call_again"]) == ("do_not_call", False)
    assert api.post("/make-actual-call", {"candidate_id": added["id"]}).json()["code"] == "do_not_call"


def test_who_is_given_a_refused_number_shows_that(api: APIClient) -> None:
    refuse(PHONE)
    candidate = a_candidate()

    changed = api.patch(f"/api/candidates/{candidate.id}/", {"phone": PHONE}).json()

    assert changed["call_tracking"]["status"] == "do_not_call"


def test_who_is_deleted_leaves_the_refusal(api: APIClient) -> None:
    candidate = a_candidate(phone=PHONE)
    refuse(PHONE, candidate)

    api.delete(f"/api/candidates/{candidate.id}/")

    assert api.get(address(PHONE)).json()["is_active"]
    assert api.post("/api/candidates/", person()).json()["call_tracking"]["status"] == "do_not_call"
