"""The processes of a run: two MongoDB servers, and a Callflow as in production but for its addresses."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from config.mongo.embedded import find_mongod
from config.mongo.supervisor import JOURNAL, end_with_parent
from tests.tools.torture import process_faults, shifted_clock

ADDRESS = "127.0.0.1"
ROOT = Path(__file__).parents[3]
START_SECONDS = 60
OF_A_KIND = 2
# What is started otherwise than in production: what is told, and what can be killed
IN_PRODUCTION = {"config.asgi:application": "tests.tools.torture.asgi:application", "error": "info"}
JOBS = ["-m", "tests.tools.torture.jobs"]
# What the logs say when a process begins, and when it is at work
RUNNER_BEGUN, RUNNER_READY = "The runner begins", "The jobs run until"
WORKER_READY = "Started server process [{}]"


def free_port() -> int:
    """Return a port that is free, outside of the range from which outgoing connections take theirs."""
    while True:
        port = 20000 + int.from_bytes(os.urandom(4)) % 10000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ADDRESS, port))
            return port


class Process:
    """A program of ours, its output in a log of its own; it ends with this process whatever that dies of."""

    def __init__(self, words: list[str], *, log: Path, environment: dict[str, str]) -> None:
        self.words, self.log, self.environment = words, log, environment
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.words,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )

    def kill(self) -> None:
        self.running.kill()
        self.running.wait()

    def end(self) -> None:
        """Ask it to end; kill it if it does not."""
        self.running.terminate()
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


class Mongod(Process):
    """A MongoDB server: a replica set of one, writes acknowledged once they are in the journal.

    It listens on a socket in the run's folder, which no other user of the machine can enter.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self.name, self.socket = name, str(directory / f"{name}.sock")
        self.uri = f"mongodb://{quote(self.socket, safe='')}/?directConnection=true&w=majority&journal=true"
        data = directory / name
        data.mkdir()
        options = {
            "--dbpath": data,
            "--bind_ip": self.socket,
            "--replSet": "torture",
            "--wiredTigerCacheSizeGB": 0.25,
            "--wiredTigerEngineConfigString": JOURNAL,
            "--oplogSize": 64,
            "--setParameter": "diagnosticDataCollectionEnabled=false",
        }
        words = [str(word) for option in options.items() for word in option]
        super().__init__(
            [str(find_mongod()), *words, "--nounixsocket", "--quiet"],
            log=directory / f"{name}.log",
            environment=dict(os.environ),
        )
        self.client: MongoClient[dict[str, Any]] = MongoClient(self.uri, tz_aware=True, serverSelectionTimeoutMS=2000)
        self._wait_until(
            lambda: self.client.admin.command("replSetInitiate", {"_id": "torture", "members": [self._me]})
        )
        self.wait_for_writes()

    @property
    def _me(self) -> dict[str, Any]:
        return {"_id": 0, "host": self.socket}

    def wait_for_writes(self) -> None:
        self._wait_until(lambda: self.client.admin.command("hello")["isWritablePrimary"])

    def _wait_until(self, is_so: Any) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(PyMongoError):
                if is_so():
                    return
            time.sleep(0.1)
        raise TimeoutError(f"{self.name} does not come up: see {self.log}")


