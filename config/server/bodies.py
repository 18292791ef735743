"""Request bodies that are being received: bounded in number, in time and in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

# Whoever is slower may try again. An upload at a modem's pace gets through
FIRST_SECONDS, BYTES_PER_SECOND = 10.0, 16 * 1024


class Refused(Exception):
    """A request that is answered before a view sees it: the status, and why in a sentence."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Bodies:
    """At most `max_count` bodies at once. Where one more comes, the one gives way of which the fewest bytes have come.

    Of several with as few bytes the oldest gives way. So whoever really sends goes on; those who only begin, however
    many they are, take the places of each other.
    """

    def __init__(self, max_count: int) -> None:
        self.max_count = max_count
        self.kept = 0
        self.coming: dict[asyncio.Timeout, int] = {}  # how much of each is here, in the order in which they began

    async def read(self, receive: Callable[[], Awaitable[dict[str, Any]]], length: int) -> bytes:
        """Return the body of `length` bytes.

        It has FIRST_SECONDS, and as long again as what has come takes at BYTES_PER_SECOND.

        :raises Refused: it is late, or another took its place. :raises ConnectionAbortedError: the client is gone.
        """
        self._make_room()
        try:
            async with asyncio.timeout(FIRST_SECONDS) as deadline:
                self.coming[deadline] = 0
                return await self._read(receive, length, deadline)
        except TimeoutError as error:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The body did not come in time; try again.") from error
        finally:
            self.coming.pop(deadline, None)

    async def _read(self, receive: Callable[[], Awaitable[dict[str, Any]]], length: int, deadline: Any) -> bytes:
        began_at, body = asyncio.get_running_loop().time(), bytearray()
        while len(body) < length:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            body += message["body"]
            if deadline in self.coming:
                self.coming[deadline] = len(body)
                deadline.reschedule(began_at + FIRST_SECONDS + len(body) / BYTES_PER_SECOND)
        return bytes(body)

    def _make_room(self) -> None:
        """Let one go where there are too many. :raises Refused: none of them can go."""
        if len(self.coming) + self.kept < self.max_count:
            return
        if not self.coming:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too much is being sent at once; try again.")
        slowest = min(self.coming, key=self.coming.__getitem__)
        del self.coming[slowest]
        if not slowest.expired():
            slowest.reschedule(0)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Count a body that is whole among them, until it is answered."""
        self.kept += 1
        try:
            yield
        finally:
            self.kept -= 1
