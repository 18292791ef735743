"""What the mongod notes of the queries that a test makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo.database import Database


@contextmanager
def profiled(database: Database) -> Iterator[list[dict[str, Any]]]:
    """Have the server note how it answers; the notes are there once the block is left."""
    noted: list[dict[str, Any]] = []
    database.command("profile", 2)
    try:
        yield noted
    finally:
        database.command("profile", 0)
        noted += database["system.profile"].find({"planSummary": {"$exists": True}})
        database["system.profile"].drop()


def without_an_index(noted: list[dict[str, Any]]) -> list[str]:
    """Return the queries that read a whole collection."""
    by_index = ("IXSCAN", "IDHACK", "DISTINCT_SCAN")
    return [f"{each['command']}" for each in noted if not each["planSummary"].startswith(by_index)]
