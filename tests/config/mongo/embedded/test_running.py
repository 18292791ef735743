import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from config.mongo import supervisor
from config.mongo.embedded import (
    EmbeddedMongo,
    EmbeddedMongoInUse,
)
from tests.config.mongo.embedded.running_mongods import client_of, running, until
from tests.machine import ports_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    """Start one that tests look at."""
    directory = tmp_path_factory.mktemp("standing")
    embedded = EmbeddedMongo(directory / "mongo")
    embedded.uri()
    yield embedded
    embedded.release()
    embedded.stop()
    shutil.rmtree(directory)


def test_it_starts_with_its_first_use_and_keeps_what_was_written(mongod: EmbeddedMongo) -> None:
    assert mongod.status().running is None

    with client_of(mongod) as client:
        client.test.things.insert_one({"_id": 1})
    first, address = running(mongod), mongod.uri()
    mongod.release()
    mongod.stop()

    assert mongod.status().running is None
    with client_of(mongod) as client:
        assert client.test.things.count_documents({}) == 1
    assert mongod.uri() == address
    assert running(mongod).mongod != first.mongod


def test_it_is_small(standing: EmbeddedMongo) -> None:
    assert standing.status().size_bytes < 20_000_000


def test_it_listens_on_no_port_and_writes_are_journaled_by_a_majority(standing: EmbeddedMongo) -> None:
    with client_of(standing) as client:
        concern = client.write_concern.document

    assert ports_of(running(standing).mongod) == []
    assert concern == {"w": "majority", "j": True}


def test_it_works_however_deep_its_folder_lies(
    tmp_path: Path, another_user: Callable[[], subprocess.Popen[str]], request: pytest.FixtureRequest
) -> None:
    deep = tmp_path / ("x" * 120) / "mongo"
    deep.parent.mkdir()
    (tmp_path / "mongo").symlink_to(deep)
    mongod = EmbeddedMongo(deep, linger_seconds=0)
    request.addfinalizer(mongod.release)

    with client_of(mongod) as client, client.start_session() as session, session.start_transaction():
        client.test.things.insert_one({"_id": 1}, session=session)
    shown = another_user().stdout.readline().split()
    with MongoClient(mongod.status().uri) as client:
        found = client.test.things.count_documents({})

    assert found == 1
    assert shown[1] == str(running(mongod).mongod)


def test_its_log_is_bounded(standing: EmbeddedMongo) -> None:
    log = standing.status().directory / "mongod.log"

    with log.open("a") as file:
        file.write("x" * supervisor.LOG_LIMIT_BYTES)

    until(lambda: log.exists() and log.stat().st_size < supervisor.LOG_LIMIT_BYTES)
    assert log.with_suffix(".log.1").stat().st_size >= supervisor.LOG_LIMIT_BYTES


def test_the_last_user_to_leave_stops_it(tmp_path: Path, another_user: Callable[[], subprocess.Popen[str]]) -> None:
    mongod = EmbeddedMongo(tmp_path / "mongo", linger_seconds=0.3)
    mongod.uri()
    user = another_user()
    assert user.stdout
    assert user.stdout.readline().split()[1] == str(running(mongod).mongod)
    assert mongod.status().users == sorted([os.getpid(), user.pid])

    mongod.release()
    time.sleep(1.2)
    assert mongod.status().users == [user.pid]
    assert mongod.status().running
    user.kill()

    until(lambda: mongod.status().running is None)


def test_processes_that_start_at_once_share_one(
    mongod: EmbeddedMongo, another_user: Callable[[], subprocess.Popen[str]]
) -> None:
    users = [another_user() for _ in range(4)]

    answers = {user.stdout.readline() for user in users if user.stdout}

    assert len(answers) == 1
    assert answers == {f"{mongod.uri()} {running(mongod).mongod}\n"}


def test_it_is_not_stopped_under_its_users(standing: EmbeddedMongo) -> None:
    with pytest.raises(EmbeddedMongoInUse):
        standing.stop()

    assert standing.status().running


@contextmanager
def writing(client: MongoClient) -> Iterator[list[int]]:
    """Have four threads write documents, and give the growing list of the ids that were acknowledged."""
    acknowledged: list[int] = []
    enough = threading.Event()

    def write(number: int) -> None:
        while not enough.is_set():
            try:
                client.test.things.insert_one({"_id": number})
                acknowledged.append(number)
            except PyMongoError:
                time.sleep(0.01)
            number += 10

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, first) for first in range(4)]
        try:
            yield acknowledged
        finally:
            enough.set()
    assert [writer.exception() for writer in writers] == [None] * 4


def wait_for_more(acknowledged: list[int]) -> None:
    before = len(acknowledged)
    until(lambda: len(acknowledged) > before + 100)


def kill_mongod(mongod: EmbeddedMongo) -> None:
    """Kill it, and wait for the one that takes its place."""
    killed = running(mongod)
    os.kill(killed.mongod, signal.SIGKILL)
    until(lambda: running(mongod).mongod != killed.mongod)


def test_killing_mongod_loses_no_acknowledged_write(mongod: EmbeddedMongo) -> None:
    with client_of(mongod) as client:
        with writing(client) as acknowledged:
            wait_for_more(acknowledged)
            kill_mongod(mongod)
            wait_for_more(acknowledged)
            kill_mongod(mongod)
            wait_for_more(acknowledged)
        stored = {thing["_id"] for thing in client.test.things.find()}

    assert set(acknowledged) - stored == set()


def test_a_supervisor_that_was_killed_is_replaced(mongod: EmbeddedMongo) -> None:
    with client_of(mongod) as client:
        client.test.things.insert_one({"_id": 1})
        killed = running(mongod)

        os.kill(killed.supervisor, signal.SIGKILL)
        until(lambda: mongod.status().running not in {None, killed})
        mongod.uri()  # comes once it takes writes, which a driver tries twice only
        client.test.things.insert_one({"_id": 2})

        assert client.test.things.count_documents({}) == 2
    assert running(mongod).supervisor != killed.supervisor
