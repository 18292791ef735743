"""A WSGI application behind the front, for the tests of it: it needs no database."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from config.server.front import Front

FOLDER = "ECHO_FOLDER"  # the environment variable that names where tests and application wait for each other


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with what came; at /slow once the test has gone on, at /much with more than a connection holds."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        folder = Path(os.environ[FOLDER])
        (folder / "begun").touch()
        while not (folder / "go on").exists():
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/much":
        return [b"x" * 500_000]
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)}".encode()]


served = Front(application)
