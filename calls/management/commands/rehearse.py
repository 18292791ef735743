"""Talk to the conversation in the terminal, or play a file of callers against it: no phone, no database."""

import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from calls.callers import BadCaller, Caller, Played, figures, play_all, read_callers
from calls.conversation import calling_hours, understanding
from calls.rehearsal import Rehearsal, next_working_days
from interviews.dialogue.session import Person, Session

HUNG_UP = 1
# When a caller of a file is called, in their own time: a Friday at ten, with ten, two and four o'clock free from Monday
CALLED_AT = datetime(2026, 11, 27, 10)  # noqa: DTZ001 - the caller's zone is added


class Command(BaseCommand):
    """Reads the candidate's lines from standard input, or a file of callers."""

    help = (
        "Talk to the conversation in the terminal, as the candidate: no phone rings and no database is touched. "
        "Type what you would say; one of 0-9, * or # is a key; an empty line is no input; end of input hangs up. "
        "With --callers, play a file of callers, one JSON object a line: "
        '{"id", "kind", "zone", "says": {phase: [line, …]}, "expect": [{"phase", "at", "call_back"}, …], "turns"}; '
        "the last line printed holds the figures as JSON. "
        "Exit codes: 0 the conversation came to its end, or all callers were played; 1 you hung up before, or the file "
        "can't be read."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="Asha Rao", help="your name (default: %(default)s)")
        parser.add_argument("--company", default="Acme", help="who calls (default: %(default)s)")
        parser.add_argument("--position", default="Backend Engineer", help="the job (default: %(default)s)")
        parser.add_argument("--time-zone", default="Asia/Kolkata", help="your IANA zone (default: %(default)s)")
        parser.add_argument("--cues", action="store_true", help="show how each line was understood")
        parser.add_argument("--callers", type=Path, metavar="FILE", help="play the callers of this file instead")
        parser.add_argument(
            "--show", action="store_true", help="with --callers: show the calls that went wrong or took too long"
        )

    def handle(self, *, callers: Path | None, show: bool, cues: bool, **options: Any) -> None:
        """Rehearse one call, or play the callers of a file."""
        if callers:
            self._play(_callers(callers), options, show=show)
        else:
            zone = options["time_zone"]
            self._talk(_rehearsal(options, now=timezone.now(), zone=zone), cues=cues)

    def _talk(self, rehearsal: Rehearsal, *, cues: bool) -> None:
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

    def _play(self, callers: list[Caller], options: dict[str, Any], *, show: bool) -> None:
        def rehearsal_in(zone: str) -> Rehearsal:
            return _rehearsal(options, now=CALLED_AT.replace(tzinfo=ZoneInfo(zone)), zone=zone)

        played = list(play_all(callers, rehearsal_in))
        if show:
            self._show(played)
        self.stdout.write(json.dumps(figures(played)))

    def _show(self, played: list[Played]) -> None:
        for one in (one for one in played if one.fault):
            self.stdout.write(f"== {one.fault}: {one.caller.id} {one.caller.kind}, expected {_ends(one)}")
            for who, text in one.lines:
                self.stdout.write(f"   {who:5} {text}")
        right, all_of_them = Counter(one.caller.kind for one in played if one.is_right), Counter()
        all_of_them.update(one.caller.kind for one in played)
        for kind, count in sorted(all_of_them.items()):
            self.stdout.write(f"{kind or '-':16} {right[kind]} of {count}")

    def _say(self, words: tuple[str, ...]) -> None:
        self.stdout.write(f"☎  {' '.join(words)}")

    def _read(self) -> str | None:
        self.stdout.write("> ", ending="")
        self.stdout.flush()
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None


def _rehearsal(options: dict[str, Any], *, now: datetime, zone: str) -> Rehearsal:
    return Rehearsal(
        session=Session(Person(options["name"], options["company"], options["position"], zone)),
        now=now,
        free=next_working_days(now, time_zone=zone, days=8, clocks=(10, 14, 16)),
        understanding=understanding(),
        hours=calling_hours(),
    )


def _callers(path: Path) -> list[Caller]:
    try:
        return read_callers(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read: {error}") from error
    except BadCaller as error:
        raise CommandError(f"{path}: {error}") from error


def _ends(played: Played) -> str:
    ends = (f"{end.phase} {end.at}{end.call_back}".strip() for end in played.caller.expect)
    return f"{' or '.join(ends)}; ended {played.end.phase} {played.end.at}{played.end.call_back}".strip()
