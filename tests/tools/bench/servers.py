"""The programs that are measured: their settings, as in production, and what the kernel tells of them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from config.mongo.supervisor import end_with_parent

ROOT = Path(__file__).resolve().parents[3]
AUTH_TOKEN = "a1" * 16
PUBLIC_BASE_URL = "https://calls.example.com"
START_SECONDS = 60
_libc = ctypes.CDLL(None)


def as_in_production(var: Path, mongodb_uri: str, **more: str) -> dict[str, str]:
    """Return the settings of a production server that works on this mongod and keeps its files in `var`."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'django.sqlite3'}",
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": "bench",
        "DEBUG": "false",
        "SECRET_KEY": "a-long-text-that-only-the-measuring-has-ever-seen-0123456789-abcdefgh",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_PHONE_NUMBER": "+15005550006",
        "PUBLIC_BASE_URL": PUBLIC_BASE_URL,
        "EMAIL_URL": "",
        "API_REQUESTS_PER_MINUTE": "1000000",  # bounded, as in production, and never reached
        "LOG_LEVEL": "INFO",
        **more,
    }


def as_in_a_trial(var: Path, *, port: int, **more: str) -> dict[str, str]:
    """Return the settings of `make run` on a machine of one's own: nothing is set but where."""
    nothing = dict.fromkeys(as_in_production(var, ""), "")
    where = {"VAR_DIR": str(var), "DATABASE_URL": f"sqlite:///{var / 'django.sqlite3'}", "PORT": str(port)}
    kept = {"DJANGO_SETTINGS_MODULE": "config.settings", "MONGODB_DATABASE": "bench", "LOG_LEVEL": "INFO"}
    return nothing | {"TWILIO_API_BASE_URL": ""} | where | kept | more


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """A program that was started, and all that it started."""

    def __init__(self, words: list[str], settings: Mapping[str, str], *, log: Path) -> None:
        """Start Python with these words; what it says goes to the log. It ends with this process."""
        self.log = log
        with log.open("ab") as said:
            self._root = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                process_group=0,
                preexec_fn=end_with_parent,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def ids(self) -> list[int]:
        return family(self._root.pid)

    def is_alive(self) -> bool:
        """Return whether the program still runs."""
        return self._root.poll() is None

    def wait_for_end(self) -> int:
        """Wait until the program has ended; return its exit code."""
        return self._root.wait()

    def end(self) -> None:
        for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._root.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._root.wait(patience)


class Server(Processes):
    """A web server on a port of this machine, and its workers."""

    def __init__(self, words: list[str], settings: Mapping[str, str], *, log: Path, port: int = 0) -> None:
        """Start it; `PORT` among the words stands for the port."""
        self.port = port or free_port()
        super().__init__([str(self.port) if word == "PORT" else word for word in words], settings, log=log)

    def wait(self) -> Self:
        """Wait until it answers. :raises RuntimeError: it does not."""
        until = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if not self.is_alive() or time.monotonic() > until:
                raise RuntimeError(f"A server does not start: {self.log.read_text()[-3000:]}")
            time.sleep(0.05)
        return self

    def cpu_seconds(self) -> float:
        """Return the user and system time of all its processes so far."""
        return sum(cpu_seconds(process) for process in self.ids)


def answers(port: int) -> bool:
    """Return whether an HTTP server answers on the port, whatever it says."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/is-anybody-there")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, unseen = [], [pid]
    while unseen:
        found.append(unseen.pop())
        unseen += children.get(found[-1], [])
    return found


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of the process and its threads, as in /proc but to the nanosecond; 0 if gone."""
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    try:
        return time.clock_gettime(clock.value)
    except OSError:
        return 0.0


def reaped_cpu_seconds(pid: int) -> float:
    """Return the user and system time of the children of the process that have ended; 0 where it is gone itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> tuple[int, int]:
    """Return what the process has in memory, and its share of that where others have the same (RSS, PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = dict(line.split(":") for line in lines if ":" in line and line.endswith("kB"))
    return tuple(int(found[name].split()[0]) * 1024 for name in ("Rss", "Pss"))
