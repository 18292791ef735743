"""Connects MongoEngine: to MONGODB_URI, or to the embedded mongod, which the first use starts."""

import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pymongo
from django.apps import apps
from django.conf import settings
from mongoengine import Document, connection
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure, PyMongoError

from config.mongo.embedded import EmbeddedMongo, EmbeddedMongoUnavailable

Made = TypeVar("Made")
ALIAS = connection.DEFAULT_CONNECTION_NAME
INDEX_SECONDS = 3_600
# What holds for each client where the address does not say otherwise
OPTIONS = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "w": "majority",
    "retryWrites": True,
    "appname": "callflow",
}


_making = threading.Lock()
_clients: list[MongoClient] = []


def register() -> None:
    """Register the connection; the client, and with it the embedded mongod, starts at its first use.

    The address is read only then: looking up a mongodb+srv address asks the network.
    """
    _clients.clear()
    connection.register_connection(
        ALIAS,
        db=urlsplit(settings.MONGODB_URI).path.strip("/") or settings.MONGODB_DATABASE,
        host="mongodb://127.0.0.1/",
        tz_aware=True,
        uuidRepresentation="standard",
        mongo_client_class=_client,
    )


def release() -> None:
    """Close the connection, let go of the embedded mongod, and be ready to connect anew."""
    connection.disconnect(ALIAS)
    embedded().release()
    register()


def transact(work: Callable[[ClientSession], Made]) -> Made:
    """Do the work in one transaction and return what it returns; it may be done several times over.

    What it raises undoes all of it.
    """
    with connection.get_connection().start_session() as session:
        return session.with_transaction(work)


def embedded() -> EmbeddedMongo:
    """Return this process's use of the embedded mongod, whether or not it runs."""
    return _embedded(settings.VAR_DIR)


def is_away(error: BaseException) -> bool:
    """Return whether the error says that MongoDB cannot be reached now, so that the same may go well in a moment."""
    return isinstance(error, ConnectionFailure | EmbeddedMongoUnavailable) or (
        # a transaction gives up with what stood in its way last: mostly the locks of one whose process was killed
        isinstance(error, PyMongoError) and (error.timeout or error.has_error_label("TransientTransactionError"))
    )


def is_known_away() -> bool:
    """Return whether the driver's own watch on the servers finds none to write to; asks nothing of the network.

    One that has not looked yet, as in a process that just started, does not count as away.
    """
    if not _clients:
        return False
    topology = _clients[0].topology_description
    found = topology.server_descriptions().values()
    return not topology.has_writable_server() and any(server.error for server in found)


def documents() -> list[type[Document]]:
    """Return the documents that our apps declare, in whichever of their modules named documents."""
    modules = [
        import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR
        for path in sorted(Path(app.path).rglob("documents.py"))
    ]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Document)
        and value.__module__ == module.__name__
        and not value._meta.get("abstract")
    ]


def ensure_indexes() -> None:
    """Create the declared indexes that are missing, waiting for INDEX_SECONDS: there may be millions of documents.

    `prepare` calls this at each start. Documents set `auto_create_index: False`, so that no request builds one.

    :raises pymongo.errors.PyMongoError: MongoDB does not answer, or refuses.
    """
    connection.get_connection().admin.command("ping")  # one that is away is not waited for as long
    with pymongo.timeout(INDEX_SECONDS):
        for document in documents():
            document.ensure_indexes()


def _client(**registered: Any) -> MongoClient:
    """Return the client, for MongoEngine, in place of the one that the registered address would give.

    There is one, however many threads ask for the first at once: MongoEngine would let each document keep another,
    and no transaction can span two.
    """
    with _making:
        if not _clients:
            _clients.append(_new_client(**registered))
        return _clients[0]


def _new_client(**registered: Any) -> MongoClient:
    kept = {name: registered[name] for name in ("tz_aware", "uuidRepresentation", "driver") if name in registered}
    if not settings.MONGODB_URI:
        return MongoClient(embedded().uri(), **OPTIONS, **kept)
    given = {option.partition("=")[0].lower() for option in urlsplit(settings.MONGODB_URI).query.split("&")}
    return MongoClient(
        settings.MONGODB_URI, **{name: value for name, value in OPTIONS.items() if name.lower() not in given}, **kept
    )


@cache
def _embedded(directory: Path) -> EmbeddedMongo:
    return EmbeddedMongo(directory / "mongo")
