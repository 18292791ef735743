"""The ASGI application in front of Django: it reads a request in full before a thread answers it.

So whoever sends half a request takes no thread from others. What bounds a connection before that is in
config.server.connections.
"""

import asyncio
import contextlib
import multiprocessing
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from config.mongo.supervisor import end_with_parent
from config.security.uploads import MAX_FORM_BYTES
from config.server.bodies import Bodies, Refused
from config.server.threads import Answer, Environ, Threads, Wsgi, environ_of

WEBHOOKS = "/twilio/"
THREADS = 8
LARGEST_WEBHOOK = 64 * 1024
# The larger ones are bounded by what they take in memory, the small by how many connections are left for others
MAX_SMALL, MAX_LARGE = 192, 10
SENT_AT_ONCE = 64 * 1024  # of an answer
LINGER_SECONDS, BODY_STILL_COMING = 2.0, {HTTPStatus.LENGTH_REQUIRED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
lingering = asyncio.Semaphore(32)
SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=")  # base64 of an HMAC-SHA1, as Twilio sends it

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Front:
    """The ASGI application; `wsgi` is Django's."""

    def __init__(self, wsgi: Wsgi) -> None:
        # Callers have threads of their own: pages that wait for the database may hold all of the others
        self._callers, self._others = Threads(wsgi, THREADS), Threads(wsgi, THREADS)
        self._small, self._large = Bodies(MAX_SMALL), Bodies(MAX_LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _run_lifespan(receive, send)
            return
        environ = environ_of(scope)
        try:
            answer = await self._answer(environ, receive)
        except ConnectionAbortedError:
            return
        except Refused as refused:
            await _refuse(refused, receive, send)
        else:
            await _send(answer, send)

    async def _answer(self, environ: Environ, receive: Receive) -> Answer:
        """Read the body, and have it answered. :raises Refused: :raises ConnectionAbortedError: nobody waits."""
        length = admitted(environ)
        threads = self._callers if environ["PATH_INFO"].startswith(WEBHOOKS) else self._others
        if not length:
            return await threads.answer(environ)
        is_small = length <= LARGEST_WEBHOOK
        body = await (self._small if is_small else self._large).read(receive, length)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(length)}
        if is_small:
            return await threads.answer(environ)
        with self._large.keeping():
            return await threads.answer(environ)


def admitted(environ: Environ) -> int:
    """Return the length of the body that is to come. :raises Refused: the body is not worth reading."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "Say how long the body is, by Content-Length.")
    is_webhook = environ["PATH_INFO"].startswith(WEBHOOKS)
    if is_webhook and not SIGNATURE.fullmatch(environ.get("HTTP_X_TWILIO_SIGNATURE", "")):
        raise Refused(HTTPStatus.FORBIDDEN, "The signature does not fit.")
    length, max_length = int(environ.get("CONTENT_LENGTH") or 0), LARGEST_WEBHOOK if is_webhook else MAX_FORM_BYTES
    if length > max_length:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {max_length} bytes.")
    return length


async def _refuse(refused: Refused, receive: Receive, send: Send) -> None:
    """Answer in a line, and close. What may still come is not kept; it is read for a moment, where that is much:
    a client that is cut off while it sends does not see why."""
    body = f"{refused}\n".encode()
    headers = {
        b"content-type": b"text/plain; charset=utf-8",
        b"connection": b"close",
        b"content-length": b"%d" % len(body),
    }
    await send({"type": "http.response.start", "status": refused.status, "headers": [*headers.items()]})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if refused.status in BODY_STILL_COMING and not lingering.locked():
        with contextlib.suppress(TimeoutError):
            async with lingering, asyncio.timeout(LINGER_SECONDS):
                while (await receive())["type"] == "http.request":
                    pass
    await send({"type": "http.response.body", "body": b""})


async def _send(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    body = answer.body
    if isinstance(body, bytes) and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(body, bytes):
        return await send({"type": "http.response.body", "body": body})
    with body:
        while piece := body.read(SENT_AT_ONCE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return None


async def _run_lifespan(receive: Receive, send: Send) -> None:
    """Begin and end with the server: a worker never outlives the process that started it."""
    await receive()
    end_with_parent()
    parent = multiprocessing.parent_process()
    if parent and not parent.is_alive():
        await send({"type": "lifespan.startup.failed", "message": "The server has ended."})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
