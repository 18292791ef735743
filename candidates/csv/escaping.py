"""Escapes texts in a CSV file so that no spreadsheet runs them as formulas; `unescaped(escaped(text)) == text`.

Some spreadsheets separate cells by a semicolon, tab or bar instead of a comma, and then find cells inside our cells.
What follows any of these characters is therefore escaped too.
"""

import re
from collections.abc import Iterable

# Where a cell may begin, what spreadsheets skip there, and what a formula begins with (full-width signs included)
BEGINS = r"(?:^|(?<=[,;|\t\r\n]))"
PASSED_OVER = r'(?:[^\S\t\r\n]|")*'
FORMULA = r"[=+\-@＝＋－＠﹦﹢﹣﹫]"
UNESCAPED = re.compile(f"({BEGINS}{PASSED_OVER})(?='*{FORMULA})")
ESCAPED = re.compile(f"({BEGINS}{PASSED_OVER})'(?='*{FORMULA})")
BETWEEN_TAGS = re.compile(r"(?<!\\)((?:\\\\)*);")


def escaped(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; else it shows a phone number as 9.2E+11, too."""
    return UNESCAPED.sub(r"\1'", text)


def unescaped(text: str) -> str:
    """Remove the apostrophes that `escaped` added."""
    return ESCAPED.sub(r"\1", text)


def join_tags(tags: Iterable[str]) -> str:
    """Return the tags as one text with semicolons between them; a backslash escapes one that is part of a tag."""
    return "; ".join(re.sub(r"([\\;])", r"\\\1", tag) for tag in tags)


def split_tags(text: str) -> list[str]:
    """Return the tags of a text from `join_tags`, without empty ones."""
    tags = [tag.strip() for tag in BETWEEN_TAGS.sub("\\1\0", text).split("\0")]
    return [re.sub(r"\\([\\;])", r"\1", tag) for tag in tags if tag]
