"""A served Callflow for those tests that speak to it over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    """Serves without a line on standard error for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Patient(ThreadedWSGIServer):
    """Says nothing of a browser that hangs up in the middle of an answer, either."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@contextmanager
def served(settings: Any) -> Iterator[str]:
    """Serve the application on 127.0.0.1, and give its address; webhooks go there."""
    server = Patient(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield settings.PUBLIC_BASE_URL
    server.shutdown()
    thread.join()
    server.server_close()
