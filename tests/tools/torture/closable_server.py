"""A server on 127.0.0.1 whose port can be closed for a moment, so that whoever connects is refused."""

import threading
import time
from collections.abc import Callable
from socketserver import BaseServer


class ClosableServer:
    """Runs a server that `make` makes, always on the same port."""

    def __init__(self, make: Callable[[], BaseServer]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        self._server = self._make()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving; what is being answered goes on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def close_for(self, seconds: float) -> None:
        """Refuse all connections for as long as that; returns at once, and does nothing while it is closed already."""
        threading.Thread(target=self._close_for, args=(seconds,), daemon=True).start()

    def _close_for(self, seconds: float) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self.close()
                time.sleep(seconds)
                self._open()
            finally:
                self._lock.release()
