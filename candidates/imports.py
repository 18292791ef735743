"""Candidates from a CSV file: the good rows in, every bad one told by its line and reason."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mongoengine import ValidationError
from pymongo.errors import BulkWriteError

from candidates.cells import unguarded
from candidates.documents import Candidate

REQUIRED = ("name", "phone", "email")
OPTIONAL = ("position", "company", "time_zone", "language", "tags", "notes")
BATCH = 500
DUPLICATE_KEY = 11000
RUN_AGAIN = "Rows before that may be in already; importing the file again adds none twice."


class UnreadableFile(Exception):
    """The file is no CSV of candidates."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, and the candidate it makes or what is wrong with it."""

    line: int
    candidate: Candidate | None
    error: str = ""


@dataclass(slots=True)
class Report:
    """What an import did; `bad` are the rows left out."""

    added: int = 0
    already_there: int = 0
    bad: int = 0


def read_rows(lines: Iterable[str], *, now: datetime) -> Iterator[Row]:
    """Read the rows of a CSV with a header line; tags are separated by semicolons.

    :raises UnreadableFile: a column is missing or unknown, or it is no CSV.
    """
    reader = csv.DictReader(lines, strict=True)
    try:
        _check_header(reader.fieldnames or [])
        first_of: dict[str, int] = {}
        for record in reader:
            row = _read(record, reader.line_num, now)
            if row.candidate and (first := first_of.setdefault(row.candidate.phone, row.line)) != row.line:
                row = Row(row.line, None, f"phone: the same number stands in line {first}.")
            yield row
    except csv.Error as error:
        raise UnreadableFile(f"Line {reader.line_num + 1}: {error}. {RUN_AGAIN}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"The file is not in UTF-8: save it so. {RUN_AGAIN}") from error


def _check_header(names: Sequence[str]) -> None:
    wrong = {
        "missing": [name for name in REQUIRED if name not in names],
        "unknown": [name for name in names if name not in REQUIRED + OPTIONAL],
        "repeated": [name for name in REQUIRED + OPTIONAL if names.count(name) > 1],
    }
    if any(wrong.values()):
        complaints = "; ".join(f"{what}: {', '.join(found)}" for what, found in wrong.items() if found)
        raise UnreadableFile(
            f"The first line must name the columns {', '.join(REQUIRED)}, and may name {', '.join(OPTIONAL)}; "
            f"{complaints}."
        )


def _read(record: dict[str | None, str | None], line: int, now: datetime) -> Row:
    if None in record or None in record.values():
        return Row(line, None, "This line has more or fewer fields than the first.")
    fields = {name: unguarded(value.strip()) for name, value in record.items() if value.strip()}
    if "tags" in fields:
        fields["tags"] = [tag.strip() for tag in fields["tags"].split(";") if tag.strip()]
    candidate = Candidate(created_at=now, updated_at=now, **fields)
    try:
        candidate.validate(clean=True)
    except ValidationError as error:
        reasons = error.to_dict() or {"": error.message}
        return Row(line, None, "; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items())))
    return Row(line, candidate)


def import_rows(
    rows: Iterable[Row], *, tell: Callable[[Row], None], progress: Callable[[Report], None] = lambda report: None
) -> Report:
    """Save the good rows, passing over phones that are known, and tell of each bad one; return what was done."""
    report = Report()
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        good = [row for row in batch if row.candidate]
        for row in batch:
            if not row.candidate:
                report.bad += 1
                tell(row)
        known = _insert(good) if good else 0
        report.already_there += known
        report.added += len(good) - known
        progress(report)
    return report


def _insert(rows: list[Row]) -> int:
    """Insert the candidates; return how many were there already."""
    try:
        Candidate._get_collection().insert_many([row.candidate.to_mongo().to_dict() for row in rows], ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        return len(failures)
    return 0
