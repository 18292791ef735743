import hmac
import json
import os
import subprocess
import sys
from contextlib import ExitStack

import pytest
from django.conf import settings as project
from pymongo.database import Database

from candidates.suppression import number_id
from candidates.suppression.documents import SuppressionKey

pytestmark = pytest.mark.slow

PHONE = "+919876543210"
PROCESSES = 2


def test_processes_that_make_the_key_at_once_have_the_same(database: Database) -> None:
    empty = "callflow_key_test"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "MONGODB_DATABASE": empty}
    command = [sys.executable, "-m", "tests.candidates.suppression.hashing_process", PHONE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    with ExitStack() as stack:
        stack.callback(database.client.drop_database, empty)
        started = [
            stack.enter_context(subprocess.Popen(command, cwd=project.BASE_DIR, env=environment, **pipes))
            for _ in range(PROCESSES)
        ]
        ready = [process.stdout.readline() for process in started]
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [json.loads(process.communicate()[0]) for process in started]
        keys = [each["key"] for each in database.client[empty]["suppression_keys"].find()]

    assert ready == ["ready\n"] * PROCESSES
    assert [len(key) for key in keys] == [32]
    assert told == [[hmac.digest(keys[0], PHONE.encode(), "sha256").hex()]] * PROCESSES


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
