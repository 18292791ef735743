import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pymongo import MongoClient

from config.mongo import supervisor
from config.mongo.embedded import (
    EmbeddedMongo,
    EmbeddedMongoUnavailable,
    find_mongod,
)
from tests.config.mongo.embedded.running_mongods import client_of, running, until
from tests.machine import mongod_on_tcp, ports_of

pytestmark = pytest.mark.slow

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
