"""Writes candidates as a CSV file, which `imports` reads back and which is safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from candidates.csv.escaping import escaped, join_tags
from candidates.csv.imports import OPTIONAL, REQUIRED
from config.texts import fit_lines

COLUMNS = REQUIRED + OPTIONAL
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets do not read UTF-8


class _Echo:
    """A file that keeps nothing: csv.writer gets each line back, so that the response can be streamed."""

    def write(self, line: str) -> str:
        return line


def csv_lines(candidates: Iterable[Any]) -> Iterator[str]:
    """Yield the file's lines, the names of the columns first; tags are separated by semicolons."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for candidate in candidates:
        values = [getattr(candidate, name) for name in COLUMNS]
        texts = [fit_lines(join_tags(value) if isinstance(value, list) else value or "") for value in values]
        yield writer.writerow(map(escaped, texts))
