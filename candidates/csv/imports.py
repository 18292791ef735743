"""Imports candidates from a CSV file; every bad row is reported with its line and reason."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from bson import ObjectId
from mongoengine import ValidationError
from pymongo.client_session import ClientSession

from candidates.csv.escaping import split_tags, unescaped
from candidates.documents import Candidate
from candidates.saving import Stored, with_refusals
from candidates.suppression.services import STATUSES
from config.mongo import client

REQUIRED = ("name", "phone", "email")
OPTIONAL = ("position", "company", "time_zone", "language", "tags", "notes")
BATCH = 500
REFUSED = {status.value for status in STATUSES.values()}
RUN_AGAIN = "Rows before that may be in already; importing the file again adds none twice."


class UnreadableFile(Exception):
    """The file is no CSV of candidates."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file with its line number, and the candidate or the error that was read from it."""

    line: int
    candidate: Candidate | None
    error: str = ""


@dataclass(slots=True)
class Report:
    """The counts of an import: `bad` rows were left out, `suppressed` ones were added and will not be called."""

    added: int = 0
    already_there: int = 0
    bad: int = 0
    suppressed: int = 0


def suppressed_note(number: int) -> str:
    """Return the sentence on suppressed numbers to append to a summary, "" where there are none."""
    if not number:
        return ""
    numbers = "1 number is" if number == 1 else f"{number:,} numbers are"
    return f" {numbers} on the suppression list and will not be called."


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
    texts = {name: value.strip() for name, value in record.items() if name and value}
    fields: dict[str, Any] = {name: unescaped(text) for name, text in texts.items() if text}
    if "tags" in fields:
        fields["tags"] = split_tags(fields["tags"])
    candidate = Candidate(created_at=now, updated_at=now, **fields)
    try:
        candidate.validate(clean=True)
    except ValidationError as error:
        reasons = error.to_dict() or {"": error.message}
        return Row(line, None, "; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items())))
    return Row(line, candidate)


def import_rows(
    rows: Iterable[Row], *, report_bad: Callable[[Row], None], progress: Callable[[Report], None] = lambda report: None
) -> Report:
    """Save the good rows, and report each bad one. A known phone is passed over, so a second run adds nobody twice."""
    report = Report()
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            if not row.candidate:
                report.bad += 1
                report_bad(row)
        if good := [row.candidate for row in batch if row.candidate]:
            _add(good, report)
        progress(report)
    return report


def _add(candidates: list[Candidate], report: Report) -> None:
    """Add those whose phone is not known, in one transaction with the suppression list."""
    raws = [{"_id": ObjectId(), **candidate.to_mongo().to_dict()} for candidate in candidates]
    added = client.transact(partial(_insert_unknown, raws))
    report.added += len(added)
    report.already_there += len(raws) - len(added)
    report.suppressed += sum(raw["call_tracking"]["status"] in REFUSED for raw in added)


def _insert_unknown(raws: list[Stored], transaction: ClientSession) -> list[Stored]:
    collection = Candidate._get_collection()
    phones = {"phone": {"$in": [raw["phone"] for raw in raws]}}
    known = {found["phone"] for found in collection.find(phones, {"_id": 0, "phone": 1}, session=transaction)}
    added = with_refusals([raw for raw in raws if raw["phone"] not in known], transaction)
    if added:
        collection.insert_many(added, session=transaction)
    return added
