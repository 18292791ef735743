import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pymongo import MongoClient

from config.mongo.embedded import (
    EmbeddedMongo,
)

pytestmark = pytest.mark.slow


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
