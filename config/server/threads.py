"""Runs a WSGI application (PEP 3333) in threads, behind an asynchronous server."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple
from urllib.parse import unquote_to_bytes

KEPT_IN_MEMORY = 1024 * 1024  # of an answer made piece by piece

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]


class Answer(NamedTuple):
    """What is sent back; a body made piece by piece is a file."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | IO[bytes]


class Work(NamedTuple):
    """A request that is here in full, and who waits for its answer."""

    environ: Environ
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Answer]


class Threads:
    """The threads in which a WSGI application answers requests, first come, first served."""

    def __init__(self, wsgi: Wsgi, count: int) -> None:
        self._wsgi = wsgi
        self._queue: SimpleQueue[Work] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._work, name=f"request-{number}", daemon=True).start()

    def answer(self, environ: Environ) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        work = Work(environ, loop, loop.create_future())
        self._queue.put(work)
        return work.answer

    def _work(self) -> None:
        while True:
            environ, loop, answer = self._queue.get()
            try:
                result: Answer | Exception = run(self._wsgi, environ)
            except Exception as error:  # the server answers 500 and logs it
                result = error
            with contextlib.suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(_resolve, answer, result)


def _resolve(answer: asyncio.Future[Answer], result: Answer | Exception) -> None:
    if answer.done():  # given up: the server stops
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)


def run(wsgi: Wsgi, environ: Environ) -> Answer:
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    result = wsgi(environ, lambda status, headers, _error=None: begun.append((status, headers)))
    try:
        body = _spooled(result) if getattr(result, "streaming", False) else b"".join(result)
    finally:
        getattr(result, "close", lambda: None)()
    status, headers = begun[0]
    return Answer(int(status[:3]), headers, body)


def _spooled(pieces: Iterable[bytes]) -> IO[bytes]:
    """Keep what is made piece by piece: a slow reader must not hold the thread that makes it."""
    file = SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 - closed by whoever sends it
    for piece in pieces:
        file.write(piece)
    file.seek(0)
    return file


SAME_FOR_ALL = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def environ_of(scope: dict[str, Any]) -> Environ:
    """Return the request as WSGI has it (PEP 3333), without its body."""
    (server, port), (client, client_port) = scope["server"] or ("localhost", 80), scope["client"] or ("", 0)
    environ: Environ = SAME_FOR_ALL | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
    }
    for name, value in scope["headers"]:
        if key := _key(name):
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    return environ


@lru_cache(256)
def _key(header: bytes) -> str:
    """Return the name of a header in WSGI; none for one that would pass for another, as X_Forwarded_For would."""
    if b"_" in header:
        return ""
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
