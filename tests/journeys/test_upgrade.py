"""Today's code on a database that an older version wrote.

`data/database_of_6f9727e.json.gz` is all of MongoDB's as extended JSON, documents and indexes by collection. It was
made so: commit 6f9727e ran `manage.py serve`, each of the ten demo candidates was called, one interview was cancelled,
one candidate marked as not to be called, all were tagged, and those who may be called queued. Then Divya Menon was
called again by `place_call`, and three turns of that call were answered through the webhooks; it is under way.

`data/tables_of_6f9727e.sql.gz` is all of SQLite's as SQL: commit 6f9727e ran `migrate` and `create_groups` and made the
users admin and, in the group Recruiter, ravi.
"""

import gzip
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from mongoengine import connection
from pymongo import DeleteOne, IndexModel, InsertOne
from pymongo.database import Database
from rest_framework.test import APIClient

from calls.data_changes import RENAMED_CUES
from calls.documents import ConversationSession
from calls.placing import place_call
from calls.telephony.simulator.backend import Simulator
from candidates.attempts import CallBlocked
from candidates.documents import Candidate
from candidates.services import create_candidate
from candidates.suppression import numbers
from candidates.suppression.documents import SuppressionKey
from config.mongo import client
from interviews import bookings, outbox
from interviews.documents import Interview
from tests.calls.webhooks import turn

DATA = Path(__file__).parent / "data"
OLD, OLD_TABLES = DATA / "database_of_6f9727e.json.gz", DATA / "tables_of_6f9727e.sql.gz"
THEN = datetime(2026, 11, 27, 13, 34, tzinfo=UTC)  # a minute after it was written
NAMES = [
    *("Asha Rao", "Vikram Singh", "Meera Nair", "Arjun Mehta", "Kavya Iyer"),
    *("Rohan Gupta", "Divya Menon", "Sanjay Patel", "Nisha Verma", "Karan Shah"),
]
REFUSED = {"Kavya Iyer": "do_not_call", "Sanjay Patel": "wrong_number", "Nisha Verma": "do_not_call"}
PROCESSES = 3
USERS_WITH_GROUPS = """
SELECT username, name FROM auth_user LEFT JOIN auth_user_groups ON user_id = auth_user.id
LEFT JOIN auth_group ON group_id = auth_group.id ORDER BY username
"""
PERMISSIONS_OF_RECRUITERS = """
SELECT codename FROM auth_permission JOIN auth_group_permissions ON permission_id = auth_permission.id
JOIN auth_group ON group_id = auth_group.id WHERE auth_group.name = 'Recruiter'
"""


def fill(database: Database) -> Database:
    """Put into an empty database what was stored then, with the collections and indexes of then alone."""
    for name, stored in json_util.loads(gzip.decompress(OLD.read_bytes()).decode()).items():
        created = database.create_collection(name)
        created.create_indexes([_index(**index) for index in stored["indexes"]])
        created.bulk_write([InsertOne(document) for document in stored["documents"]] or [DeleteOne({"_id": None})])
    return database


def _index(*, v: int, key: dict[str, int], **options: object) -> IndexModel:
    """Return what creates an index that the server listed so; `v` is the server's own."""
    return IndexModel([*key.items()], **options)


def environment(database: Database, tables: Path) -> dict[str, str]:
    """Return the environment of a process that uses these two; the test run's mongod is that of VAR_DIR."""
    return os.environ | {"MONGODB_DATABASE": database.name, "DATABASE_URL": f"sqlite:///{tables}"}


@pytest.fixture
def old(_indexed: None) -> Iterator[Database]:
    """Return the old database, as no start of today's has seen it."""
    database = connection.get_connection()["callflow_of_then"]
    yield fill(database)
    database.client.drop_database(database)


