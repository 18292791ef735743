"""What is said where nothing can be kept: one sentence, whichever command is given."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.machine import small_disk

pytestmark = pytest.mark.slow

COMMANDS = [["serve"], ["prepare"], ["embedded_mongo", "status"]]


def error_of(command: list[str], var: Path, **environment: str) -> str:
    """Return the one line that the command ends with, having failed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    run = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"VAR_DIR": str(var), "DATABASE_URL": "", "PORT": str(port)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode
    (line,) = run.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_var_that_is_no_folder(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "var").touch()

    assert error_of(command, tmp_path / "var") == (
        f"ImproperlyConfigured: VAR_DIR cannot be used: {tmp_path}/var is a file: move it away, or name another folder."
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_secret(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()

    assert error_of(command, tmp_path).startswith(
        f"ImproperlyConfigured: {tmp_path}/secret_key is damaged: put it back from a backup, or delete it"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("serve", "The embedded mongod cannot be kept here: {var}/mongo: Read-only file system. Let us write there"),
        ("prepare", "The embedded mongod cannot be kept here: {var}/mongo: Read-only file system. Let us write there"),
        ("embedded_mongo status", "Stopped. Its data: {var}/mongo"),
    ],
)
def test_a_disk_that_takes_no_writes(command: str, message: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="64m") as disk:
        error_of(["embedded_mongo", "status"], disk.folder)
        disk.protect()

        assert error_of(command.split(), disk.folder).startswith(f"CommandError: {message.format(var=disk.folder)}")


@pytest.mark.parametrize("command", ["serve", "prepare"])
def test_a_full_disk(command: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="16k") as disk:
        error_of(["embedded_mongo", "status"], disk.folder)

        message = error_of([command], disk.folder)

    assert message.startswith("CommandError: The embedded mongod ")
    assert "No space left on device" in message or f"no room is left in {tmp_path}/disk/mongo" in message


@pytest.mark.parametrize("command", ["serve", "prepare"])
@pytest.mark.usefixtures("database")
def test_damaged_tables(command: str, var: Path, tmp_path: Path) -> None:
    tables = tmp_path / "django.sqlite3"
    tables.write_text("no tables" * 1000)

    assert error_of([command], var, DATABASE_URL=f"sqlite:///{tables}") == (
        f"CommandError: Django's tables in {tables} cannot be made or read: file is not a database."
    )
