"""Cells of a CSV file that no spreadsheet takes for a formula, and back: `unguarded(guarded(text))` is the text."""

import re

FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute; a phone number stays digits, too, not 9.2E+11."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Take off the apostrophe that `guarded` put there."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