@pytest.fixture(scope="module")
def old_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of SQLite's file with the tables of then, which `prepared` brings to today's."""
    path = tmp_path_factory.mktemp("then") / "django.sqlite3"
    with closing(sqlite3.connect(path)) as connected:
        connected.executescript(gzip.decompress(OLD_TABLES.read_bytes()).decode())
    return path


@pytest.fixture(scope="module")
def prepared(_indexed: None, old_tables: Path) -> Iterator[Database]:
    """Return the old database, prepared as a start does, in a process of its own; tests only read it."""
    database = connection.get_connection()["callflow_prepared"]
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment(fill(database), old_tables), check=True)
    yield database
    database.client.drop_database(database)


@pytest.fixture
def upgraded(prepared: Database, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Have the prepared documents in the test's database."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: THEN)
    SuppressionKey.objects.delete()  # theirs is another, that their numbers are hashed with
    numbers.key.cache_clear()
    for name in prepared.list_collection_names():
        prepared[name].aggregate([{"$out": {"db": database.name, "coll": name}}])
    yield database
    SuppressionKey.objects.delete()
    numbers.key.cache_clear()


@pytest.fixture
def rita(upgraded: Database, db: None, client: Client) -> Client:
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


def declared(database: Database) -> dict[str, dict[str, Any]]:
    """Return the indexes of each collection but the one that MongoDB makes by itself."""
    indexes = {name: database[name].index_information() for name in database.list_collection_names()}
    return {
        name: index
        for name in indexes
        if (index := {key: indexes[name][key] for key in indexes[name].keys() - {"_id_"}})
    }


def test_indexes_are_those_of_today(prepared: Database, database: Database) -> None:
    assert declared(prepared) == declared(database)


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


def test_call_under_way_goes_on_to_a_booking(upgraded: Database, settings) -> None:
    tracking = named("Divya Menon").call_tracking
    session_id, call_sid = tracking.open_session_id, tracking.call_history[-1].call_sid

    asked = turn(session_id, 4, call_sid=call_sid, SpeechResult="Wednesday", Confidence="0.9").content.decode()
    told = turn(session_id, 5, call_sid=call_sid, SpeechResult="Yes", Confidence="0.9").content.decode()

    assert "To be sure: Wednesday the 2nd of December at ten in the morning" in asked
    assert "It's booked: Wednesday the 2nd of December at ten in the morning" in told
    assert Interview.objects(session_id=session_id, status="confirmed").count() == 1


def test_turns_of_a_call_under_way_have_the_cues_of_today(upgraded: Database) -> None:
    session = ConversationSession.objects.get(id=named("Divya Menon").call_tracking.open_session_id)

    assert [each.cue for each in session.turns] == [None, "yes", "no_match", "disambiguation"]


def test_processes_that_apply_the_changes_at_once_do_what_one_does(old: Database, old_tables: Path) -> None:
    command = [sys.executable, "manage.py", "apply_changes", "--verbosity=0"]

    started = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment(old, old_tables)) for _ in range(PROCESSES)
    ]
    ended = [process.wait() for process in started]

    assert ended == [0] * PROCESSES
    assert sorted((each["reason"], each["source"], len(each["history"])) for each in old["suppressions"].find()) == [
        ("office", "before the list", 1),
        ("opted_out", "before the list", 1),
        ("wrong_number", "before the list", 1),
    ]
    assert not {*old["sessions"].distinct("turns.cue")} & {*RENAMED_CUES}


def test_tables_are_those_of_today_and_keep_who_may_do_what(prepared: Database, old_tables: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "--check"]

    subprocess.run(command, cwd=settings.BASE_DIR, env=environment(prepared, old_tables), check=True)

    with closing(sqlite3.connect(old_tables)) as connected:
        users = connected.execute(USERS_WITH_GROUPS).fetchall()
        may = {name for (name,) in connected.execute(PERMISSIONS_OF_RECRUITERS)}
    assert users == [("admin", None), ("ravi", "Recruiter")]
    assert may >= {"change_candidate", "start_call", "change_interview"}


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


def test_a_second_start_changes_nothing(upgraded: Database, db: None, settings) -> None:
    settings.SIMULATED = False  # no demo
    before = {name: list(upgraded[name].find()) for name in upgraded.list_collection_names()}

    call_command("prepare", verbosity=0)

    assert {name: list(upgraded[name].find()) for name in upgraded.list_collection_names()} == before
    assert connection.get_db().name == upgraded.name
