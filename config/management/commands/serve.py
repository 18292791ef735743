"""Runs all of it on one machine: prepares the database, then keeps the web server and the jobs going until Ctrl-C."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.management.commands.prepare import ADMIN, admin_password, password_file
from config.mongo import client
from config.mongo.embedded import EmbeddedMongoInUse
from config.mongo.supervisor import end_with_parent

ANSWER_SECONDS = 60
STOP_SECONDS = 10
REVIVALS_PER_MINUTE = 3
# Fewer connections than the 1,024 files a process may usually open.
# What a proxy forwards is read by config.security.request_source alone
# A worker that is silent for half a minute is replaced; one that is merely busy is not
WEB = [
    *("-m", "uvicorn", "config.asgi:application", "--http", "config.server.connections:Connection", "--loop", "uvloop"),
    *("--workers", str(min(2, os.cpu_count() or 1)), "--backlog", "1024", "--limit-concurrency", "800"),
    *("--ws", "none", "--no-proxy-headers", "--no-server-header", "--no-access-log", "--log-level", "error"),
    *("--lifespan", "on", "--timeout-keep-alive", "8", "--timeout-graceful-shutdown", "8"),
    *("--timeout-worker-healthcheck", "30"),
]
JOBS = ["manage.py", "run_jobs"]


class Child:
    """A process of ours, started anew when it dies."""

    def __init__(self, name: str, words: list[str], *, pause_seconds: float = 1) -> None:
        """Start Python with these words, in a process group of its own, so that Ctrl-C reaches us alone."""
        self.name = name
        self.words = [sys.executable, *words]
        self.pause_seconds = pause_seconds
        self.deaths: list[float] = []
        self.start()

    def start(self) -> None:
        """Start the process; it ends with this one, whatever this one dies of."""
        self.process = subprocess.Popen(  # noqa: S603 - our own words
            self.words,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=end_with_parent,
        )

    def revive(self) -> str:
        """Start the process again if it died, and return what to say of it; nothing where it lives.

        :raises CommandError: it died too often.
        """
        code = self.process.poll()
        if code is None:
            return ""
        now = time.monotonic()
        self.deaths = [death for death in self.deaths if now - death < 60] + [now]
        if len(self.deaths) > REVIVALS_PER_MINUTE:
            raise CommandError(f"{self.name} ended {len(self.deaths)} times within a minute, last with code {code}.")
        self.kill()
        time.sleep(self.pause_seconds)
        self.start()
        return f"{self.name} ended with code {code}; it was started again."

    def end(self) -> None:
        self.process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, and kill it when that takes too long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(seconds, 0))
        self.kill()
        self.process.wait()

    def kill(self) -> None:
        """Kill what is left of it and of its own children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Command(BaseCommand):
    """The parent of the server and the jobs."""

    help = (
        "Prepare the database, then run the web server and the jobs until Ctrl-C; this is what `make run` does. "
        "Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 the port is taken or a part of it does not run."
    )
    requires_system_checks = []

    def handle(self, **_options: Any) -> None:
        """Run until stopped. :raises CommandError: the port is taken, or a part does not stay up."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        children: list[Child] = []
        try:
            check_port_is_free()
            is_first = not password_file().exists()
            call_command("prepare", stdout=self.stdout)
            children += [Child("The web server", [*WEB, "--host", settings.HOST, "--port", str(settings.PORT)])]
            children += [Child("The jobs process", JOBS)]
            self._wait_for_answer(children)
            self._report(is_first=is_first)
            while True:
                self._revive(children)
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
        finally:
            self._stop(children)

    def _wait_for_answer(self, children: list[Child]) -> None:
        """Wait until the web server answers. :raises CommandError: it does not."""
        until = time.monotonic() + ANSWER_SECONDS
        while not answers():
            self._revive(children)
            if time.monotonic() > until:
                raise CommandError(f"The web server did not answer within {ANSWER_SECONDS} seconds.")
            time.sleep(0.1)

    def _revive(self, children: list[Child]) -> None:
        """Start again what died, and say so."""
        for child in children:
            if message := child.revive():
                self.stderr.write(message)

    def _report(self, *, is_first: bool) -> None:
        """Write where to go, and what this trial or installation is made of."""
        url = f"http://{'localhost' if is_here() else settings.HOST}:{settings.PORT}"
        body = """-H 'Content-Type: application/json' -d '{"candidate_id": "ID"}'"""
        lines = [
            f"Callflow runs at {url}/admin/",
            f"  Sign in:   {sign_in_line(may_show=is_first and self.stdout.isatty())}",
            f"  By curl:   curl {url}/list-candidates",
            f"             curl -X POST {url}/test-call",
            f"             curl -X POST {url}/make-actual-call {body}",
            f"  Phone:     {phone_line(url)}",
            f"  Mail:      {mail_line()}",
            f"  Database:  {'MONGODB_URI' if settings.MONGODB_URI else 'a mongod of its own, in var/mongo'}",
            "Ctrl-C stops it.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _stop(self, children: list[Child]) -> None:
        """Stop the children, then the database, unless somebody else uses it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in children:
            child.end()
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            child.wait(until - time.monotonic())
        client.release()
        if children and settings.MONGODB_URI:
            self.stdout.write("Stopped: the jobs and the server.")
        elif children:
            self._stop_database()

    def _stop_database(self) -> None:
        """Stop the embedded mongod now, rather than seconds later."""
        try:
            client.embedded().stop()
        except EmbeddedMongoInUse:
            users = ", ".join(map(str, client.embedded().status().users))
            self.stdout.write(f"Stopped: the jobs and the server. The database runs on: process {users} uses it.")
        else:
            self.stdout.write("Stopped: the jobs, the server, the database.")


def check_port_is_free() -> None:
    """Make sure that we can listen. :raises CommandError: we cannot."""
    host, port = settings.HOST, settings.PORT
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"Port {port} is taken; PORT={port + 1} make run") from error
        raise CommandError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error


def answers() -> bool:
    """Return whether the web server answers, whatever it says."""
    connection = HTTPConnection("127.0.0.1" if is_here() else settings.HOST, settings.PORT, timeout=10)
    try:
        connection.request("HEAD", "/admin/login/", headers={"Host": urlsplit(settings.PUBLIC_BASE_URL).netloc})
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def is_here() -> bool:
    """Return whether the server is reached as localhost."""
    return settings.HOST in {"127.0.0.1", "localhost", "0.0.0.0"}  # noqa: S104 - compared, not bound


def sign_in_line(*, may_show: bool) -> str:
    """Say how to sign in; the password itself only where that is the first time, and is not kept in somebody's log."""
    password = admin_password()
    if not password:
        return "with a user of yours"
    shown = f"{password} (kept in {password_file()})" if may_show else f"in {password_file()}"
    return f"{ADMIN}, password {shown}"


def phone_line(url: str) -> str:
    """Say which phone rings, and where one can pick it up."""
    if settings.SIMULATED:
        return f"simulated, no real phone rings; pick up at {url}/phone/"
    return f"Twilio, from {settings.TWILIO_PHONE_NUMBER}; Twilio reaches us at {settings.PUBLIC_BASE_URL}"


def mail_line() -> str:
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    if kind == "filebased":
        return f"written to {settings.EMAIL_FILE_PATH}"
    return f"sent through {settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if kind == "smtp" else f"by {kind}"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
