import hmac
from collections.abc import Iterator

import pytest
from pymongo.database import Database

from candidates.suppression import number_id
from candidates.suppression.documents import SuppressionKey
from tests.candidates.races import run_processes

pytestmark = pytest.mark.slow

PHONE = "+919876543210"
PROCESSES = 2


@pytest.fixture
def empty_database(database: Database) -> Iterator[Database]:
    yield database.client["callflow_key_test"]
    database.client.drop_database("callflow_key_test")


def test_processes_that_make_the_key_at_once_have_the_same(empty_database: Database) -> None:
    ready, hashes = run_processes(
        PROCESSES, "tests.candidates.suppression.hashing_process", PHONE, MONGODB_DATABASE=empty_database.name
    )

    keys = [each["key"] for each in empty_database["suppression_keys"].find()]
    assert ready == ["ready\n"] * PROCESSES
    assert [len(key) for key in keys] == [32]
    assert hashes == [[hmac.digest(keys[0], PHONE.encode(), "sha256").hex()]] * PROCESSES


@pytest.mark.usefixtures("database")
def test_the_hash_does_not_depend_on_the_secret_key(settings) -> None:
    before = number_id(PHONE)
    settings.SECRET_KEY = "another one"

    assert number_id(PHONE) == before


@pytest.mark.usefixtures("database")
def test_the_key_stands_in_the_database() -> None:
    hashed = number_id(PHONE)

    assert hmac.digest(SuppressionKey.objects.get().key, PHONE.encode(), "sha256").hex() == hashed


@pytest.mark.usefixtures("database")
def test_numbers_differ() -> None:
    assert number_id(PHONE) != number_id("+919876543211")
