"""Talk to the conversation in the terminal: no phone, no database."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from calls.conversation import calling_hours, understanding
from calls.rehearsal import Rehearsal, next_working_days
from interviews.dialogue.session import Person, Session

HUNG_UP = 1


class Command(BaseCommand):
    """Reads the candidate's lines from standard input."""

    help = (
        "Talk to the conversation in the terminal, as the candidate: no phone rings and no database is touched. "
        "Type what you would say; one of 0-9, * or # is a key; an empty line is silence; end of input hangs up. "
        "Exit codes: 0 the conversation came to its end, 1 you hung up before."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who the candidate is to be."""
        parser.add_argument("--name", default="Asha Rao", help="your name (default: %(default)s)")
        parser.add_argument("--company", default="Acme", help="who calls (default: %(default)s)")
        parser.add_argument("--position", default="Backend Engineer", help="the job (default: %(default)s)")
        parser.add_argument("--time-zone", default="Asia/Kolkata", help="your IANA zone (default: %(default)s)")
        parser.add_argument("--cues", action="store_true", help="show how each line was understood")

    def handle(self, *, name: str, company: str, position: str, time_zone: str, cues: bool, **_: Any) -> None:
        """Rehearse one call."""
        now = timezone.now()
        rehearsal = Rehearsal(
            session=Session(Person(name, company, position, time_zone)),
            now=now,
            free=next_working_days(now, time_zone=time_zone, days=8, clocks=(10, 14, 16)),
            understanding=understanding(),
            hours=calling_hours(),
        )
        self._say(rehearsal.begin())
        while not rehearsal.is_over:
            line = self._read()
            if line is None:
                self.stdout.write("\n(you hung up)")
                sys.exit(HUNG_UP)
            words = rehearsal.answer(line)
            if cues:
                self.stdout.write(f"   [{rehearsal.cue}]")
            self._say(words)

    def _say(self, words: tuple[str, ...]) -> None:
        self.stdout.write(f"☎  {' '.join(words)}")

    def _read(self) -> str | None:
        self.stdout.write("> ", ending="")
        self.stdout.flush()
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
