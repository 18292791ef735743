"""Whether MongoDB and Django's own database are there, and able to do what is asked of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pymongo
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from mongoengine import ConnectionFailure as NotConnected
from mongoengine import Document, connection
from pymongo import WriteConcern
from pymongo.database import Database
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from config.doctor.clock import compare_clocks
from config.doctor.findings import Finding, describe_error, doubtful, right, wrong
from config.jobs.documents import JobRun
from config.mongo import client
from config.mongo.embedded import EmbeddedMongoUnavailable

NAME = "MongoDB"
# Older than this, it lacks what the queries use ($unionWith)
MIN_VERSION = (4, 4)
MAX_SECONDS = 20.0
MAJORITY_MS = 5_000
MAX_NAMED = 3
START = "See that it runs and that this machine may reach it; check MONGODB_URI."
PREPARE = "Run `manage.py prepare`."


def connect() -> tuple[Database | None, list[Finding]]:
    """Return the database where it answers, and what was found."""
    try:
        if not settings.MONGODB_URI:
            client.embedded().uri()
        database = connection.get_db()
        info = database.client.admin.command("buildInfo")
        database.list_collection_names()
    except EmbeddedMongoUnavailable as error:
        return None, [wrong(NAME, str(error), "Or set MONGODB_URI.")]
    except (NotConnected, ConfigurationError) as error:
        return None, [wrong(NAME, f"MONGODB_URI cannot be used: {describe_error(error)}", "Correct MONGODB_URI.")]
    except ServerSelectionTimeoutError:
        return None, [wrong(NAME, "No server answers within its time limit.", START)]
    except OperationFailure as error:
        return None, [
            wrong(NAME, f"It refuses us: {describe_error(error)}", "Check the user and roles in MONGODB_URI.")
        ]
    except PyMongoError as error:
        return None, [wrong(NAME, describe_error(error), START)]
    version = str(info["version"])
    if tuple(info["versionArray"][:2]) < MIN_VERSION:
        return database, [wrong(NAME, f"Version {version} is too old.", "Update it to 6.0 or later.")]
    where = "at MONGODB_URI" if settings.MONGODB_URI else "our own, under var/mongo"
    return database, [right(NAME, f"Version {version}, {where}.")]


def check_transactions(database: Database) -> Iterator[Finding]:
    """Yield whether transactions work, which bookings are."""
    name, hello = "Transactions", database.client.admin.command("hello")
    kind = f"replica set {hello['setName']}" if "setName" in hello else "sharded cluster"
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        yield wrong(name, "The server stands alone; bookings need transactions.", "Make it a replica set.")
        return
    try:
        with pymongo.timeout(MAX_SECONDS), database.client.start_session() as session, session.start_transaction():
            JobRun._get_collection().find_one({}, session=session)
    except PyMongoError as error:
        yield wrong(name, describe_error(error), "Bookings need transactions: see the server's log.")
        return
    yield right(name, f"They work; {kind}.")


def check_write_concern(database: Database, now: datetime) -> Iterator[Finding]:
    """Yield whether what is written is written to a majority, by noting that the doctor was here."""
    name, ours = "Write concern", database.client.write_concern.document
    if ours.get("w") != "majority":
        lost = f"It is {ours}: a failover may lose what was acknowledged."
        yield wrong(name, lost, "Leave w out of MONGODB_URI; it is majority then.")
        return
    safe = JobRun._get_collection().with_options(write_concern=WriteConcern("majority", wtimeout=MAJORITY_MS))
    visit = {"$set": {"started_at": now, "finished_at": now}}
    try:
        with pymongo.timeout(MAX_SECONDS):
            safe.update_one({"_id": "manage.py doctor"}, visit, upsert=True)
    except PyMongoError as error:
        yield wrong(
            name, f"No majority confirms a write: {describe_error(error)}", "See to the members of the replica set."
        )
        return
    yield right(name, "A majority confirms what is written.")


def check_indexes() -> Iterator[Finding]:
    """Yield which declared indexes are missing or other than declared, and which are there undeclared."""
    documents = client.documents()
    findings = [finding for document in documents for finding in _indexes_of(document)]
    yield from findings
    if not findings:
        yield right("Indexes", f"All {sum(len(_declared(document)) for document in documents)} are there as declared.")


def _indexes_of(document: type[Document]) -> Iterator[Finding]:
    name, collection, declared = "Indexes", document._get_collection(), _declared(document)
    there = {tuple(map(tuple, info["key"])): info for info in collection.index_information().values()}
    missing = [key for key in declared if key not in there]
    if missing:
        yield wrong(name, f"{collection.name} lacks {_named(missing)}.", PREPARE)
    other = [key for key, options in declared.items() if key in there and options != _options(there[key])]
    if other:
        words = f"{collection.name} has {_named(other)} with other options than declared."
        yield wrong(name, words, f"Drop it in MongoDB, then: {PREPARE}")
    extra = [key for key in there if key not in declared and key != (("_id", 1),)]
    if extra:
        yield doubtful(name, f"{collection.name} has {_named(extra)} besides.", "Drop in MongoDB what nobody uses.")


def _declared(document: type[Document]) -> dict[Any, dict[str, Any]]:
    specs = [dict(spec) for spec in document._meta["index_specs"]]
    return {tuple(map(tuple, spec["fields"])): _options(spec) for spec in specs if spec["fields"] != [("_id", 1)]}


def _options(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what makes two indexes on the same fields differ."""
    asked = {name: spec.get(name) or None for name in ("unique", "sparse", "partialFilterExpression")}
    return asked | {"expireAfterSeconds": spec.get("expireAfterSeconds")}


def _named(keys: list[Any]) -> str:
    """Name the first indexes by their fields, and count the rest."""
    named = ["+".join(field for field, _ in key) for key in keys[:MAX_NAMED]]
    more = [f"{len(keys) - MAX_NAMED} more"] if len(keys) > MAX_NAMED else []
    return ", ".join(named + more)


def check_migrations() -> Iterator[Finding]:
    """Yield whether Django's own tables are there, and up to date."""
    name = "Django's tables"
    try:
        executor = MigrationExecutor(connections["default"])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # each database has its own
        yield wrong(
            name, f"The database at DATABASE_URL does not answer: {describe_error(error)}", "Check DATABASE_URL."
        )
        return
    if waiting:
        yield wrong(name, f"{len(waiting)} migrations are not applied.", PREPARE)
        return
    yield right(name, f"Up to date, in {connections['default'].vendor}.")


def check_clock(database: Database) -> Iterator[Finding]:
    """Yield whether the server's clock agrees with ours."""
    theirs = database.client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
    yield compare_clocks("MongoDB's clock", theirs=theirs, ours=timezone.now())
