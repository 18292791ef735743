"""What another user of the machine gets at: nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from pymongo import MongoClient

from config.mongo.embedded import EmbeddedMongo
from tests.machine import as_nobody, ports_of

pytestmark = pytest.mark.slow

# Becomes another user where it is given one, and says what it could read, change and reach
STRANGER = """
import os, sys
from pathlib import Path
from pymongo import MongoClient
from pymongo.errors import PyMongoError
user, addresses, files = int(sys.argv[1]), sys.argv[2].split(), sys.argv[3:]
with MongoClient("127.0.0.1:1", serverSelectionTimeoutMS=1) as client:
    try:
        client.test.things.find_one()  # what pymongo imports late, it cannot as the other
    except PyMongoError:
        pass
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
for address in addresses:
    try:
        with MongoClient(address, directConnection=True, serverSelectionTimeoutMS=500) as client:
            print("found", client.test.things.find_one({"_id": "secret"}))
            print("changed", client.test.things.update_one({"_id": "secret"}, {"$inc": {"changes": 1}}).modified_count)
    except PyMongoError:
        pass
for file in files:
    try:
        Path(file).read_bytes()
        print("read", file)
    except OSError:
        pass
"""


class Installation(NamedTuple):
    """A var/ in a folder that anybody may enter, made by another command before ours ran."""

    var: Path
    addresses: list[str]
    client: MongoClient

    def report_of(self, user: int) -> list[str]:
        """Return what a program of that user gets at; 0 is the owner."""
        files = [str(path) for path in self.var.rglob("*") if path.is_file()]
        words = [sys.executable, "-c", STRANGER, str(user), " ".join(self.addresses), *files]
        run = subprocess.run(words, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
        return run.stdout.splitlines()


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Prepare one, with a mail and a document in it, as a user whose files anybody may read."""
    street = Path(tempfile.mkdtemp(prefix="callflow-street-"))
    street.chmod(0o755)
    var = street / "var"
    var.mkdir()
    var.chmod(0o755)
    embedded = EmbeddedMongo(var / "mongo")
    environment = os.environ | {"VAR_DIR": str(var), "DATABASE_URL": ""}
    for words in (["prepare"], ["sendtestemail", "asha@example.com"]):
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=environment,
            check=True,
            capture_output=True,
            umask=0o022,
        )
    with MongoClient(embedded.uri()) as client:
        client.test.things.insert_one({"_id": "secret", "changes": 0})
        ports = ports_of(embedded.status().running.mongod)
        yield Installation(var, [embedded.uri(), *(f"mongodb://127.0.0.1:{port}" for port in ports)], client)
    embedded.release()
    embedded.stop()
    shutil.rmtree(street)


def test_another_user_of_the_machine_gets_at_nothing(installation: Installation) -> None:
    nobody = as_nobody()["group"]
    before = installation.client.test.things.find_one()

    assert installation.report_of(nobody) == []
    assert installation.client.test.things.find_one() == before


def test_the_owner_gets_at_all_of_it(installation: Installation) -> None:
    report = installation.report_of(0)

    assert report[0].startswith("found {'_id': 'secret'")
    assert report[1] == "changed 1"
    files = ("secret_key", "admin_password", "django.sqlite3", "mongo/data/WiredTiger")
    assert {f"read {installation.var / name}" for name in files} <= set(report)
    assert [line for line in report if "/mail/" in line]


def test_no_file_is_open_to_others_by_itself(installation: Installation) -> None:
    paths = [installation.var, *installation.var.rglob("*")]

    assert [path for path in paths if path.lstat().st_mode & 0o077] == []
