import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from config.server import threads
from config.server.threads import Answer, Threads, environ_of, run

SCOPE: dict[str, Any] = {
    "method": "POST",
    "raw_path": b"/twilio/turn/1%20%C3%A9%ff",
    "query_string": b"holds=1&x=%20",
    "http_version": "1.1",
    "server": ("127.0.0.1", 8000),
    "client": ("203.0.113.7", 4711),
    "scheme": "http",
    "headers": [],
}


def with_headers(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return environ_of(SCOPE | {"headers": [*headers]})


def test_address_is_given_as_it_was_asked_for() -> None:
    environ = environ_of(SCOPE)

    assert environ["PATH_INFO"].encode("latin-1") == b"/twilio/turn/1 \xc3\xa9\xff"
    assert environ["QUERY_STRING"] == "holds=1&x=%20"
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("203.0.113.7", "8000")


def test_headers_are_given_by_their_names_in_wsgi() -> None:
    environ = with_headers((b"host", b"a.example"), (b"content-type", b"text/csv"), (b"x-twilio-signature", b"s="))

    assert environ["HTTP_HOST"] == "a.example"
    assert environ["CONTENT_TYPE"] == "text/csv"
    assert environ["HTTP_X_TWILIO_SIGNATURE"] == "s="


def test_headers_sent_twice_are_given_in_their_order() -> None:
    environ = with_headers(
        (b"x-forwarded-for", b"a"), (b"x-forwarded-for", b"b"), (b"cookie", b"c=1"), (b"cookie", b"d=2")
    )

    assert environ["HTTP_X_FORWARDED_FOR"] == "a,b"
    assert environ["HTTP_COOKIE"] == "c=1; d=2"


def test_header_that_would_pass_for_another_is_not_given() -> None:
    assert "HTTP_X_FORWARDED_PROTO" not in with_headers((b"x_forwarded_proto", b"https"))


class Pieces:
    """An answer made piece by piece."""

    streaming = True
    is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"one,", b"two")

    def close(self) -> None:
        self.is_closed = True


def answering(result: Iterable[bytes]) -> Any:
    def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("201 Created", [("X-Kind", "a")])
        return result

    return application


def test_answer_is_taken_in_one_piece() -> None:
    assert run(answering([b"one,", b"two"]), {}) == Answer(201, [("X-Kind", "a")], b"one,two")


def test_answer_made_piece_by_piece_holds_no_thread_and_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "KEPT_IN_MEMORY", 3)
    pieces = Pieces()

    answer = run(answering(pieces), {})

    with answer.body as body:
        assert body.read() == b"one,two"
        assert body._rolled
    assert pieces.is_closed


def test_error_of_the_application_is_told_to_whoever_waits() -> None:
    def breaks(_environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    async def wait() -> None:
        await Threads(breaks, 1).answer({})

    with pytest.raises(ZeroDivisionError):
        asyncio.run(wait())
