from datetime import datetime

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from tests.factories import a_recruiter


@pytest.fixture
def rita(db, database: Database, today: datetime, client: Client) -> Client:
    """Return a recruiter's browser, at the time that the factories begin with."""
    call_command("create_groups", verbosity=0)
    person = a_recruiter()
    person.groups.add(Group.objects.get(name="Recruiter"))
    client.force_login(person)
    return client


def test_who_may_see_nothing_reads_so(db, database: Database, client: Client) -> None:
    client.force_login(a_recruiter())

    page = client.get("/admin/").content.decode()

    assert "You may see nothing yet." in page


def test_page_stands_when_the_database_does_not_answer(rita: Client, monkeypatch) -> None:
    def no_answer(*_: object, **__: object) -> None:
        raise AutoReconnect("no answer")

    monkeypatch.setattr(Collection, "aggregate", no_answer)

    answer = rita.get("/admin/")

    assert answer.status_code == 200
    assert "the database does not answer" in answer.content.decode()


def test_signing_in_leads_to_the_first_page(db, database: Database, client: Client) -> None:
    rita = a_recruiter()

    answer = client.post("/admin/login/", {"username": rita.username, "password": "quiet-harbour"})

    assert answer.headers["Location"] == "/admin/"


def test_navigation_leads_to_what_one_may_see(rita: Client) -> None:
    groups = rita.get("/admin/").context["sidebar_navigation"]

    titles = [item["title"] for group in groups for item in group["items"]]

    assert titles == [
        *("Dashboard", "Dialling", "Candidates", "Calls", "Not to be called"),
        *("Interviews", "Slots", "Invitations", "Notices", "Follow-ups"),
    ]


def test_badge_says_that_no_phone_rings(db, database: Database, client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))

    page = client.get("/admin/").content.decode()

    assert "Simulated calls" in page
