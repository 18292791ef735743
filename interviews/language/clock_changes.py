"""The hour that the clocks go through twice when they are set back: which of the two a time is in. Pure."""

from datetime import datetime
from enum import StrEnum


class Pass(StrEnum):
    """Which time round."""

    FIRST = "first"
    SECOND = "second"


def which_pass(at: datetime) -> Pass | None:
    """Return which of two times that the same clock shows this is, None for one that comes once; it has its zone."""
    earlier, later = (at.replace(fold=fold).utcoffset() for fold in (0, 1))
    if earlier is None or later is None or earlier <= later:  # there is one, or none: where the clocks skip an hour
        return None
    return Pass.SECOND if at.fold else Pass.FIRST
