import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connections
from mongoengine import connection
from pymongo import MongoClient
from pymongo.database import Database

from config.doctor import database
from config.doctor.findings import Finding, Verdict
from config.jobs.documents import JobRun
from config.mongo import client

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


def elsewhere(settings: Any, uri: str) -> None:
    connection.disconnect()
    settings.MONGODB_URI = uri
    client.register()


@pytest.fixture
def back() -> Iterator[None]:
    """Go back to the test run's own database."""
    yield
    connection.disconnect()
    project.MONGODB_URI = ""
    client.register()


@pytest.fixture
def alone(database: Database, tmp_path: Path) -> Iterator[str]:
    """Run a mongod that is no replica set; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    binary = Path(f"/proc/{client.embedded().status().running.mongod}/exe").resolve()
    words = [str(binary), "--dbpath", str(tmp_path), "--port", str(port), "--bind_ip", "127.0.0.1"]
    process = subprocess.Popen([*words, "--wiredTigerCacheSizeGB", "0.25"], stdout=subprocess.DEVNULL)
    uri = f"mongodb://127.0.0.1:{port}/"
    with MongoClient(uri, serverSelectionTimeoutMS=30_000) as started:
        started.admin.command("ping")
    yield uri
    connection.disconnect()  # while the server still runs: without it a client waits five seconds
    process.terminate()
    process.wait()


def verdicts(findings: Any) -> list[Verdict]:
    return [finding.verdict for finding in findings]


def test_our_own_server_is_as_it_must_be(database: Database) -> None:
    found = [
        *examined().connect()[1],
        *examined().check_transactions(database),
        *examined().check_write_concern(database, NOW),
        *examined().check_indexes(),
        *examined().check_clock(database),
    ]

    assert verdicts(found) == [Verdict.RIGHT] * 5
    assert found[0].words.endswith("our own, under var/mongo.")


def examined() -> Any:
    """Return the module under test, whose name the fixture `database` has."""
    return database


@pytest.mark.usefixtures("back")
def test_server_that_does_not_answer_is_reported(settings: Any) -> None:
    elsewhere(settings, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")

    answering, (finding,) = database.connect()

    assert answering is None
    assert finding == Finding("MongoDB", Verdict.WRONG, "No server answers within its time limit.", database.START)


@pytest.mark.usefixtures("back")
def test_address_that_is_none_is_reported_without_its_password(settings: Any) -> None:
    elsewhere(settings, "mongodb://asha:pass@word@127.0.0.1:port/")

    answering, (finding,) = database.connect()

    assert answering is None
    assert finding.advice == "Correct MONGODB_URI."
    assert "pass" not in finding.words.lower().replace("password", "")


@pytest.mark.usefixtures("back", "database")
def test_login_refused_is_reported(settings: Any) -> None:
    elsewhere(settings, client.embedded().uri().replace("mongodb://", "mongodb://asha:wrong@"))

    answering, (finding,) = examined().connect()

    assert answering is None
    assert "Check the user" in finding.advice


@pytest.mark.usefixtures("back")
def test_server_that_stands_alone_is_wrong(alone: str, settings: Any) -> None:
    elsewhere(settings, alone)

    answering, _ = database.connect()
    (finding,) = database.check_transactions(answering)

    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Make it a replica set.")


@pytest.mark.usefixtures("back", "database")
def test_write_concern_of_one_is_wrong(settings: Any) -> None:
    elsewhere(settings, client.embedded().uri().replace("w=majority", "w=1"))

    (finding,) = examined().check_write_concern(connection.get_db(), NOW)

    assert finding.verdict == Verdict.WRONG
    assert "Leave w out" in finding.advice


def test_doctors_visit_is_noted_as_a_proof_of_writing(database: Database) -> None:
    list(examined().check_write_concern(database, NOW))

    assert JobRun.objects.get(name="manage.py doctor").started_at == NOW


def test_write_that_is_not_taken_is_wrong(database: Database) -> None:
    database["job_runs"].insert_one({"_id": "another"})
    database.command("collMod", "job_runs", validator={"host": "nowhere"})

    (finding,) = examined().check_write_concern(database, NOW)

    database.command("collMod", "job_runs", validator={})
    assert finding.verdict == Verdict.WRONG


@pytest.fixture
def indexes_repaired(database: Database) -> Iterator[Database]:
    yield database
    database["slots"].drop_indexes()
    client.ensure_indexes()


def test_missing_index_is_wrong(indexes_repaired: Database) -> None:
    indexes_repaired["slots"].drop_index("interviewer_email_1_starts_at_1")

    (finding,) = database.check_indexes()

    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Run `manage.py prepare`.")
    assert finding.words == "slots lacks interviewer_email+starts_at."


def test_many_missing_indexes_are_counted(indexes_repaired: Database) -> None:
    indexes_repaired["slots"].drop_indexes()

    (finding,) = database.check_indexes()

    assert finding.words.endswith("4 more.")


def test_index_with_other_options_is_wrong(indexes_repaired: Database) -> None:
    indexes_repaired["slots"].drop_index("interviewer_email_1_starts_at_1")
    indexes_repaired["slots"].create_index(["interviewer_email", "starts_at"])

    (finding,) = database.check_indexes()

    assert finding.verdict == Verdict.WRONG
    assert finding.words == "slots has interviewer_email+starts_at with other options than declared."


def test_undeclared_index_is_doubtful(indexes_repaired: Database) -> None:
    indexes_repaired["slots"].create_index("interviewer_name")

    (finding,) = database.check_indexes()

    assert (finding.verdict, finding.words) == (Verdict.DOUBTFUL, "slots has interviewer_name besides.")


@pytest.mark.django_db
def test_tables_are_up_to_date() -> None:
    (finding,) = database.check_migrations()

    assert finding.verdict == Verdict.RIGHT


@pytest.mark.django_db
def test_tables_that_are_not_there_are_reported(tmp_path: Path) -> None:
    alias = connections["default"]
    elsewhere = alias.copy()
    elsewhere.settings_dict = alias.settings_dict | {"NAME": str(tmp_path / "empty.sqlite3")}
    connections["default"] = elsewhere

    (finding,) = database.check_migrations()

    elsewhere.close()
    connections["default"] = alias
    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Run `manage.py prepare`.")


@pytest.mark.django_db
def test_database_of_tables_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    alias = connections["default"]
    elsewhere = alias.copy()
    elsewhere.settings_dict = alias.settings_dict | {"NAME": str(tmp_path / "no" / "where.sqlite3")}
    connections["default"] = elsewhere

    (finding,) = database.check_migrations()

    connections["default"] = alias
    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Check DATABASE_URL.")
