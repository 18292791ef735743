from datetime import timedelta

import pytest
from django.test import Client
from pymongo.database import Database

from interviews import bookings
from interviews.admin import interviews
from tests.factories import DANIEL, NOW, a_candidate, a_slot, an_interview
from tests.interviews.admin.interview_pages import (
    INTERVIEWS,
    INVITATIONS,
    a_mailed_interview,
    count_rows,
    messages,
    page_text,
)

pytestmark = pytest.mark.usefixtures("today")


def test_interviews_are_listed_with_both_time_zones(rita: Client) -> None:
    a_mailed_interview()

    text = page_text(rita.get(INTERVIEWS))

    assert (
        "Asha Rao Priya Sharma Wed 4 Mar 2026, 04:30 UTC Wed 4 Mar 2026, 10:00 IST (Asia/Kolkata) Confirmed Sent"
        in text
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 2),
        ({"status__exact": "confirmed"}, 1),
        ({"interviewer": "daniel@acme.example"}, 1),
        ({"week": "this"}, 1),
        ({"week": "next", "status__exact": "cancelled", "interviewer": "daniel@acme.example"}, 1),
        ({"q": "nair"}, 1),
        ({"q": "meera n"}, 1),
        ({"q": "98765 00001"}, 1),
        ({"q": "nobody"}, 0),
    ],
)
def test_interviews_are_narrowed(rita: Client, query: dict[str, str], expected: int) -> None:
    a_mailed_interview()
    later = an_interview(
        a_candidate(name="Meera Nair", phone="+919876500001"), a_slot(starts_at=NOW + timedelta(days=7), **DANIEL)
    )
    bookings.cancel_interview(interview_id=later.id, reason="Ill", now=NOW)

    assert count_rows(rita.get(INTERVIEWS, query)) == expected


def test_search_that_finds_too_many_candidates_says_so(rita: Client, monkeypatch) -> None:
    monkeypatch.setattr(interviews, "MAX_CANDIDATES", 1)
    a_mailed_interview()
    an_interview(a_candidate(now=NOW + timedelta(minutes=1)), a_slot(starts_at=NOW + timedelta(days=7)))

    page = rita.get(INTERVIEWS, {"q": "asha"})

    assert count_rows(page) == 1
    assert "More than 1 candidates match; only some were looked at." in messages(page)[0]


def test_interview_whose_candidate_is_gone_is_still_shown(rita: Client, database: Database) -> None:
    interview = a_mailed_interview()
    database.candidates.delete_many({})

    assert count_rows(rita.get(INTERVIEWS)) == 1
    assert "Priya Sharma" in page_text(rita.get(f"{INTERVIEWS}{interview.id}/change/"))
    assert count_rows(rita.get(INVITATIONS)) == 1
    assert "It cannot be written any more: The candidate is gone." in page_text(
        rita.get(f"{INVITATIONS}{interview.id}/change/")
    )
    assert rita.get(f"{INVITATIONS}{interview.id}/html/").status_code == 404
    assert messages(rita.get(f"{INTERVIEWS}{interview.id}/invite.ics", follow=True)) == ["The candidate is gone."]
