"""Embedded mongods as tests look at them, and what a process that uses one runs."""

import time
from collections.abc import Callable

from pymongo import MongoClient

from config.mongo import supervisor
from config.mongo.embedded import EmbeddedMongo

USER = """
import sys
from pathlib import Path
from config.mongo.embedded import EmbeddedMongo
mongod = EmbeddedMongo(Path(sys.argv[1]))
print(mongod.uri(), mongod.status().running.mongod, flush=True)
sys.stdin.read()
"""


def client_of(embedded: EmbeddedMongo) -> MongoClient:
    return MongoClient(embedded.uri(), serverSelectionTimeoutMS=15_000)


def running(embedded: EmbeddedMongo) -> supervisor.Running:
    found = embedded.status().running
    assert found
    return found


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)
