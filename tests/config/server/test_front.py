import contextlib
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.management.commands.serve import WEB
from config.security.uploads import MAX_FORM_BYTES
from config.server.connections import LARGEST_HEAD
from tests.config.server import echo
from tests.factories import NOBODY
from tests.tools.bench.http_requests import signed_form
from tests.tools.bench.servers import Server, as_in_production, free_port

pytestmark = pytest.mark.slow

HELD = 220
PATIENCE_SECONDS = 30
HOST = b"Host: calls.example.com\r\n"
SIGNED = b"X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
WEBHOOK = b"POST /twilio/voice/1 HTTP/1.1\r\n" + HOST + SIGNED
HALVES = {
    "a body that stops": WEBHOOK + b"Content-Length: 1000\r\n\r\nabc",
    "a body that never begins": b"POST /admin/login/ HTTP/1.1\r\n" + HOST + b"Content-Length: 5000000\r\n\r\n",
    "chunks that never end": WEBHOOK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "a head that stops": WEBHOOK,
    "nothing": b"",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve what echoes, as production is served; return the port."""
    folder = tmp_path_factory.mktemp("echo")
    with start_echo(folder) as server:
        yield server.wait().port


def start_echo(folder: Path) -> Server:
    words = [word.replace("config.asgi:application", "tests.config.server.echo:served") for word in WEB]
    return Server([*words, "--port", "PORT"], {echo.FOLDER: str(folder)}, log=folder / "web.log")


@contextlib.contextmanager
def held(port: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Hold connections that have sent this, from fifty addresses."""
    with contextlib.ExitStack() as stack:
        lines = []
        for number in range(HELD):
            line = stack.enter_context(socket.socket())
            line.settimeout(PATIENCE_SECONDS)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.bind((f"127.0.0.{2 + number % 50}", 0))
            line.connect(("127.0.0.1", port))
            line.sendall(sent)
            lines.append(line)
        yield lines


@contextlib.contextmanager
def trickling(lines: list[socket.socket]) -> Iterator[None]:
    """Send a byte a second on each of the connections that is still open."""
    is_over = threading.Event()

    def trickle() -> None:
        while not is_over.wait(1):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.sendall(b"a")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def ask(port: int, sent: bytes, *, ends: bytes = b"") -> str:
    """Return what is answered, until the connection is closed or the answer ends so."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as line:
        line.sendall(sent)
        while (came := line.recv(65536)) and not (ends and (answer + came).endswith(ends)):
            answer += came
        return (answer + came).decode()


def status(answer: str) -> int:
    return int(answer[9:12])


@pytest.mark.parametrize("sent", HALVES.values(), ids=HALVES.keys())
def test_others_are_answered_while_hundreds_send_half_a_request(port: int, sent: bytes) -> None:
    with held(port, sent):
        answers = [ask(port, b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n", ends=b"GET /page 0") for _ in range(20)]

    assert {status(answer) for answer in answers} == {200}


def test_others_are_answered_while_hundreds_send_a_byte_a_second(port: int) -> None:
    with held(port, HALVES["a body that stops"]) as lines, trickling(lines):
        answers = [ask(port, b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n", ends=b"GET /page 0") for _ in range(20)]
        ended = [line.recv(12) for line in lines]

    assert {status(answer) for answer in answers} == {200}
    assert set(ended) == {b"HTTP/1.1 408"}


def test_others_are_answered_while_hundreds_read_nothing(port: int) -> None:
    with held(port, b"GET /much HTTP/1.1\r\n" + HOST + b"\r\n"):
        answers = [ask(port, b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n", ends=b"GET /page 0") for _ in range(20)]

    assert {status(answer) for answer in answers} == {200}


def test_live_call_is_answered_while_pages_wait_for_a_database_that_is_away(tmp_path: Path) -> None:
    with start_echo(tmp_path) as server:
        port = server.wait().port
        with held(port, b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n"):
            wait_for(tmp_path / "begun")
            answers = [ask(port, WEBHOOK + b"\r\n", ends=b"/twilio/voice/1 0") for _ in range(20)]
            (tmp_path / "go on").touch()

    assert {status(answer) for answer in answers} == {200}


def test_live_call_is_answered_while_hundreds_send_half_a_request(database, tmp_path: Path) -> None:
    from config.mongo import client

    settings = as_in_production(tmp_path / "var", client.embedded().uri(), MONGODB_DATABASE=database.name)
    webhook = signed_form(f"/twilio/voice/{NOBODY}", {"CallSid": "CA1"}, expected=200).raw
    with Server([*WEB, "--port", "PORT"], settings, log=tmp_path / "web.log", port=free_port()) as server:
        port = server.wait().port
        with held(port, HALVES["a body that stops"]):
            answers = [ask(port, webhook, ends=b"</Response>") for _ in range(20)]

    assert {status(answer) for answer in answers} == {200}
    assert "Traceback" not in (tmp_path / "web.log").read_text()


REFUSED = {
    "unsigned": (b"POST /twilio/voice/1 HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nabc", 403),
    "signed by no signature": (
        b"POST /twilio/voice/1 HTTP/1.1\r\n" + HOST + b"X-Twilio-Signature: x\r\nContent-Length: 1000\r\n\r\n",
        403,
    ),
    "signed twice": (WEBHOOK + SIGNED + b"Content-Length: 1000\r\n\r\nabc", 403),
    "escaped": (b"POST /%74wilio/voice/1 HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nabc", 403),
    "without a length": (WEBHOOK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 411),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a webhook too large": (WEBHOOK + b"Content-Length: 65537\r\n\r\n", 413),
    "a form too large": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (MAX_FORM_BYTES + 1), 413),
    "no HTTP": (b"\x16\x03\x01\r\n\r\n", 400),
    "an endless head": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * LARGEST_HEAD, 400),
}


@pytest.mark.parametrize(("sent", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_request_that_is_not_worth_reading_is_refused_before_its_body_is_here(
    port: int, sent: bytes, expected: int
) -> None:
    answer = ask(port, sent)

    assert status(answer) == expected
    assert "text/plain" in answer


def test_whoever_sends_too_much_sees_why(port: int) -> None:
    much = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (MAX_FORM_BYTES + 1) + b"x" * MAX_FORM_BYTES

    assert "The body is larger than 6291456 bytes." in ask(port, much)


def test_largest_form_gets_through(port: int) -> None:
    form = b"POST /import HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % MAX_FORM_BYTES + b"x" * MAX_FORM_BYTES

    assert "POST /import 6291456" in ask(port, form, ends=b"6291456")


def test_connection_takes_one_request_after_the_other(port: int) -> None:
    page = b"GET /page HTTP/1.1\r\n" + HOST + b"\r\n"
    form = b"POST /form HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc"

    answer = ask(port, page + form + page.replace(b"/page", b"/last"), ends=b"/last 0")

    assert re.findall(r"(?:GET|POST) /\w+ \d", answer) == ["GET /page 0", "POST /form 3", "GET /last 0"]


def test_request_under_way_is_answered_though_the_server_is_to_stop(tmp_path: Path) -> None:
    answers: list[str] = []
    slow = b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n"
    with start_echo(tmp_path) as server:
        port = server.wait().port
        asking = threading.Thread(target=lambda: answers.append(ask(port, slow, ends=b"/slow 0")))
        asking.start()
        wait_for(tmp_path / "begun")
        with held(port, b"") as idle:
            os.kill(server.ids[0], signal.SIGTERM)
            closed = [line.recv(1) for line in idle]  # once both workers have begun to stop
        (tmp_path / "go on").touch()
        asking.join()
        code = server.wait_for_end()

    assert set(closed) == {b""}
    assert [status(answer) for answer in answers] == [200]
    assert code == 0


def is_listening(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def wait_until_closed(port: int) -> None:
    while is_listening(port):
        time.sleep(0.01)


def test_workers_end_with_the_server_whatever_it_dies_of(tmp_path: Path) -> None:
    with start_echo(tmp_path) as server:
        port = server.wait().port
        os.kill(server.ids[0], signal.SIGKILL)
        wait_until_closed(port)

    assert not is_listening(port)
