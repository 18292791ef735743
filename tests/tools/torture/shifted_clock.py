"""The clock of the Callflow under test: the machine's, shifted by what a file says, so that its time can leap."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

DIRECTORY = "TORTURE_DIRECTORY"  # the environment variable that names where a run keeps its files


class Clock:
    """A clock that every process of a run reads alike; `leap` moves all of them at once."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "shift"

    def start_at(self, at: datetime) -> None:
        """Let it be that time now."""
        self._write((at - datetime.now(UTC)).total_seconds())

    def leap(self, by: timedelta) -> None:
        """Let time pass at one stroke."""
        self._write(self.shift().total_seconds() + by.total_seconds())

    def shift(self) -> timedelta:
        """Return how far ahead of the machine's clock this one is."""
        return timedelta(seconds=float(self._file.read_text()))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift()

    def _write(self, seconds: float) -> None:
        draft = self._file.with_suffix(f".{os.getpid()}")
        draft.write_text(str(seconds))
        draft.replace(self._file)


def directory() -> Path:
    """Return where this process's run keeps its files."""
    return Path(os.environ[DIRECTORY])


def install() -> None:
    """Have the application in this process live by the clock of its run; it asks the time here alone."""
    timezone.now = Clock(directory()).now
