"""Servers on 127.0.0.1 for the telephony tests: Twilio's REST API, and our own webhooks with canned TwiML."""

import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from twilio.request_validator import RequestValidator

CALL_SID = "CA" + "0" * 31 + "1"
QUEUED = {"sid": CALL_SID, "status": "queued", "date_created": None, "duration": None}


@dataclass(frozen=True)
class Asked:
    """A request that a server received; `form` keeps repeated keys and their order."""

    method: str
    url: str
    form: list[tuple[str, str]]
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.url).query)

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.form)

    @property
    def is_signed(self) -> bool:
        validator = RequestValidator(settings.WEBHOOK_AUTH_TOKEN)
        return bool(validator.validate(self.url, self.fields, self.headers.get("X-Twilio-Signature", "")))


@dataclass(frozen=True)
class Answer:
    """What to answer: `body` is sent as JSON unless it is bytes; `closes` drops the connection instead.

    `hangs_up` drops it after the answer, without a word of that in it.
    """

    status: int = 201
    body: Any = field(default_factory=lambda: QUEUED)
    content_type: str = "application/json"
    location: str = ""
    delay_seconds: float = 0.0
    closes: bool = False
    hangs_up: bool = False
    encoding: str = ""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server:
    """A server that remembers what it was asked, and answers what the function says."""

    def __init__(self, answer_for: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.connections = self.closed = 0
        self.answer_for = answer_for
        self._server = _listener(self)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class TwilioApi(Server):
    """Twilio's REST API: answers with the queued answers in turn, and after them accepts every call."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._next_answer, tls)
        self.answers: deque[Answer] = deque()
        self.names_what_is_asked_for = False

    def _next_answer(self, asked: Asked) -> Answer:
        if self.answers:
            return self.answers.popleft()
        if self.names_what_is_asked_for:
            return Answer(200, QUEUED | {"sid": asked.path.rsplit("/", 1)[1].removesuffix(".json")})
        return Answer()


class OurSide(Server):
    """Our webhooks: each path answers with what was set for it in turn, the last one for good; all else with 204."""

    def __init__(self) -> None:
        super().__init__(self._next_answer)
        self._pages: dict[str, deque[Answer]] = {}
        self.on_request: Callable[[Asked], None] = lambda asked: None

    def says(self, path: str, *twiml: str) -> None:
        """Answer at the path with these TwiML documents; each is what goes into <Response>."""
        self.answers(path, *(page(document) for document in twiml))

    def answers(self, path: str, *answers: Answer) -> None:
        self._pages[path] = deque(answers)

    def asked_at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def _next_answer(self, asked: Asked) -> Answer:
        self.on_request(asked)
        answers = self._pages.get(asked.path)
        if not answers:
            return Answer(204, b"", "text/xml")
        return answers.popleft() if len(answers) > 1 else answers[0]


def page(twiml: str) -> Answer:
    """Return the answer that a good webhook gives."""
    return Answer(200, f"<Response>{twiml}</Response>".encode(), "text/xml; charset=utf-8")


def _listener(server: Server) -> ThreadingHTTPServer:
    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 100

        def shutdown_request(self, request: Any) -> None:
            super().shutdown_request(request)
            server.closed += 1

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a caller who does not like our certificate."""

    return Listener(("127.0.0.1", 0), _handler(server))


def _asked(handler: BaseHTTPRequestHandler, server: Server) -> Asked | None:
    """Return the request, None where its sender broke off: no server acts on half of one."""
    length = int(handler.headers.get("Content-Length", 0))
    body = handler.rfile.read(length)
    if len(body) < length:
        handler.close_connection = True
        return None
    form = parse_qsl(body.decode(), keep_blank_values=True)
    return Asked(handler.command, server.url + handler.path, form, dict(handler.headers))


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_POST(self) -> None:
            asked = _asked(self, server)
            if asked is None:
                return
            server.asked.append(asked)
            answer = server.answer_for(asked)
            time.sleep(answer.delay_seconds)
            if answer.closes:
                self.close_connection = True
                return
            content = answer.content
            self.send_response(answer.status)
            headers = {"Content-Type": answer.content_type, "Location": answer.location}
            headers |= {"Content-Encoding": answer.encoding} if answer.encoding else {}
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection |= answer.hangs_up

        do_GET = do_POST  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler
