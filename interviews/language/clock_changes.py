"""The hour that the clocks go through twice when they are set back: which of the two a time is in."""

from datetime import datetime
from enum import StrEnum


class Pass(StrEnum):
    """The first or the second time that a clock shows the hour."""

    FIRST = "first"
    SECOND = "second"


def which_pass(at: datetime) -> Pass | None:
    """Return which of the two moments at which a clock shows this time, None where it shows it once; `at` is aware."""
    earlier, later = (at.replace(fold=fold).utcoffset() for fold in (0, 1))
    if earlier is None or later is None or earlier <= later:  # there is one, or none: where the clocks skip an hour
        return None
    return Pass.SECOND if at.fold else Pass.FIRST