class Callflow:
    """The Callflow under test: its mongod, its web server with two workers, two job runners."""

    def __init__(self, directory: Path, settings: dict[str, str]) -> None:
        self.directory = directory
        self.mongod = Mongod(directory, "callflow-mongod")
        self.database = self.mongod.client["callflow"]
        self.environment = (
            os.environ
            | settings
            | {
                "MONGODB_URI": self.mongod.uri,
                "MONGODB_DATABASE": "callflow",
                "VAR_DIR": str(directory / "var"),
                shifted_clock.DIRECTORY: str(directory),
            }
        )
        self.port = settings["PORT"]
        self.is_away = threading.Event()
        self.outages: list[tuple[float, float]] = []  # from when to when, in seconds of the machine's clock
        self._back_at = 0.0
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._revive, name="reviving", daemon=True)

    def write_seed_data(self, seed: int, calls: int) -> str:
        """Make the database, the people and the slots; return the recruiter's token."""
        words = [sys.executable, "-m", "tests.tools.torture.seed_data", str(seed), str(calls)]
        made = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        (self.directory / "scene.log").write_text(made.stderr)
        if made.returncode:
            raise RuntimeError(f"The scene could not be set: see {self.directory / 'scene.log'}")
        return made.stdout.splitlines()[-1]

    def start(self) -> None:
        """Start the web server and the job runners, which are started again whenever they die."""
        from config.management.commands.serve import WEB  # needs Django to be set up

        web = [IN_PRODUCTION.get(word, word) for word in WEB]
        words = [sys.executable, *web, "--host", ADDRESS, "--port", self.port]
        self.web = Process(words, log=self.directory / "web.log", environment=self.environment)
        self.runners = [
            Process([sys.executable, *JOBS], log=self.directory / f"jobs-{number}.log", environment=self.environment)
            for number in range(OF_A_KIND)
        ]
        self._watch.start()
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > end:
                raise TimeoutError(f"The web server does not answer: see {self.directory / 'web.log'}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, HTTPException):
            connection = HTTPConnection(ADDRESS, int(self.port), timeout=10)
            connection.request("GET", "/list-candidates")
            return connection.getresponse().status == HTTPStatus.UNAUTHORIZED
        return False

    def _revive(self) -> None:
        """Start again what died; here, as the kernel ends a process together with the thread that started it."""
        while not self._is_over.wait(0.1):
            for process in [self.web, *self.runners]:
                if process.running.poll() is not None:
                    process.start()
            if self.mongod.running.poll() is not None and time.monotonic() >= self._back_at:
                self.mongod.start()

    def web_workers(self) -> list[int]:
        """Return the process ids of the web server's workers."""
        main = self.web.running.pid
        try:
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        except FileNotFoundError:  # the server itself is being started again
            return []
        return [int(pid) for pid in children if "spawn_main" in _words_of(pid)]

    def wait_until_whole(self, kind: str) -> None:
        """Wait until both processes of that kind are at work: who kills the last one shows only that nobody is left."""
        end = time.monotonic() + START_SECONDS
        while not self._is_whole(kind) and time.monotonic() < end:
            time.sleep(0.2)

    def _is_whole(self, kind: str) -> bool:
        if kind == "web":
            living, said = self.web_workers(), (self.directory / "web.log").read_text(errors="replace")
            return len(living) == OF_A_KIND and all(WORKER_READY.format(pid) in said for pid in living)
        said = [runner.log.read_text(errors="replace") for runner in self.runners]
        is_ready = all(text.count(RUNNER_BEGUN) == text.count(RUNNER_READY) for text in said)
        return is_ready and all(runner.running.poll() is None for runner in self.runners)

    def kill_any(self, kind: str, draw: Any) -> None:
        """Kill a process of that kind at whatever moment this is, and note it as the others are."""
        pids = self.web_workers() if kind == "web" else [runner.running.pid for runner in self.runners]
        if pids:
            victim = draw.choice(pids)
            note = process_faults.died_of(process_faults.orders_of(kind, self.directory) / process_faults.ANY, victim)
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                note.touch()

    def lose_mongod(self, seconds: float) -> None:
        """Kill mongod, and start it again after as long as that."""
        self.is_away.set()
        began = time.time()
        self._back_at = time.monotonic() + seconds
        self.mongod.kill()
        time.sleep(seconds)
        self.mongod.wait_for_writes()
        self.outages.append((began, time.time()))
        self.is_away.clear()

    def end(self) -> None:
        self._is_over.set()
        self._watch.join()
        for process in [self.web, *self.runners, self.mongod]:
            process.end()
        self.mongod.client.close()


def _words_of(pid: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return ""
