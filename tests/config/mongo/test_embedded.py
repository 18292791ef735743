import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from config.mongo import supervisor
from config.mongo.embedded import (
    EmbeddedMongo,
    EmbeddedMongoInUse,
    EmbeddedMongoUnavailable,
    find_mongod,
    first_that_runs,
)
from tests.machine import mongod_on_tcp, ports_of, small_disk

pytestmark = pytest.mark.slow

USER = """
import sys
from pathlib import Path
from config.mongo.embedded import EmbeddedMongo
mongod = EmbeddedMongo(Path(sys.argv[1]))
print(mongod.uri(), mongod.status().running.mongod, flush=True)
sys.stdin.read()
"""
# What held the same data before it listened on a socket: its own mongod, on a port, and a note of that
OLDER_SUPERVISOR = """
import json, os, signal, subprocess, sys
from pathlib import Path
from config.mongo import supervisor
paths = supervisor.Paths(Path(sys.argv[1]))
lock = supervisor.open_lock(paths.lock)
assert supervisor.take_lock(lock)
mongod = subprocess.Popen(sys.argv[3:], stdout=subprocess.DEVNULL, preexec_fn=supervisor.end_with_parent)
note = {"keeper": os.getpid(), "mongod": mongod.pid, "port": int(sys.argv[2])}
paths.running.write_text(json.dumps(note))
signal.signal(signal.SIGTERM, lambda *_: mongod.terminate())
mongod.wait()
paths.running.unlink()
"""
OLDER_USER = """
import fcntl, sys
from pathlib import Path
from config.mongo import supervisor
users = supervisor.open_lock(supervisor.Paths(Path(sys.argv[1])).users)
fcntl.flock(users, fcntl.LOCK_SH)
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[EmbeddedMongo]:
    """Name one that a test may stop, kill and break."""
    embedded = EmbeddedMongo(tmp_path / "mongo")
    yield embedded
    embedded.release()
    for process in (embedded.status().running or ())[:2]:
        with contextlib.suppress(ProcessLookupError):  # it may be ending by itself
            os.kill(process, signal.SIGKILL)
    shutil.rmtree(tmp_path, ignore_errors=True)


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


@pytest.fixture
def another_user(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", USER, str(tmp_path / "mongo")]
        user = subprocess.Popen(words, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(user)
        return user

    yield start
    for user in started:
        user.kill()
        user.communicate()


def client_of(embedded: EmbeddedMongo) -> MongoClient:
    return MongoClient(embedded.uri(), serverSelectionTimeoutMS=15_000)


def running(embedded: EmbeddedMongo) -> supervisor.Running:
    found = embedded.status().running
    assert found
    return found


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


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


def test_killing_mongod_loses_no_acknowledged_write(mongod: EmbeddedMongo) -> None:
    acknowledged: list[int] = []
    enough = threading.Event()

    def write(client: MongoClient, first: int) -> None:
        number = first
        while not enough.is_set():
            try:
                client.test.things.insert_one({"_id": number})
                acknowledged.append(number)
            except PyMongoError:
                time.sleep(0.01)
            number += 10

    with client_of(mongod) as client:
        writers = [threading.Thread(target=write, args=(client, first)) for first in range(4)]
        for writer in writers:
            writer.start()
        for _ in range(2):
            before, killed = len(acknowledged), running(mongod)
            until(lambda: len(acknowledged) > before + 100)  # noqa: B023 - called at once
            os.kill(killed.mongod, signal.SIGKILL)
            until(lambda: running(mongod).mongod != killed.mongod)  # noqa: B023 - called at once
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before + 100)
        enough.set()
        for writer in writers:
            writer.join()
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


@pytest.fixture
def older(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Keep a mongod with one document on a port, as an older version did; give its supervisor and the port."""
    folder = tmp_path / "mongo"
    (folder / "data").mkdir(parents=True)
    port, words = mongod_on_tcp(find_mongod(), folder / "data", replica_set=supervisor.REPLICA_SET)
    kept = [sys.executable, "-c", OLDER_SUPERVISOR, str(folder), str(port), *words]
    process = subprocess.Popen(kept, cwd=settings.BASE_DIR)
    with MongoClient("127.0.0.1", port, directConnection=True) as client:
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        client.admin.command("replSetInitiate", {"_id": supervisor.REPLICA_SET, "members": members})
        until(lambda: client.admin.command("hello")["isWritablePrimary"], seconds=60)
        client.test.things.insert_one({"_id": 1})
    yield process, port
    process.kill()
    process.wait()


def test_what_an_older_version_stored_is_found_again(
    mongod: EmbeddedMongo, older: tuple[subprocess.Popen[bytes], int]
) -> None:
    older[0].terminate()
    older[0].wait()

    with client_of(mongod) as client:
        client.test.things.insert_one({"_id": 2})

        assert client.test.things.count_documents({}) == 2
    assert ports_of(running(mongod).mongod) == []


def test_what_an_older_version_still_keeps_on_a_port_is_taken_over(
    mongod: EmbeddedMongo, older: tuple[subprocess.Popen[bytes], int]
) -> None:
    with client_of(mongod) as client:
        assert client.test.things.count_documents({}) == 1

    assert older[0].wait() == 0
    assert ports_of(running(mongod).mongod) == []


