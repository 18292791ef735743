"""Shows what an utterance is understood to mean."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interviews.understanding import Grammar, Utterance
from interviews.understanding.tools.explain import explain
from interviews.understanding.tools.jsonl import answer_lines
from interviews.understanding.tools.misheard import read_sessions, report


class Command(BaseCommand):
    """Explains one utterance, answers JSON lines, or reports what was misheard."""

    help = (
        "Explain what words mean: understand tuesday after three --offered 2026-11-24T15:00 --time-zone Asia/Kolkata. "
        'Without words, read JSON lines {"text", "now", "time_zone", "offered", "asked"} and write '
        '{"intents", "choice", "times"} for each. With --misheard, report the turns of exported sessions that were '
        "not matched or corrected."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", help="what was heard")
        parser.add_argument(
            "--offered", nargs="*", default=[], metavar="TIME", help="the offered times, local, in ISO form"
        )
        parser.add_argument("--asked", help="what we last said")
        parser.add_argument("--now", help="the local time to count from (default: the clock's)")
        parser.add_argument("--time-zone", default="UTC", help="the candidate's (default: UTC)")
        parser.add_argument("--country", help="the candidate's, as two letters, for holidays")
        parser.add_argument("--confidence", type=float, help="the recogniser's own, 0 to 1")
        parser.add_argument(
            "--misheard", type=Path, metavar="FILE", help="exported sessions, JSON lines or a JSON list"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["misheard"]:
            self.stdout.write(_misheard(options["misheard"]))
        elif options["words"]:
            self.stdout.write(explain(_utterance(options), Grammar()))
        else:
            for answer in answer_lines(sys.stdin, Grammar()):
                self.stdout.write(answer)


def _misheard(path: Path) -> str:
    try:
        return report(read_sessions(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} is no export of sessions: {error}") from error


def _utterance(options: dict[str, Any]) -> Utterance:
    try:
        zone = ZoneInfo(options["time_zone"])
        now = _local(options["now"], zone) if options["now"] else datetime.now(UTC)
        offered = tuple(_local(text, zone) for text in options["offered"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CommandError(f"Not a time or a time zone: {error}") from error
    return Utterance(
        text=" ".join(options["words"]),
        now=now,
        time_zone=zone.key,
        offered=offered,
        asked=options["asked"],
        confidence=options["confidence"],
        country=options["country"],
    )


def _local(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
