"""Kills or stops this process at a given moment: a listener to its MongoDB commands, unknown to the application.

An order is a file named for who is to die and when. Who claims it, by renaming it, dies; or, where it says so, is
stopped until somebody lets it go on.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any, NamedTuple

from pymongo import monitoring

DIED, STOPPED, STOP = "died", "stopped", "stop"
ANY = "at any moment"


class Moment(NamedTuple):
    """A MongoDB command whose beginning (`is_before`) or acknowledged end is the moment to die."""

    is_before: bool
    command: str
    collection: str = ""
    says: str = ""

    def is_now(self, name: str, command: str, collection: object) -> bool:
        return name == self.command and (not self.collection or collection == self.collection) and self.says in command


AFTER, BEFORE = False, True
ON_BOTH = {
    "attempt claimed, call not placed": Moment(AFTER, "findAndModify", "candidates", "'placing'"),
    "session saved, call not placed": Moment(AFTER, "insert", "sessions"),
    "call placed, not recorded": Moment(BEFORE, "update", "candidates", "'initiated'"),
    "call ended, nobody told": Moment(AFTER, "update", "sessions", "'$set': {'outcome'"),
    "outcome recorded, not noted as told": Moment(BEFORE, "update", "sessions", "'$set': {'recorded_at'"),
}
OF_WEB = ON_BOTH | {
    "slot held, not offered": Moment(AFTER, "findAndModify", "slots", "'held'"),
    "booking not committed": Moment(BEFORE, "commitTransaction"),
    "booking committed, nobody told": Moment(AFTER, "commitTransaction"),
    "turn answered, not stored": Moment(BEFORE, "findAndModify", "sessions", "'$push': {'turns'"),
    "turn stored, not answered": Moment(AFTER, "findAndModify", "sessions", "'$push': {'turns'"),
    "invitation queued, turn not stored": Moment(AFTER, "update", "interviews", "'invitation'"),
}
OF_JOBS = ON_BOTH | {
    "invitation claimed, not mailed": Moment(AFTER, "findAndModify", "interviews", "'sending'"),
    "invitation mailed, not noted": Moment(BEFORE, "update", "interviews", "'sent'"),
    "follow-up mailed, not noted": Moment(BEFORE, "update", "follow_ups", "'sent'"),
}
MOMENTS = {"web": OF_WEB, "jobs": OF_JOBS}


class ProcessFaults(monitoring.CommandListener):
    """Watches the commands of one process, which is of that kind (`web` or `jobs`)."""

    def __init__(self, kind: str, directory: Path) -> None:
        self._moments = MOMENTS[kind]
        self._orders = orders_of(kind, directory)
        self._awaited: dict[int, tuple[list[str], str]] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Die, if it is the moment; or remember what to do once the command has succeeded."""
        text = repr(event.command) if event.command_name in {"findAndModify", "update", "insert"} else ""
        collection = event.command.get(event.command_name)
        found = [name for name, moment in self._moments.items() if moment.is_now(event.command_name, text, collection)]
        for name in found:
            if self._moments[name].is_before:
                self._die_if_ordered(name, text)
        if found:
            self._awaited[event.request_id] = [name for name in found if not self._moments[name].is_before], text

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        names, text = self._awaited.pop(event.request_id, ([], ""))
        for name in names:
            self._die_if_ordered(name, text)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._awaited.pop(event.request_id, None)

    def _die_if_ordered(self, name: str, text: str) -> None:
        order = self._orders / name
        if self._is_stopped(order):
            return
        died = died_of(order, os.getpid())
        try:
            order.rename(died)
        except FileNotFoundError:
            return
        died.write_text(text)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)  # a signal may take an instant to arrive

    def _is_stopped(self, order: Path) -> bool:
        """Stop where that is the order; return, when let go on, whether it was."""
        stopped = order.parent / STOPPED / f"{os.getpid()}"
        try:
            if order.read_text() != STOP:
                return False
            order.rename(stopped)
        except FileNotFoundError:
            return False
        os.kill(os.getpid(), signal.SIGSTOP)
        return True


def stopped(kind: str, directory: Path) -> int | None:
    """Return the process of that kind that stands stopped, None where none does; it is told once."""
    for path in (orders_of(kind, directory) / STOPPED).iterdir():
        path.unlink()
        return int(path.name)
    return None


def orders_of(kind: str, directory: Path) -> Path:
    """Return where the orders for processes of that kind are laid, made where it is missing."""
    orders = directory / "orders" / kind
    for name in (DIED, STOPPED):
        (orders / name).mkdir(parents=True, exist_ok=True)
    return orders


def died_of(order: Path, process: int) -> Path:
    """Return what the order is named once it was carried out on the process, now."""
    return order.parent / DIED / f"{order.name}.{process}.{time.time_ns()}"


def watch(kind: str, directory: Path) -> None:
    """Have every MongoDB client that this process opens from now on watched."""
    monitoring.register(ProcessFaults(kind, directory))


def deaths(kind: str, directory: Path) -> list[dict[str, Any]]:
    """Return who died of what, and when, in seconds of the machine's clock."""
    found = []
    for path in sorted((orders_of(kind, directory) / DIED).iterdir()):
        moment, process, at = path.name.rsplit(".", 2)
        found.append(
            {"kind": kind, "moment": moment, "process": int(process), "at": int(at) / 1e9, "text": path.read_text()}
        )
    return found
