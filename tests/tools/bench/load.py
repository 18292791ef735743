"""The load: one thread, raw sockets that stay open, requests made beforehand, so that it is not what is measured."""

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.tools.bench.http_requests import Request

PATIENCE_SECONDS = 30.0
END_OF_HEADERS = b"\r\n\r\n"


class WrongAnswer(Exception):
    """Requests were not answered as they must be: what was measured is not what was meant."""


@dataclass(slots=True)
class Run:
    """How a load was answered: seconds for each request, in all, and our own CPU."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    bodies: list[bytes] = field(default_factory=list)


class Connection:
    """One connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request: Request | None = None
        self.began_at = 0.0
        self._read = b""

    def send(self, request: Request, began_at: float) -> None:
        """Send the request; it counts as begun then, which may be before now."""
        self.request, self.began_at, self._read = request, began_at, b""
        self.socket.sendall(request.raw)

    def receive(self) -> tuple[int, bytes] | None:
        """Read what has come; return the status and the body once they are whole. :raises WrongAnswer:"""
        came = self.socket.recv(262144)
        if not came:
            raise WrongAnswer("The server closed the connection.")
        self._read += came
        head, found, body = self._read.partition(END_OF_HEADERS)
        if not found or not _is_whole(head.lower(), body):
            return None
        return int(head[9:12]), body


def _is_whole(head: bytes, body: bytes) -> bool:
    _, found, rest = head.partition(b"content-length:")
    if found:
        return len(body) >= int(rest.split(b"\r\n", 1)[0])
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    return True  # 204 has neither


class Load:
    """Sends requests to a port over some connections and checks each answer's status."""

    def __init__(self, port: int, *, connections: int, keeps_bodies: bool = False) -> None:
        self._selector = selectors.DefaultSelector()
        self._free = deque(Connection(port) for _ in range(connections))
        for connection in self._free:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._keeps_bodies = keeps_bodies

    def closed(self, requests: Sequence[Request]) -> Run:
        """Send each request as soon as a connection is free."""
        return self._send([(0.0, request) for request in requests])

    def open(self, requests: Sequence[Request], *, per_second: float) -> Run:
        """Send the requests at a pace that no slow answer slows down; each is timed from when it was due.

        One for which no connection is free by then waits for one, and that counts.
        """
        return self._send([(number / per_second, request) for number, request in enumerate(requests)])

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

    def _send(self, timetable: list[tuple[float, Request]]) -> Run:
        run, waiting, under_way = Run(), deque(timetable), 0
        statuses: Counter[tuple[int, int]] = Counter()
        own, began = time.process_time(), time.perf_counter()
        while waiting or under_way:
            now = time.perf_counter() - began
            while waiting and self._free and waiting[0][0] <= now:
                due, request = waiting.popleft()
                self._free.popleft().send(request, due or now)
                under_way += 1
            pause = waiting[0][0] - now if waiting and self._free else PATIENCE_SECONDS
            events = self._selector.select(max(pause, 0))
            for key, _ in events:
                under_way -= self._take(key.data, began, run, statuses)
            if not events and pause >= PATIENCE_SECONDS:
                raise WrongAnswer(f"{under_way} requests were not answered within {PATIENCE_SECONDS} s.")
        run.seconds, run.own_cpu_seconds = time.perf_counter() - began, time.process_time() - own
        wrong = {pair: count for pair, count in statuses.items() if pair[0] != pair[1]}
        if wrong:
            raise WrongAnswer(f"Answers (expected, given): how many: {wrong}")
        return run

    def _take(self, connection: Connection, began: float, run: Run, statuses: Counter[tuple[int, int]]) -> bool:
        """Read from the connection; return whether its request is answered now."""
        answer = connection.receive()
        if answer is None or connection.request is None:
            return False
        status, body = answer
        run.latencies.append(time.perf_counter() - began - connection.began_at)
        statuses[connection.request.expected, status] += 1
        if self._keeps_bodies:
            run.bodies.append(body)
        connection.request = None
        self._free.append(connection)
        return True
