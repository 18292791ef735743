"""The command that imports candidates from a CSV file."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from candidates.csv.imports import (
    OPTIONAL,
    REQUIRED,
    Report,
    Row,
    UnreadableFile,
    import_rows,
    read_rows,
    suppressed_note,
)

SOME_BAD, UNREADABLE = 1, 2


class Command(BaseCommand):
    """Imports the good rows, and reports the line and reason of each bad one."""

    help = (
        f"Import candidates from a CSV file in UTF-8 whose first line names its columns: {', '.join(REQUIRED)}, and if "
        f"you like {', '.join(OPTIONAL)} (tags separated by semicolons). Good rows are imported, bad ones reported "
        "with their line; a phone that is known already is passed over, so that running it twice adds nothing, "
        "and whose phone is on the suppression list is added and never called. "
        "Exit codes: 0 all is in, 1 some rows are bad, 2 the file cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="the file, or - for standard input")

    def handle(self, *, file: str, **_: Any) -> None:
        """:raises CommandError: with the exit code 1 or 2."""
        try:
            with argparse.FileType("r", encoding="utf-8-sig")(file) as lines:
                rows = read_rows(lines, now=timezone.now())
                report = import_rows(rows, report_bad=self._report_bad, progress=self._progress)
        except (argparse.ArgumentTypeError, UnreadableFile) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error
        if self.stderr.isatty():
            self.stderr.write("", ending="\n")
        summary = f"{report.added} added, {report.already_there} already there, {report.bad} bad."
        summary += suppressed_note(report.suppressed)
        if report.bad:
            raise CommandError(summary, returncode=SOME_BAD)
        self.stdout.write(summary)

    def _report_bad(self, row: Row) -> None:
        self.stderr.write(f"Line {row.line}: {row.error}")

    def _progress(self, report: Report) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{report.added + report.already_there} rows", ending="")
