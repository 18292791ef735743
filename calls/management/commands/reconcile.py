"""Compares our calls with the phone service's from the command line."""

import sys
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from calls import telephony
from calls.reconciliation import Report, reconcile
from calls.telephony.base import TelephonyError

REMAINS, NOT_ASKED = 1, 2
HOURS = 24


class Command(BaseCommand):
    """One line for each difference, then their number."""

    help = (
        "Compare our calls with the phone service's: close what is over, adopt what was lost, report what remains. "
        "The last minutes are left out. Exit codes: 0 all agrees, or was repaired; 1 something remains for a person, "
        "or with --dry-run would be repaired; 2 the phone service could not be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=moment, help="compare calls placed from then on, such as 2026-03-01T09:00")
        parser.add_argument("--until", type=moment, help="compare calls placed before then (default: now)")
        parser.add_argument("--hours", type=positive, default=HOURS, help="without --since: hours back from --until")
        parser.add_argument("--dry-run", action="store_true", help="report what would be repaired, and change nothing")

    def handle(self, *, since: datetime | None, until: datetime | None, hours: float, dry_run: bool, **_: Any) -> None:
        """Compare, and report. :raises CommandError: the period is none, or the phone service could not be asked."""
        now = timezone.now()
        until = min(until or now, now)
        since = since or until - timedelta(hours=hours)
        if since >= until:
            raise CommandError(f"The period from {since.isoformat()} to {until.isoformat()} is empty.")
        try:
            report = reconcile(since=since, until=until, now=now, telephony=telephony.backend(), repairs=not dry_run)
        except TelephonyError as error:
            raise CommandError(f"{error} Nothing more was compared.", returncode=NOT_ASKED) from error
        self._tell(report, dry_run=dry_run)
        if report.remaining or (dry_run and report.findings):
            sys.exit(REMAINS)

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        for finding in report.findings:
            self.stdout.write(f"{finding.kind:<10}  {finding.words} {finding.advice}".rstrip())
        remaining = len(report.remaining)
        repaired = "would be repaired" if dry_run else "repaired"
        self.stdout.write(
            f"{report.calls} calls compared: {len(report.findings) - remaining} {repaired}, {remaining} remain."
        )


def moment(text: str) -> datetime:
    """Read an ISO 8601 time; without an offset it is one of the setting TIME_ZONE. :raises ValueError: it is none."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else timezone.make_aware(at)


def positive(text: str) -> float:
    """Read a number above nought. :raises ValueError: it is none."""
    number = float(text)
    if not 0 < number < 24 * 366:
        raise ValueError(text)
    return number
