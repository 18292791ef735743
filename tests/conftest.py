"""What every test may ask for: a var/ of the test run's own and, from the first use on, a mongod of its own in it."""

import shutil
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.utils import timezone
from mongoengine import connection
from pymongo import WriteConcern
from pymongo.database import Database
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware

from candidates.suppression.documents import SuppressionKey
from config.mongo import client
from tests.factories import NOW

# No test fails because the machine is slow
# As many examples as find what was ever found, not as many as there is time for
hypothesis.settings.register_profile(
    "callflow", deadline=None, max_examples=30, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("callflow")

DATABASE = "callflow_test"
# What takes longest: one test of more than a minute, one of twenty seconds; and a browser that only one worker starts
FIRST_WORKER_BEGINS_WITH = ("tests/tools/torture/test_torture.py", "tests/config/test_scale.py")
SECOND_WORKER_BEGINS_WITH = "tests/browser/"
# No test reaches what the environment or .env of this machine names
UNSET = [
    *("MONGODB_URI", "EMAIL_URL"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER", "PUBLIC_BASE_URL"),
]


@pytest.fixture(scope="session", autouse=True)
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give this test run, and the processes that its tests start, a var/ and a database of their own."""
    directory = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "VAR_DIR", directory)
        patch.setattr(settings, "MONGODB_URI", "")
        patch.setattr(settings, "MONGODB_DATABASE", DATABASE)
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])  # quick
        patch.setenv("VAR_DIR", str(directory))
        patch.setenv("MONGODB_DATABASE", DATABASE)
        patch.setenv("DATABASE_URL", f"sqlite:///{directory / 'django.sqlite3'}")
        for name in UNSET:
            patch.setenv(name, "")
        client.release()
        yield directory
        client.release()
        client.embedded().stop()
        shutil.rmtree(directory)


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_once() -> Iterator[None]:
    """Let WhiteNoise keep which static files there are: it looks for them anew with each test's browser."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def look_once(middleware: WhiteNoiseMiddleware) -> None:
        key = (middleware.static_prefix, middleware.max_age)
        if key not in found:
            look(middleware)
            found[key] = middleware.files
        middleware.files = {**found[key]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(scope="session")
def _indexed(var: Path) -> None:
    """Start the mongod and create the declared indexes, once; what expires stays, as tests live in another time."""
    client.ensure_indexes()
    connection.get_connection().admin.command("setParameter", 1, ttlMonitorEnabled=False)


@pytest.fixture
def database(_indexed: None) -> Database:
    """Return the test run's database on the real mongod, emptied; its indexes stay."""
    return empty(connection.get_db())


def empty(database: Database) -> Database:
    """Delete every document and return the database; the last deletion waits for the disk, for all of them.

    The key of numbers stays, as each process reads it once.
    """
    names = [name for name in database.list_collection_names() if name != SuppressionKey._get_collection_name()]
    for name in names[:-1]:
        database.get_collection(name, write_concern=WriteConcern(w=1, j=False)).delete_many({})
    for name in names[-1:]:
        database[name].delete_many({})
    return database


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Have one worker more than there are cores: tests wait for databases and browsers much of their time."""
    return (yield) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the first worker with the torture, the second with the browser.

    Each worker is given as many tests as any other, in a row, and takes some of another's last ones once it has none.
    """
    first = [item for item in items if item.nodeid.startswith(FIRST_WORKER_BEGINS_WITH)]
    second = [item for item in items if item.nodeid.startswith(SECOND_WORKER_BEGINS_WITH)]
    chosen = {*first, *second}
    others = [item for item in items if item not in chosen]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    before = max(len(items) // workers - len(first), 0)
    items[:] = [*first, *others[:before], *second, *others[before:]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--update` write the recorded conversations anew."""
    parser.addoption("--update", action="store_true", help="write the recorded conversations anew")


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Let the webhooks' and the API's clock stand at the time that the factories begin with."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


@pytest.fixture
def api(database: Database, settings) -> APIClient:
    """Return a caller on this machine while only the simulator can ring, who speaks JSON."""
    settings.DEBUG = settings.SIMULATED = True
    settings.TELEPHONY = "simulator"
    client = APIClient()
    client.default_format = "json"
    return client
