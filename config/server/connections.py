"""Connections to the web server, bounded before a request's head is here and while its answer is being read.

uvicorn bounds neither a head that never ends nor an answer that nobody reads. Together with the bodies that are being
received (config.server.bodies) these connections stay below --limit-concurrency, beyond which uvicorn answers 503.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS, LARGEST_HEAD = 10.0, 32 * 1024
UNREAD_SECONDS = 60.0


class Waiting:
    """Connections that wait for the other side: none longer than `seconds`, at most `max_count` of them.

    Where one more comes, the one that waits longest is cut.
    """

    def __init__(self, *, max_count: int, seconds: float) -> None:
        self.max_count, self.seconds = max_count, seconds
        self._since: dict[asyncio.Transport, asyncio.TimerHandle] = {}

    def add(self, transport: asyncio.Transport) -> None:
        """Begin to wait; who waits already does so since then."""
        if transport in self._since:
            return
        if len(self._since) >= self.max_count:
            self._cut(next(iter(self._since)))
        loop = asyncio.get_running_loop()
        self._since[transport] = loop.call_later(self.seconds, self._cut, transport)

    def remove(self, transport: asyncio.Transport) -> None:
        if timer := self._since.pop(transport, None):
            timer.cancel()

    def _cut(self, transport: asyncio.Transport) -> None:
        self.remove(transport)
        transport.abort()


class Connection(HttpToolsProtocol):
    """A connection of uvicorn's, with those bounds."""

    heads = Waiting(max_count=400, seconds=HEAD_SECONDS)
    unread = Waiting(max_count=96, seconds=UNREAD_SECONDS)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.head_bytes = 0
        self.heads.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heads.remove(self.transport)
        self.unread.remove(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that does not end."""
        if self.cycle is None or self.cycle.response_complete:
            if not self.head_bytes:
                self.heads.remove(self.transport)
                self.heads.add(self.transport)
            self.head_bytes += len(data)
        super().data_received(data)
        if self.head_bytes > LARGEST_HEAD:
            self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """Wait for the head no longer."""
        self.head_bytes = 0
        self.heads.remove(self.transport)
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Wait for the answer to be read."""
        super().pause_writing()
        self.unread.add(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self.unread.remove(self.transport)

    def on_response_complete(self) -> None:
        """Wait for the next request; where there is to be none, for the answer to be read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self.unread.add(self.transport)
        elif self.timeout_keep_alive_task and not self.flow.write_paused:
            self.heads.add(self.transport)

    def timeout_keep_alive_handler(self) -> None:
        """Close what nobody uses, as soon as the last answer was read."""
        self.heads.remove(self.transport)
        self.unread.add(self.transport)
        super().timeout_keep_alive_handler()
