"""Keeps the embedded mongod running while any process uses it: a small process of its own, standard library only."""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, Self

ADDRESS = "127.0.0.1"
REPLICA_SET = "callflow"
PATIENCE_SECONDS = 10.0  # for a mongod that is still ending: clients that are connected know no other port
LOG_LIMIT_BYTES = 4 * 1024 * 1024
# Journal files of 8 MB made when needed, instead of three of 100 MB made ahead: 300 MB less disk, and half the start
JOURNAL = "log=(file_max=8MB,prealloc=false)"
PARAMETERS = [
    ("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # A transaction whose process was killed holds its slot and its candidate until then; ours take milliseconds
    ("--setParameter", "transactionLifetimeLimitSeconds=3"),
]


class Place:
    """The files of one embedded mongod, by the names that its keeper and its users both know.

    `users` is locked (flock) by every process that uses it, shared; `lock` by its keeper, alone. The kernel
    frees both whatever a process dies of.
    """

    def __init__(self, directory: Path) -> None:
        """Name the files; none is touched."""
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.users = self.directory / "users"
        self.lock = self.directory / "keeper.lock"
        self.port = self.directory / "port"
        self.running = self.directory / "running.json"
        self.failure = self.directory / "failure"
        self.log = self.directory / "mongod.log"


class Running(NamedTuple):
    """What runs where, as the keeper wrote it down."""

    keeper: int
    mongod: int
    port: int

    @classmethod
    def read(cls, place: Place) -> Self | None:
        """Return what the keeper last wrote, or None where nothing runs. A killed keeper leaves its note behind."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(place.running.read_text()))
        return None

    def write(self, place: Place) -> None:
        """Write it down at one stroke, so that no reader sees half of it."""
        draft = place.running.with_suffix(".new")
        draft.write_text(json.dumps(self._asdict()))
        draft.replace(place.running)


def open_lock(path: Path) -> int:
    """Return a descriptor of the lock file, made where there is none. Programs started later do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def take_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock, without waiting, and return whether it was free."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether any process holds the lock alone."""
    if not path.exists():
        return False
    descriptor = open_lock(path)
    try:
        return not take_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies, kill -9 included. Linux only; a no-op elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


class Keeper:
    """The parent of one mongod."""

    def __init__(self, place: Place, binary: str, linger_seconds: float) -> None:
        """Open what the keeping needs. The caller holds the keeper's lock."""
        self.place = place
        self.binary = binary
        self.linger_seconds = linger_seconds
        self.users = open_lock(place.users)
        self.asked_to_leave = False
        self.idle_since: float | None = None
        self.patience_seconds = 0.0
        self.bell, ring = os.pipe()
        os.set_blocking(self.bell, False)
        os.set_blocking(ring, False)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.leave)

    def leave(self, *_: object) -> None:
        """Stop mongod and end, whoever still uses it: the machine shuts down, or an operator says so."""
        self.asked_to_leave = True

    def keep(self) -> None:
        """Run mongod until nobody uses it; start it anew when it dies, and give up when it dies at each start."""
        self.end_predecessor()
        failures = 0
        while failures < 3:
            mongod, started = self.start(), time.monotonic()
            if self.watch(mongod):
                stop(mongod)
                break
            is_failure = mongod.returncode != -signal.SIGKILL and time.monotonic() - started < 10
            failures = failures + 1 if is_failure else 0
            if failures:
                time.sleep(0.5)
        else:
            self.place.failure.write_text(f"mongod ends with code {mongod.returncode}{last_error(self.place.log)}")
        self.place.running.unlink(missing_ok=True)

    def end_predecessor(self) -> None:
        """Wait for the mongod of a keeper that was killed, which ends with it or is ended here."""
        before = Running.read(self.place)
        self.patience_seconds = PATIENCE_SECONDS if before else 0
        self.place.running.unlink(missing_ok=True)
        mongod_lock = self.place.data / "mongod.lock"
        if before and is_locked(mongod_lock):
            with contextlib.suppress(ProcessLookupError):
                os.kill(before.mongod, signal.SIGTERM)
        until = time.monotonic() + 30
        while is_locked(mongod_lock) and time.monotonic() < until:
            time.sleep(0.05)

    def start(self) -> subprocess.Popen[bytes]:
        """Start mongod on the port it had, or on another where that is taken."""
        port = choose_port(self.place.port, patience_seconds=self.patience_seconds)
        self.patience_seconds = PATIENCE_SECONDS
        self.place.data.mkdir(exist_ok=True)
        self.bound_log()
        options = {
            "--dbpath": self.place.data,
            "--port": port,
            "--bind_ip": ADDRESS,
            "--replSet": REPLICA_SET,
            "--logpath": self.place.log,
            "--logRotate": "reopen",
            "--wiredTigerCacheSizeGB": 0.25,
            "--wiredTigerEngineConfigString": JOURNAL,
            "--oplogSize": 32,
        }
        words = [str(word) for option in (*options.items(), *PARAMETERS) for word in option]
        mongod = subprocess.Popen(  # noqa: S603 - our own binary and words
            [self.binary, *words, "--logappend", "--nounixsocket", "--quiet"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        Running(os.getpid(), mongod.pid, port).write(self.place)
        return mongod

    def watch(self, mongod: subprocess.Popen[bytes]) -> bool:
        """Wait until it is time to stop (True) or mongod died (False)."""
        while mongod.poll() is None:
            if self.asked_to_leave or self.is_left():
                return True
            if self.bound_log():
                mongod.send_signal(signal.SIGUSR1)
            select.select([self.bell], [], [], 0.5)
            with contextlib.suppress(BlockingIOError):
                os.read(self.bell, 1024)
        return self.asked_to_leave

    def is_left(self) -> bool:
        """Return whether nobody has used mongod for a while; then new users wait until this process has ended."""
        if not take_lock(self.users):
            self.idle_since = None
            return False
        self.idle_since = self.idle_since or time.monotonic()
        if time.monotonic() - self.idle_since >= self.linger_seconds:
            return True
        fcntl.flock(self.users, fcntl.LOCK_UN)
        return False

    def bound_log(self) -> bool:
        """Put a log that grew too long aside, over the one before it, and return whether that was done."""
        log = self.place.log
        if not log.exists() or log.stat().st_size < LOG_LIMIT_BYTES:
            return False
        log.replace(log.with_suffix(".log.1"))
        return True


def choose_port(remembered: Path, *, patience_seconds: float) -> int:
    """Return the remembered port, or a free one, then remembered, where it stays taken for as long as that.

    It lies below the range from which kernels take the ports of outgoing connections, so that none of those sits on it.
    """
    port = int(remembered.read_text()) if remembered.exists() else 0
    until = time.monotonic() + patience_seconds
    while port and is_taken(port) and time.monotonic() < until:
        time.sleep(0.05)
    while not 20000 <= port < 30000 or is_taken(port):
        port = 20000 + int.from_bytes(os.urandom(4)) % 10000
    remembered.write_text(str(port))
    return port


def is_taken(port: int) -> bool:
    """Return whether another process listens on the port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return True
    return False


def stop(mongod: subprocess.Popen[bytes]) -> None:
    """Stop mongod cleanly; one that does not end is killed, which loses nothing that it acknowledged."""
    mongod.terminate()
    try:
        mongod.wait(30)
    except subprocess.TimeoutExpired:
        mongod.kill()
        mongod.wait()


def last_error(log: Path) -> str:
    """Return what mongod's log says last of an error, or nothing."""
    said = ""
    with contextlib.suppress(OSError, ValueError):
        for line in log.read_text(errors="replace").splitlines()[-200:]:
            entry = json.loads(line)
            error = entry.get("attr", {}).get("error")
            if entry["s"] in {"E", "F"} and error:
                said = f": {entry['msg']}, {error.get('errmsg') if isinstance(error, dict) else error}"
    return said


def main(directory: str, binary: str, lock: str, linger_seconds: str) -> None:
    """Detach from the caller, who waits for no more, and keep mongod. `lock` is the descriptor of the held lock."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    os.set_inheritable(int(lock), False)
    place = Place(Path(directory))
    try:
        Keeper(place, binary, float(linger_seconds)).keep()
    except OSError as error:
        place.failure.write_text(str(error))
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
