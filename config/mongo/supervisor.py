"""The supervisor of the embedded mongod: a small process that runs it while any other process uses it.

It is started by `python -S -m config.mongo.supervisor`, where no installed package can be imported. So it imports the
standard library only, and config/mongo/__init__.py stays empty.

mongod listens on a socket in its own folder, which no other user of the machine can enter, and on no port.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, Self

from config.files import write_whole

REPLICA_SET = "callflow"
# From the folder it works in: the same wherever that lies or is moved to, and never too long for a socket
SOCKET = "./mongod.sock"
LOG_LIMIT_BYTES = 4 * 1024 * 1024
# Journal files of 8 MB made when needed, instead of three of 100 MB made ahead: 300 MB less disk, and half the start
JOURNAL = "log=(file_max=8MB,prealloc=false)"
PARAMETERS = [
    ("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # A transaction whose process was killed holds its slot and its candidate until then; ours take milliseconds
    ("--setParameter", "transactionLifetimeLimitSeconds=3"),
]


class Paths:
    """The files of one embedded mongod, by the names that its supervisor and its users both know.

    `users` is locked (flock) by every process that uses it, shared; `lock` by its supervisor, alone. The kernel
    frees both whatever a process dies of. Older versions know the files by these names, too: they do not change.
    """

    def __init__(self, directory: Path) -> None:
        """Name the files; none is touched."""
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.users = self.directory / "users"
        self.lock = self.directory / "keeper.lock"
        self.socket = self.directory / SOCKET
        self.running = self.directory / "running.json"
        self.failure = self.directory / "failure"
        self.log = self.directory / "mongod.log"


class Running(NamedTuple):
    """Which processes run, by their ids, as the supervisor wrote it down.

    `port` is that of a mongod that an older version runs. In the file the supervisor is the `keeper`, which was its
    name when the first of them were written.
    """

    supervisor: int
    mongod: int
    port: int | None = None

    @classmethod
    def read(cls, paths: Paths) -> Self | None:
        """Return what was written last; None where nothing was, or it is damaged.

        A supervisor that was killed leaves its file behind: see the lock for whether it runs.
        """
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            stored = json.loads(paths.running.read_text())
            found = cls(stored["keeper"], stored["mongod"], stored.get("port"))
            if all(type(process) is int and process > 0 for process in found[:2]):  # they are signalled; 0 is all of us
                return found
        return None

    def write(self, paths: Paths) -> None:
        write_whole(paths.running, json.dumps({"keeper": self.supervisor, "mongod": self.mongod}))


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
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return not take_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies, kill -9 included. Linux only; a no-op elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


class Supervisor:
    """The parent of one mongod."""

    def __init__(self, paths: Paths, binary: str, linger_seconds: float) -> None:
        """Open the files and catch the signals. The caller holds the supervisor's lock."""
        self.paths = paths
        self.binary = binary
        self.linger_seconds = linger_seconds
        self.users = open_lock(paths.users)
        self.stop_requested = False
        self.idle_since: float | None = None
        # Each signal writes into this pipe, so that `watch` wakes up from select() at once
        self.wakeups, writer = os.pipe()
        os.set_blocking(self.wakeups, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.request_stop)

    def request_stop(self, *_: object) -> None:
        """Stop mongod and end, whoever still uses it: the machine shuts down, or an operator says so."""
        self.stop_requested = True

    def run(self) -> None:
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
            note_failure(self.paths, f"mongod ends with code {mongod.returncode}{last_error(self.paths.log)}")
        self.paths.running.unlink(missing_ok=True)

    def end_predecessor(self) -> None:
        """Wait for the mongod of a supervisor that was killed, which ends with it or is ended here."""
        before = Running.read(self.paths)
        self.paths.running.unlink(missing_ok=True)
        mongod_lock = self.paths.data / "mongod.lock"
        if before and is_locked(mongod_lock):
            with contextlib.suppress(ProcessLookupError):
                os.kill(before.mongod, signal.SIGTERM)
        until = time.monotonic() + 30
        while is_locked(mongod_lock) and time.monotonic() < until:
            time.sleep(0.05)

    def start(self) -> subprocess.Popen[bytes]:
        self.paths.data.mkdir(exist_ok=True)
        self.rotate_log()
        options = {
            "--dbpath": self.paths.data,
            "--bind_ip": SOCKET,
            "--filePermissions": "0600",
            "--replSet": REPLICA_SET,
            "--logpath": self.paths.log,
            "--logRotate": "reopen",
            "--wiredTigerCacheSizeGB": 0.25,
            "--wiredTigerEngineConfigString": JOURNAL,
            "--oplogSize": 32,
        }
        words = [str(word) for option in (*options.items(), *PARAMETERS) for word in option]
        mongod = subprocess.Popen(  # noqa: S603 - our own binary and words
            [self.binary, *words, "--logappend", "--nounixsocket", "--quiet"],  # no socket but the one it binds to
            cwd=self.paths.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        Running(os.getpid(), mongod.pid).write(self.paths)
        return mongod

    def watch(self, mongod: subprocess.Popen[bytes]) -> bool:
        """Wait until it is time to stop (True) or mongod died (False)."""
        while mongod.poll() is None:
            if self.stop_requested or self.is_unused():
                return True
            if self.rotate_log():
                mongod.send_signal(signal.SIGUSR1)
            select.select([self.wakeups], [], [], 0.5)
            with contextlib.suppress(BlockingIOError):
                os.read(self.wakeups, 1024)
        return self.stop_requested

    def is_unused(self) -> bool:
        """Return whether nobody has used mongod for a while; then new users wait until this process has ended."""
        if not take_lock(self.users):
            self.idle_since = None
            return False
        self.idle_since = self.idle_since or time.monotonic()
        if time.monotonic() - self.idle_since >= self.linger_seconds:
            return True
        fcntl.flock(self.users, fcntl.LOCK_UN)
        return False

    def rotate_log(self) -> bool:
        """Put a log that grew too long aside, over the one before it, and return whether that was done."""
        log = self.paths.log
        if not log.exists() or log.stat().st_size < LOG_LIMIT_BYTES:
            return False
        log.replace(log.with_suffix(".log.1"))
        return True


def note_failure(paths: Paths, why: str) -> None:
    """Write for the users why mongod does not run; on a full disk they learn no more than that it does not."""
    with contextlib.suppress(OSError):
        write_whole(paths.failure, why)


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
    message = ""
    with contextlib.suppress(OSError, ValueError):
        for line in log.read_text(errors="replace").splitlines()[-200:]:
            entry = json.loads(line)
            error = entry.get("attr", {}).get("error")
            if entry["s"] in {"E", "F"} and error:
                message = f": {entry['msg']}, {error.get('errmsg') if isinstance(error, dict) else error}"
    return message


def main(directory: str, binary: str, lock: str, linger_seconds: str) -> None:
    """Detach from the caller, who waits for no more, and run mongod. `lock` is the descriptor of the held lock."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    os.set_inheritable(int(lock), False)
    paths = Paths(Path(directory))
    try:
        Supervisor(paths, binary, float(linger_seconds)).run()
    except OSError as error:
        note_failure(paths, str(error))
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
