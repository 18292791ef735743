"""Today's code on a database that an older version wrote.

`data/database_of_6f9727e.json.gz` is all of it as extended JSON, documents and indexes by collection. It was made so:
commit 6f9727e ran `manage.py serve`, each of the ten demo candidates was called, one interview was cancelled, one
candidate marked as not to be called, all were tagged, and those who may be called queued.
"""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bson import json_util
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from mongoengine import connection
from pymongo.database import Database
from rest_framework.test import APIClient

from calls.placing import place_call
from calls.telephony.simulator.backend import Simulator
from candidates.attempts import CallBlocked
from candidates.documents import Candidate
from candidates.services import create_candidate
from candidates.suppression.documents import SuppressionKey
from config.mongo import client
from interviews import bookings, outbox
from interviews.documents import Interview

OLD = Path(__file__).parent / "data" / "database_of_6f9727e.json.gz"
THEN = datetime(2026, 11, 27, 13, 34, tzinfo=UTC)  # a minute after it was written
NAMES = [
    *("Asha Rao", "Vikram Singh", "Meera Nair", "Arjun Mehta", "Kavya Iyer"),
    *("Rohan Gupta", "Divya Menon", "Sanjay Patel", "Nisha Verma", "Karan Shah"),
]
REFUSED = {"Kavya Iyer": "do_not_call", "Sanjay Patel": "wrong_number", "Nisha Verma": "do_not_call"}


@pytest.fixture
def upgraded(database: Database, db: None, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Put the old database in the place of the test's, with the indexes of then, and prepare it as a start does."""
    settings.SIMULATED = False  # no demo
    monkeypatch.setattr("django.utils.timezone.now", lambda: THEN)
    old = json_util.loads(gzip.decompress(OLD.read_bytes()).decode())
    for name, stored in old.items():
        database.drop_collection(name)
        created = database.create_collection(name)
        for index in stored["indexes"][1:]:
            keys, options = (
                list(index["key"].items()),
                {key: index[key] for key in index if key not in ("v", "key", "ns")},
            )
            created.create_index(keys, **options)
        if stored["documents"]:
            created.insert_many(stored["documents"])
    SuppressionKey.objects.update(unset__earlier_written_at=True)  # what an old database has not
    call_command("prepare", verbosity=0)
    yield database
    for name in old:
        database.drop_collection(name)
    client.ensure_indexes()


@pytest.fixture
def rita(upgraded: Database, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


def named(name: str) -> Candidate:
    return Candidate.objects.get(name=name)


def test_every_document_is_as_it_must_be(upgraded: Database) -> None:
    stored = {document: list(document.objects.no_dereference()) for document in client.documents()}

    assert len(stored[Candidate]) == len(NAMES)
    assert [each.validate() for documents in stored.values() for each in documents] == [None] * sum(
        map(len, stored.values())
    )


def test_indexes_are_those_of_today(upgraded: Database) -> None:
    keys = {name: upgraded[name].index_information().keys() for name in ("candidates", "interviews", "slots")}

    client.ensure_indexes()

    assert {name: upgraded[name].index_information().keys() for name in keys} == keys
    assert all(keys.values())


@pytest.mark.parametrize(("name", "status"), REFUSED.items())
def test_who_had_refused_is_not_called_when_added_again(upgraded: Database, name: str, status: str) -> None:
    refused = named(name)

    refused.delete()
    again = create_candidate(name=name, phone=refused.phone, email=refused.email, now=THEN)

    assert again.call_tracking.status == status
    with pytest.raises(CallBlocked):
        place_call(candidate_id=again.id, now=THEN, telephony=Simulator())


def test_who_waits_is_called(upgraded: Database) -> None:
    placed = place_call(candidate_id=named("Rohan Gupta").id, now=THEN, telephony=Simulator())

    assert placed.candidate.call_tracking.total_attempts == 2


def test_interview_of_then_is_cancelled_and_mailed(upgraded: Database, mailoutbox) -> None:
    interview = Interview.objects(status="confirmed").no_dereference().first()
    outbox.send_due(now=THEN)
    mailoutbox.clear()

    bookings.cancel_interview(interview_id=interview.id, reason="The interviewer is ill", now=THEN)
    outbox.send_due(now=THEN)

    assert len(mailoutbox) == 2
    assert Candidate.objects.get(id=interview.candidate.id).call_tracking.status == "active"


def test_mail_that_waited_is_sent(upgraded: Database, mailoutbox) -> None:
    assert outbox.send_due(now=THEN + timedelta(minutes=1)) == len(mailoutbox) == 2


@pytest.mark.parametrize(
    "page",
    [
        *("", "candidates/candidate/", "candidates/suppression/", "calls/conversationsession/"),
        *("interviews/slot/", "interviews/interview/", "interviews/invitation/", "interviews/followup/"),
    ],
)
def test_pages_of_the_admin_open(rita: Client, page: str) -> None:
    assert rita.get(f"/admin/{page}").status_code == 200


def test_call_of_then_is_shown_as_it_went(rita: Client) -> None:
    session_id = named("Asha Rao").call_tracking.call_history[0].session_id

    page = rita.get(f"/admin/calls/conversationsession/{session_id}/change/").content.decode()

    assert "Am I speaking with Asha Rao?" in page


@pytest.mark.parametrize(
    "path", ["/list-candidates", "/api/calls/", "/api/sessions/", "/api/slots/", "/api/interviews/"]
)
def test_api_answers(upgraded: Database, api: APIClient, path: str, settings) -> None:
    assert api.get(path).status_code == 200


def test_a_second_start_changes_nothing(upgraded: Database) -> None:
    before = {name: list(upgraded[name].find()) for name in upgraded.list_collection_names()}

    call_command("prepare", verbosity=0)

    assert {name: list(upgraded[name].find()) for name in upgraded.list_collection_names()} == before
    assert connection.get_db().name == upgraded.name
