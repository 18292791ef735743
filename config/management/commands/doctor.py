"""Examines an installation: one line for each check, and what to do where something is wrong."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from pymongo.database import Database

from config.doctor import database, jobs, mail, setup
from config.doctor.clock import time_zones
from config.doctor.findings import Finding, Standing, examine
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
        found: list[Standing] = []
        for finding in examinations():
            self.stdout.write(f"{finding.standing} {finding.name:<15}  {finding.words}")
            if finding.advice:
                self.stdout.write(f"  {'':<15}  → {finding.advice}")
            self.stdout.flush()
            found.append(finding.standing)
        right, doubtful, wrong = (found.count(standing) for standing in Standing)
        self.stdout.write(f"{right} right, {doubtful} doubtful, {wrong} wrong.")
        if wrong:
            sys.exit(WRONG)


def examinations() -> Iterator[Finding]:
    """Yield what each check finds, in the order in which one would fix it."""
    yield from examine("Settings", setup.checked)
    yield from examine("Settings", setup.trial_settings)
    answering, found = database.reachable()
    yield from examine("MongoDB", lambda: found)
    if answering is not None:
        yield from in_mongodb(answering)
    yield from examine("Django's tables", database.migrations)
    yield from examine("Mail", mail.sending)
    yield from of_apps(needs_database=False)
    yield from examine("Time zones", lambda: time_zones(timezone.now()))


def in_mongodb(answering: Database) -> Iterator[Finding]:
    """Yield what is found in MongoDB, and of the work that is kept there."""
    now = timezone.now()
    yield from examine("Transactions", partial(database.transactions, answering))
    yield from examine("Write concern", partial(database.majority, answering, now))
    yield from examine("Indexes", database.indexes)
    yield from examine("Clock", partial(database.clock, answering))
    yield from examine("Jobs", partial(jobs.alive, now))
    yield from of_apps(needs_database=True)


def of_apps(*, needs_database: bool) -> Iterator[Finding]:
    for check in app_checks:
        if check.needs_database is needs_database:
            yield from examine(check.name, partial(check.examine, timezone.now()))
