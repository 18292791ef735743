"""Cells of a CSV file that no spreadsheet takes for a formula, and back: `unescaped(escaped(text))` is the text.

A spreadsheet that takes another sign than the comma for the one between cells finds other cells in the same file, so
what it might find behind any of them is escaped too.
"""

import re
from collections.abc import Iterable

# Where a cell begins for one spreadsheet or another, what it passes over there, and what a formula begins with
BEGINS = r"(?:^|(?<=[,;|\t\r\n]))"
PASSED_OVER = r'(?:[^\S\t\r\n]|")*'
FORMULA = r"[=+\-@＝＋－＠﹦﹢﹣﹫]"
UNESCAPED = re.compile(f"({BEGINS}{PASSED_OVER})(?='*{FORMULA})")
ESCAPED = re.compile(f"({BEGINS}{PASSED_OVER})'(?='*{FORMULA})")
BETWEEN_TAGS = re.compile(r"(?<!\\)((?:\\\\)*);")


def escaped(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; a phone number stays digits, too, not 9.2E+11."""
    return UNESCAPED.sub(r"\1'", text)


def unescaped(text: str) -> str:
    """Take off the apostrophes that `escaped` put there."""
    return ESCAPED.sub(r"\1", text)


def join_tags(tags: Iterable[str]) -> str:
    """Return the tags in one cell, semicolons between them; one within a tag is escaped."""
    return "; ".join(re.sub(r"([\\;])", r"\\\1", tag) for tag in tags)


def split_tags(text: str) -> list[str]:
    """Return the tags of a cell, empty ones left out."""
    tags = [tag.strip() for tag in BETWEEN_TAGS.sub("\\1\0", text).split("\0")]
    return [re.sub(r"\\([\\;])", r"\1", tag) for tag in tags if tag]
