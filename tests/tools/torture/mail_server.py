"""The mail server of a run: it takes messages, refuses, puts off, or takes one and is not heard to."""

import socketserver
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from icalendar import Calendar

from tests.interviews.mail_server import ACCEPTS, HANGS_UP, TAKES_AND_HANGS_UP, MailServer, ReceivedMail, SmtpConnection
from tests.tools.torture.closable_server import ClosableServer
from tests.tools.torture.fault_counts import Faults
from tests.tools.torture.plan import MAIL_FAULTS, Plan

REFUSED, PUT_OFF, LOST = "SMTP: refused", "SMTP: 4xx", "SMTP: accepted, reply lost"
# Where in the dialogue the server refuses or puts off, and what it says there
WAYS = {
    REFUSED: [("CONNECT", HANGS_UP), ("CONNECT", "554 no service"), ("CONNECT", "421 too busy")],
    PUT_OFF: [("RCPT", "450 try later"), ("MAIL", "452 no room"), ("TAKEN", "451 later")],
    LOST: [("TAKEN", TAKES_AND_HANGS_UP)],
}
CLOSED_SECONDS = (0.2, 1.0)


@dataclass(frozen=True)
class AcceptedMessage(ReceivedMail):
    """A mail that the server took, when, and whether its reply to that was lost."""

    at: float
    is_reply_lost: bool

    @cached_property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @cached_property
    def uid(self) -> str:
        """The UID of its calendar entry, "" where it has none."""
        for part in self.message.iter_attachments():
            if part.get_content_type() == "text/calendar":
                return str(Calendar.from_ical(part.get_content()).walk("VEVENT")[0]["UID"])
        return ""


class MailFaults:
    """Runs the mail server; `messages` holds what it took."""

    def __init__(self, plan: Plan, faults: Faults, *, port: int) -> None:
        self.port = port
        self.messages: list[AcceptedMessage] = []
        self._plan, self._faults = plan, faults
        self._connections = 0
        self._lock = threading.Lock()
        self.shutter = ClosableServer(self._server)

    def answers(self) -> dict[str, str]:
        """Return what the next connection is answered out of the ordinary."""
        with self._lock:
            self._connections += 1
            nth = self._connections
        draw = self._plan.draw("mail", nth)
        if not self._faults.are_on.is_set() or draw.random() >= MAIL_FAULTS:
            return {}
        fault = draw.choice(list(WAYS))
        self._faults.add(fault)
        if fault == REFUSED:
            self.shutter.close_for(draw.uniform(*CLOSED_SECONDS))
        return dict([draw.choice(WAYS[fault])])

    def _server(self) -> MailServer:
        return FaultyMailServer(self)


class FaultyMailServer(MailServer):
    """One opening of the mail server."""

    allow_reuse_address = True

    def __init__(self, office: MailFaults) -> None:
        socketserver.ThreadingTCPServer.__init__(self, ("127.0.0.1", office.port), Conversation)
        self.office = office
        self.answers, self.connections = {}, 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a sender that was killed in the middle of a letter."""


class Conversation(SmtpConnection):
    """One connection, with faults of its own."""

    server: FaultyMailServer

    def setup(self) -> None:
        super().setup()
        self.answers = self.server.office.answers()

    def answer(self, verb: str) -> bool:
        said = self.answers.get(verb) or ACCEPTS.get(verb, "250 fine")
        if said.endswith("hangs up"):
            return False
        self.wfile.write(f"{said}\r\n".encode())
        return verb != "QUIT"

    def take(self, recipients: list[str]) -> bool:
        """Read the letter, and keep it unless it is put off, or its sender died."""
        raw = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            raw += line.removeprefix(b".")
        said = self.answers.get("TAKEN", "250")
        if said.startswith("2"):
            letter = AcceptedMessage(list(recipients), raw, at=time.time(), is_reply_lost=said == TAKES_AND_HANGS_UP)
            self.server.office.messages.append(letter)
        recipients.clear()
        return self.answer("TAKEN")
