"""The candidate's phone in a terminal: picks up a simulated call and lets whoever types be the candidate."""

import os
import secrets
import select
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import deque
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter
from django.utils import timezone

from calls.telephony.simulator import handset
from calls.telephony.simulator.documents import UNDER_WAY, SimulatedCall

TICK_SECONDS = 0.1
OPEN_EVERY_SECONDS = 2.0
HELP = """Waits for a simulated call to ring, shows who calls, and lets you be the candidate.

While it rings: Enter answers, d declines, n lets it ring out, v is a voicemail.
During the call: a line is what you say; digits, * and # are keys (also after "key "); an empty line is silence; /hangup
ends the call. Where the input is no terminal, each line in turn answers one question, the call is picked up at once,
and nothing is said after the last line.

Exit codes: 0 a call was taken, 1 nothing rang in time or the telephony is not the simulator, 130 interrupted."""
TAKINGS = {"": handset.pick_up, "d": handset.decline, "n": handset.let_ring_out, "v": handset.be_voicemail}


class Lines:
    """The lines of a terminal or a pipe, without blocking for longer than is asked."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty()
        self.are_over = False
        self._lines: deque[str] = deque()
        self._rest = b""

    def next(self, seconds: float) -> str | None:
        """Return the next line; None where none comes in time."""
        if not self._lines:
            self._read(seconds)
        return self._lines.popleft() if self._lines else None

    def _read(self, seconds: float) -> None:
        if self.are_over:
            time.sleep(seconds)
            return
        if not select.select([self._stream], [], [], seconds)[0]:
            return
        read = os.read(self._stream.fileno(), 4096)
        self.are_over = not read
        *lines, self._rest = (self._rest + (read or b"\n" * bool(self._rest))).split(b"\n")
        self._lines.extend(line.decode("utf-8", "replace").strip() for line in lines)


class HelpFormatter(RawDescriptionHelpFormatter, DjangoHelpFormatter):
    """Keeps the lines of the description."""


class Command(BaseCommand):
    """Be the candidate of a simulated call."""

    help = HELP
    stealth_options = ("stdin",)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the help's lines as they are."""
        return super().create_parser(prog_name, subcommand, formatter_class=HelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", metavar="NUMBER", help="take only calls to this number, such as +919876543210")
        parser.add_argument("--wait", metavar="SECONDS", type=float, help="give up when nothing rings for that long")
        parser.add_argument("--stay", action="store_true", help="wait for another call after each one")
        parser.add_argument("--verbose", action="store_true", help="show each TwiML verb with its attributes")
        parser.add_argument(
            "--strict", action="store_true", help="hold a terminal to Twilio's timeouts, as if typing were speaking"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Wait for calls and take them. :raises CommandError: none can come, or none came."""
        if not settings.SIMULATED:
            raise CommandError("Twilio is set up, so that real phones ring; unset TWILIO_… to use the simulator.")
        self._options = options
        self._lines = Lines(options.get("stdin") or sys.stdin)
        self._phone_id = f"terminal-{secrets.token_hex(8)}"
        self._call_sid = ""
        self._begun = 0
        try:
            self._take_calls()
        except KeyboardInterrupt:
            handset.hang_up(call_sid=self._call_sid, phone_id=self._phone_id)
            raise SystemExit(130) from None
        finally:
            handset.close(phone_id=self._phone_id)

    def _take_calls(self) -> None:
        self._line("Waiting for a call …")
        has_talked = False
        while call := self._wait():
            has_talked = self._take(call) or has_talked
            if has_talked and not self._options["stay"]:
                return
        if not has_talked:
            raise CommandError(f"Nothing rang within {self._options['wait']:g} seconds.", returncode=1)

    def _wait(self) -> SimulatedCall | None:
        """Return the call that rings; None where none does within --wait seconds."""
        patience = self._options["wait"]
        give_up_at = None if patience is None else time.monotonic() + patience
        open_at = 0.0
        while give_up_at is None or time.monotonic() < give_up_at:
            if time.monotonic() >= open_at:
                handset.keep_open(phone_id=self._phone_id, now=timezone.now(), to=self._options["to"])
                open_at = time.monotonic() + OPEN_EVERY_SECONDS
            if found := handset.ringing(to=self._options["to"]):
                return found[0]
            time.sleep(TICK_SECONDS)
        return None

    def _take(self, call: SimulatedCall) -> bool:
        """Let the person choose how to take the call; false where it stopped ringing before."""
        self._line(f"☎ {call.from_number} calls {call.to}.")
        try:
            taking = self._choose(call)
            taking(call_sid=call.call_sid, phone_id=self._phone_id)
        except handset.NotRinging:
            self._line("It does not ring any more.")
            return False
        if taking is handset.pick_up:
            self._call_sid = call.call_sid
            handset.close(phone_id=self._phone_id)  # engaged: other calls must not wait for us
            self._talk()
        return True

    def _choose(self, call: SimulatedCall) -> Any:
        if not self._lines.is_terminal:
            return handset.pick_up
        self._line("Enter answers · d declines · n lets it ring out · v is a voicemail")
        while SimulatedCall.objects(call_sid=call.call_sid, status="ringing", taking=None):
            handset.keep_open(phone_id=self._phone_id, now=timezone.now(), to=self._options["to"])
            line = self._lines.next(TICK_SECONDS * 5)
            if line is not None and line.lower() in TAKINGS:
                return TAKINGS[line.lower()]
            if self._lines.are_over:
                return handset.let_ring_out
        raise handset.NotRinging

    def _talk(self) -> None:
        shown = answered = self._begun = 0
        while True:
            call = SimulatedCall.objects.get(call_sid=self._call_sid)
            for entry in call.script[shown:]:
                self._show(entry)
            shown = len(call.script)
            if call.status not in UNDER_WAY:
                self._line(f"The call is over: {call.status}, {call.duration_seconds} s.")
                return
            asking = call.asking if call.asking and call.asking["number"] > answered else None
            if self._answer(asking["number"] if asking else None) and asking:
                answered = asking["number"]

    def _answer(self, number: int | None) -> bool:
        """Pass on a line, if there is one and something to answer; true where question `number` is answered."""
        if number is None and not self._lines.is_terminal:
            time.sleep(TICK_SECONDS)
            return False
        here = {"call_sid": self._call_sid, "phone_id": self._phone_id}
        if number is not None and number != self._begun and self._lines.is_terminal and not self._options["strict"]:
            self._begun = number
            self._quietly(handset.begin, **here, number=number)
        line = self._lines.next(TICK_SECONDS)
        if line == "/hangup" or (line is None and self._lines.are_over and self._lines.is_terminal):
            handset.hang_up(**here)
            time.sleep(TICK_SECONDS)
            return True
        if number is None or (line is None and not self._lines.are_over):
            return False
        self._reply(line or "", number, here)
        return True

    def _reply(self, line: str, number: int, here: dict[str, str]) -> None:
        keys = line.removeprefix("key ").replace(" ", "")
        if not line:
            self._quietly(handset.stay_silent, **here, number=number)
        elif keys and set(keys) <= set("0123456789*#"):
            self._quietly(handset.press, **here, number=number, keys=keys)
        else:
            self._quietly(handset.say, **here, number=number, text=line)

    def _quietly(self, act: Any, **arguments: Any) -> None:
        try:
            act(**arguments)
        except handset.NotAsked:
            self._line("(Too late, the call has gone on.)")

    def _show(self, entry: dict[str, Any]) -> None:
        verb, text = entry["verb"], entry["text"]
        if self._options["verbose"] and verb not in {"Speech", "Keys", "Silence"}:
            attributes = " ".join(f'{name}="{value}"' for name, value in entry.get("attributes", {}).items())
            self._line(f"  <{verb}{f' {attributes}' if attributes else ''}>")
        if verb == "Say":
            self._line(f"Callflow: {text}")
        elif verb == "Speech":
            self._line(f"You: {text}")
        elif verb == "Keys":
            self._line(f"You press {text}")

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
