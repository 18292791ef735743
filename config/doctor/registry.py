"""The checks that apps register about their own health, for `manage.py doctor`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from config.doctor.findings import Finding


@dataclass(frozen=True, slots=True)
class AppCheck:
    """A check of an app's: it is given the time. One that `needs_database` is made only where MongoDB answers."""

    name: str
    check: Callable[[datetime], Iterable[Finding]]
    needs_database: bool


app_checks: list[AppCheck] = []


def register_check(name: str, check: Callable[[datetime], Iterable[Finding]], *, needs_database: bool) -> None:
    """Add a check, made in the order of registration; an app calls this once, as it gets ready."""
    app_checks.append(AppCheck(name, check, needs_database))
