"""An SMTP server on 127.0.0.1 that takes mails, refuses them, or never answers, as a test wants it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

ACCEPTS = {"CONNECT": "220 mail.test", "DATA": "354 go on", "TAKEN": "250 taken", "QUIT": "221 bye"}
SILENCE = "silence"
HANGS_UP = "hangs up"
TAKES_AND_HANGS_UP = "2 hangs up"  # it has the mail, and its answer is lost


@dataclass(frozen=True)
class ReceivedMail:
    """A mail that the server took."""

    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class MailServer(socketserver.ThreadingTCPServer):
    """Answers each command, and each recipient's address, as `answers` says; `received` holds the mails.

    An answer is a reply, or SILENCE or HANGS_UP.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpConnection)
        self.answers: dict[str, str] = {}
        self.received: list[ReceivedMail] = []
        self.connections = 0
        self.is_over = threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def message_ids(self) -> list[str]:
        return [mail.message["Message-ID"] for mail in self.received]

    @property
    def recipients(self) -> list[list[str]]:
        return [mail.recipients for mail in self.received]


class SmtpConnection(socketserver.StreamRequestHandler):
    """One connection (RFC 5321)."""

    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        if not self.answer("CONNECT"):
            return
        recipients: list[str] = []
        for line in self.rfile:
            verb = line[:4].decode().strip().upper()
            if verb == "RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
            if not self.answer(recipients[-1] if verb == "RCPT" and recipients[-1] in self.server.answers else verb):
                return
            if verb == "DATA" and not self.take(recipients):
                return

    def take(self, recipients: list[str]) -> bool:
        """Read the mail, and take it unless the answer to its end refuses it."""
        lines = list(iter(self.rfile.readline, b".\r\n"))
        if self.server.answers.get("TAKEN", "250").startswith("2"):
            self.server.received.append(ReceivedMail(recipients, b"".join(line.removeprefix(b".") for line in lines)))
        return self.answer("TAKEN")

    def answer(self, verb: str) -> bool:
        reply = self.server.answers.get(verb) or ACCEPTS.get(verb, "250 fine")
        if reply == SILENCE:
            self.server.is_over.wait(10)
        if reply in {SILENCE, HANGS_UP, TAKES_AND_HANGS_UP}:
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return verb != "QUIT"


@contextmanager
def running() -> Iterator[MailServer]:
    """Serve, until the block is left."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()
