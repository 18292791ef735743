"""Stops all dialling at once from the command line, and lets it go on."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from mongoengine import ValidationError

from calls import dialling

ON, OFF, STATUS = "on", "off", "status"


class Command(BaseCommand):
    """Turns the switch, or says how dialling stands."""

    help = (
        "Stop all dialling at once (off), let it go on (on), or show how it stands (status). Once `off` has ended, no "
        "call is asked for that had not been let through before, and that not half a minute later; calls under way go "
        "on, calls that are due wait. Exit codes: 0 it is done, 1 not: the reason is missing or no line of text."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", choices=(ON, OFF, STATUS))
        parser.add_argument("--reason", default="", help="why; shown in the admin to whoever wonders")

    def handle(self, *, to: str, reason: str, **_: Any) -> None:
        """Turn it, and say how it stands. :raises CommandError: the reason is none."""
        if to != STATUS:
            try:
                dialling.switch(is_on=to == ON, by=f"{_user()} at the terminal", reason=reason, now=timezone.now())
            except ValidationError as error:
                raise CommandError(f"Give a --reason. {error.message}") from error
        standing = dialling.standing(now=timezone.now())
        refusal = standing.refusal
        self.stdout.write(f"Calls are refused: {refusal.reason}." if refusal else "Dialling is on.")
        self.stdout.write(f"{standing.day}: {standing.in_words}.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "somebody"
