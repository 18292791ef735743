"""Embedded mongods that a test may stop, kill and break, and processes that use them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.mongo.embedded import EmbeddedMongo
from tests.config.mongo.embedded.running_mongods import USER


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
