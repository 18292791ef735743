"""Examines an installation: one line for each check, and what to do where something is wrong."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from pymongo.database import Database

from config.doctor import database, jobs, mail, queues, settings
from config.doctor.clock import check_time_zones
from config.doctor.findings import Finding, Verdict, run_check
from config.doctor.registry import app_checks

WRONG = 1


class Command(BaseCommand):
    """Looks at each part from outside; nothing rings, nothing is mailed, no data of anybody's is changed."""

    help = (
        "Examine this installation: settings, MongoDB, indexes, tables, mail server, phone account, caller id, public "
        "address, clocks, time zones, jobs, dialling, queues. Each line says ✓ right, ! doubtful or ✗ wrong, and then "
        "what to do. Takes a minute or two at most. Exit codes: 0 nothing is wrong, 1 something is."
    )
    requires_system_checks = []

    def handle(self, **_: Any) -> None:
        found: list[Verdict] = []
        for finding in examinations():
            self.stdout.write(f"{finding.verdict} {finding.name:<15}  {finding.words}")
            if finding.advice:
                self.stdout.write(f"  {'':<15}  → {finding.advice}")
            self.stdout.flush()
            found.append(finding.verdict)
        right, doubtful, wrong = (found.count(verdict) for verdict in Verdict)
        self.stdout.write(f"{right} right, {doubtful} doubtful, {wrong} wrong.")
        if wrong:
            sys.exit(WRONG)


def examinations() -> Iterator[Finding]:
    """Yield what each check finds, in the order in which one would fix it."""
    yield from run_check("Settings", settings.check_settings)
    yield from run_check("Settings", settings.check_trial_settings)
    answering, found = database.connect()
    yield from run_check("MongoDB", lambda: found)
    if answering is not None:
        yield from in_mongodb(answering)
    yield from run_check("Django's tables", database.check_migrations)
    yield from run_check("Mail", mail.check_mail)
    yield from check_apps(needs_database=False)
    yield from run_check("Time zones", lambda: check_time_zones(timezone.now()))


def in_mongodb(answering: Database) -> Iterator[Finding]:
    """Yield what is found in MongoDB, and of the work that is kept there."""
    now = timezone.now()
    yield from run_check("Transactions", partial(database.check_transactions, answering))
    yield from run_check("Write concern", partial(database.check_write_concern, answering, now))
    yield from run_check("Indexes", database.check_indexes)
    yield from run_check("Clock", partial(database.check_clock, answering))
    yield from run_check("Jobs", partial(jobs.check_jobs, now))
    yield from check_apps(needs_database=True)
    yield from run_check("Queues", partial(queues.check_queues, now))


def check_apps(*, needs_database: bool) -> Iterator[Finding]:
    for check in app_checks:
        if check.needs_database is needs_database:
            yield from run_check(check.name, partial(check.check, timezone.now()))
