"""A MongoDB that is away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mongoengine import connection

from config.mongo import client

# Nothing listens there; whoever asks is told so within a fifth of a second
NOWHERE = "mongodb://127.0.0.1:1/callflow_test?replicaSet=callflow&serverSelectionTimeoutMS=200"


@contextmanager
def database_away(settings: Any) -> Iterator[None]:
    """Have every request find no MongoDB, until the block is left."""
    _register(settings, NOWHERE)
    try:
        yield
    finally:
        _register(settings, "")


def _register(settings: Any, address: str) -> None:
    connection.disconnect()
    settings.MONGODB_URI = address
    client.register()
