import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings as project
from mongoengine import Document, connection
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
)
from pymongo.monitoring import CommandListener, CommandStartedEvent

from calls.documents import ConversationSession
from candidates.documents import Candidate
from config.mongo import client
from config.mongo.embedded import EmbeddedMongoUnavailable
from interviews.documents import Interview, Slot
from tests.outages import database_away


@pytest.fixture
def elsewhere(settings) -> Iterator[None]:
    """Register another address, which nothing listens on."""
    connection.disconnect()
    settings.MONGODB_URI = "mongodb://127.0.0.1:1,127.0.0.1:2/other?replicaSet=rs&socketTimeoutMS=1500&w=2"
    client.register()
    yield
    connection.disconnect()
    settings.MONGODB_URI = ""
    client.register()


@pytest.mark.parametrize("command", [["check"], ["makemigrations", "--check", "--dry-run"]])
def test_commands_that_need_no_database_start_none(command: list[str], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))

    subprocess.run([sys.executable, "manage.py", *command], cwd=project.BASE_DIR, check=True, capture_output=True)

    assert not (tmp_path / "mongo").exists()


def test_the_embedded_database_is_waited_for_while_it_restarts_and_no_longer(database: Database) -> None:
    options = database.client.options

    assert options.server_selection_timeout == 5
    assert options.pool_options.socket_timeout == 20
    assert options.pool_options.connect_timeout == 5
    assert options.retry_writes
    assert database.client.write_concern.document == {"w": "majority", "j": True}
    assert database.client.codec_options.tz_aware


class Patience(CommandListener):
    """Keeps how long each command may take, in milliseconds; None where the client's own limits hold."""

    def __init__(self) -> None:
        self.max_times: dict[str, int | None] = {}

    def started(self, event: CommandStartedEvent) -> None:
        self.max_times[event.command_name] = event.command.get("maxTimeMS")

    def succeeded(self, event: object) -> None:
        """Nothing more is kept of it."""

    def failed(self, event: object) -> None:
        """Nor of one that fails."""


def test_indexes_are_waited_for_longer_than_a_database_that_is_away(database: Database, monkeypatch) -> None:
    database["candidates"].drop_indexes()
    patience = Patience()
    monkeypatch.setitem(client.OPTIONS, "event_listeners", [patience])
    connection.disconnect()
    client.register()

    client.ensure_indexes()

    monkeypatch.undo()
    connection.disconnect()
    client.register()
    assert patience.max_times["ping"] is None
    assert patience.max_times["createIndexes"] == pytest.approx(client.INDEX_SECONDS * 1000, rel=0.1)


@pytest.mark.usefixtures("elsewhere")
def test_an_address_of_ones_own_is_used_as_it_says() -> None:
    database = connection.get_db()

    assert database.name == "other"
    assert database.client.options.server_selection_timeout == 5
    assert database.client.options.pool_options.socket_timeout == 1.5
    assert database.client.write_concern.document == {"w": 2}
    assert database.client.codec_options.tz_aware


def test_database_that_answers_is_not_away(database: Database) -> None:
    database.client.admin.command("ping")

    assert not client.is_known_away()


def test_database_is_known_to_be_away_once_the_driver_has_looked(settings) -> None:
    with database_away(settings):
        before_it_looked = client.is_known_away()
        with suppress(ServerSelectionTimeoutError):
            connection.get_connection().admin.command("ping")
        once_it_looked = client.is_known_away()

    assert (before_it_looked, once_it_looked) == (False, True)


def test_every_declared_index_is_there(database: Database) -> None:
    client.ensure_indexes()

    compared = [document.compare_indexes() for document in client.documents()]

    # Each collection has the index on _id by itself
    assert [index for each in compared for index in each["missing"] if index != [("_id", 1)]] == []
    assert [index for each in compared for index in each["extra"]] == []


def test_no_request_builds_an_index() -> None:
    assert [document for document in client.documents() if document._meta["auto_create_index"]] == []


def test_documents_are_those_of_our_apps() -> None:
    names = {document.__module__.partition(".")[0] for document in client.documents()}

    assert "candidates" in names
    assert names == {"config", "candidates", "interviews", "calls"}


@contextmanager
def switching_threads_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def test_threads_that_ask_at_once_share_one_client(database: Database) -> None:
    documents = [Candidate, Slot, Interview, ConversationSession] * 4
    at_once = threading.Barrier(len(documents))

    def client_of(document: type[Document]) -> MongoClient:
        at_once.wait()
        return document._get_collection().database.client

    connection.disconnect()
    client.register()
    with switching_threads_often(), ThreadPoolExecutor(len(documents)) as pool:
        clients = set(map(id, pool.map(client_of, documents)))

    assert len(clients) == 1


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("nobody there"),
        NetworkTimeout("silence"),
        ExecutionTimeout("too slow", 50),
        OperationFailure("locked", 112, {"errorLabels": ["TransientTransactionError"]}),
        EmbeddedMongoUnavailable("does not start"),
    ],
)
def test_errors_that_may_be_over_in_a_moment_say_that_the_database_is_away(error: Exception) -> None:
    assert client.is_away(error)


@pytest.mark.parametrize("error", [OperationFailure("no such index", 27), DuplicateKeyError("twice"), ValueError()])
def test_errors_that_stay_say_no_such_thing(error: Exception) -> None:
    assert not client.is_away(error)
