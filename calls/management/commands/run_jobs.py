"""Runs the jobs in a loop on one machine; many machines run the same functions by Celery."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.module_loading import import_string

from config.jobs.runs import run_job
from config.mongo import client

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Goes on until it is stopped; a job that fails is logged and comes again."""

    help = (
        "Run the jobs: dial calls that are due, mail invitations, settle lost calls, free slots. The pauses stand in "
        "the setting JOBS. While the telephony is the simulator, its calls are played here too. "
        "Stops at Ctrl-C or SIGTERM once the job at hand is done; exit code 0."
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job once, and end")

    def handle(self, *, once: bool, **_: Any) -> None:
        jobs = {path: import_string(path) for path in settings.JOBS}
        if once:
            for path, job in jobs.items():
                self.stdout.write(f"{path}: {run_job(path, job, now=timezone.now())}")
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not set here: the main thread may hold the event's lock where the signal interrupts it
            signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
        exchange = _start_exchange(stop)
        logger.info("The jobs run until they are stopped")
        run(jobs, stop)
        if exchange:
            exchange.join()


def run(jobs: dict[str, Callable[..., int]], stop: threading.Event) -> None:
    """Run each job at its pace until stopped."""
    due = dict.fromkeys(jobs, 0.0)
    while not stop.is_set():
        for path, job in jobs.items():
            if time.monotonic() >= due[path] and not stop.is_set():
                _run_one(path, job, timezone.now())
                due[path] = time.monotonic() + settings.JOBS[path]
        stop.wait(max(0.0, min(due.values()) - time.monotonic()))


def _run_one(path: str, job: Callable[..., int], now: datetime) -> None:
    try:
        done = run_job(path, job, now=now)
    except Exception as error:
        if client.is_away(error):
            logger.warning("Job %s waits %s s: the database is away: %s", path, settings.JOBS[path], error)
        else:
            logger.exception("Job %s failed; it is run again in %s s", path, settings.JOBS[path])
        return
    if done:
        logger.info("Job %s: %d", path, done)


def _start_exchange(stop: threading.Event) -> threading.Thread | None:
    if not settings.SIMULATED:
        return None
    from calls.telephony.simulator.exchange import Exchange

    thread = threading.Thread(target=Exchange().run, args=(stop,), name="exchange")
    thread.start()
    return thread