def test_what_an_older_version_uses_is_left_to_it(
    mongod: EmbeddedMongo, older: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    words = [sys.executable, "-c", OLDER_USER, str(tmp_path / "mongo")]
    with subprocess.Popen(words, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
        user.stdout.readline()

        with pytest.raises(EmbeddedMongoUnavailable, match=f"process {user.pid} of an older version uses it: end that"):
            mongod.uri()

        assert older[0].poll() is None
        user.stdin.close()


@pytest.mark.parametrize("note", ["", "{", "[]", '"x"', '{"keeper": 0, "mongod": -1}', '{"keeper": "1", "mongod": 2}'])
def test_a_damaged_note_of_what_runs_counts_as_none(note: str, tmp_path: Path) -> None:
    paths = supervisor.Paths(tmp_path)
    paths.running.write_text(note)

    assert supervisor.Running.read(paths) is None


@pytest.mark.parametrize("damage", [b"", b"\0\xff", b"{"])
def test_damaged_state_files_do_not_keep_it_from_starting(damage: bytes, mongod: EmbeddedMongo, tmp_path: Path) -> None:
    paths = supervisor.Paths(tmp_path / "mongo")
    paths.directory.mkdir()
    for path in (paths.directory / "port", paths.running, paths.failure, paths.users, paths.lock):
        path.write_bytes(damage)

    with client_of(mongod) as client:
        assert client.test.things.count_documents({}) == 0


def test_a_full_disk_is_said_and_once_there_is_room_it_starts(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="64k") as disk:
        mongod = EmbeddedMongo(disk.folder / "mongo", linger_seconds=0)
        with pytest.raises(EmbeddedMongoUnavailable, match="does not start") as caught:
            mongod.uri()

        disk.grow("64m")
        with client_of(mongod) as client:
            client.test.things.insert_one({"_id": 1})
        mongod.release()
        mongod.stop()

    assert "no room is left in" in str(caught.value) or "No space left on device" in str(caught.value)


def test_its_log_is_bounded(standing: EmbeddedMongo) -> None:
    log = standing.status().directory / "mongod.log"

    with log.open("a") as file:
        file.write("x" * supervisor.LOG_LIMIT_BYTES)

    until(lambda: log.exists() and log.stat().st_size < supervisor.LOG_LIMIT_BYTES)
    assert log.with_suffix(".log.1").stat().st_size >= supervisor.LOG_LIMIT_BYTES


def test_what_keeps_it_from_starting_is_said(mongod: EmbeddedMongo, tmp_path: Path) -> None:
    broken = tmp_path / "mongo" / "data" / "storage.bson"
    broken.parent.mkdir(parents=True)
    broken.write_text("not what mongod wrote")

    with pytest.raises(EmbeddedMongoUnavailable, match=r"does not start \(mongod ends with code \d+.*mongod\.log"):
        mongod.uri()

    assert mongod.status().users == []


def test_a_machine_without_mongod_is_told_what_to_do() -> None:
    with pytest.raises(EmbeddedMongoUnavailable, match=r"\(none is installed\): set MONGODB_URI to"):
        first_that_runs([])


def test_a_library_that_mongod_misses_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "mongod"
    binary.write_text(
        "#!/bin/sh\n"
        "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2\n"
        "exit 127\n"
    )
    binary.chmod(0o700)

    with pytest.raises(EmbeddedMongoUnavailable, match=r"libcurl\.so\.4 is missing; .* apt-get install libcurl4"):
        first_that_runs([binary])


def test_a_binary_that_does_not_run_is_passed_over_for_one_that_does(tmp_path: Path) -> None:
    absent, silent, too_new, good = (tmp_path / name for name in ("absent", "silent", "too_new", "good"))
    silent.write_text("#!/bin/sh\nexit 3\n")
    too_new.write_text("#!/bin/sh\nkill -ILL $$\n")
    good.write_text("#!/bin/sh\nexit 0\n")
    for binary in (silent, too_new, good):
        binary.chmod(0o700)

    assert first_that_runs([absent, silent, too_new, good]) == good
    with pytest.raises(EmbeddedMongoUnavailable, match=r"absent.*silent --version ends with code 3.*lacks AVX"):
        first_that_runs([absent, silent, too_new])


@pytest.mark.usefixtures("database")
def test_the_command_shows_and_does_not_stop_what_is_used() -> None:
    status, uri = StringIO(), StringIO()

    call_command("embedded_mongo", "status", stdout=status)
    call_command("embedded_mongo", "uri", stdout=uri)

    assert f"Used by: {os.getpid()}" in status.getvalue()
    with MongoClient(uri.getvalue().strip()) as client:
        assert client.admin.command("hello")["isWritablePrimary"]
    with pytest.raises(CommandError, match=f"in use by process {os.getpid()}"):
        call_command("embedded_mongo", "stop")


@pytest.mark.parametrize("action", ["status", "uri"])
def test_the_command_ends_with_3_where_it_is_stopped(action: str, tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path

    with pytest.raises(CommandError, match="Stopped") as caught:
        call_command("embedded_mongo", action)

    assert caught.value.returncode == 3


def test_the_command_stops_what_nobody_uses(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path
    mongod = EmbeddedMongo(tmp_path / "mongo")
    mongod.uri()
    mongod.release()

    call_command("embedded_mongo", "stop", stdout=StringIO())

    assert mongod.status().running is None


def test_the_command_says_so_where_the_database_is_another(settings) -> None:
    settings.MONGODB_URI = "mongodb://db.example.com/"

    with pytest.raises(CommandError, match="MONGODB_URI is set"):
        call_command("embedded_mongo", "status")
