"""Connects MongoEngine: to MONGODB_URI, or to the embedded mongod, which the first use starts."""

from django.conf import settings
from mongoengine import connection
from pymongo import MongoClient


def register() -> None:
    """Register the connection; the client, and with it the embedded mongod, starts at its first use."""
    connection.register_connection(
        "default",
        db=settings.MONGODB_DATABASE,
        host=settings.MONGODB_URI or "mongodb://127.0.0.1/",
        tz_aware=True,
        uuidRepresentation="standard",
        mongo_client_class=_client,
    )


def _client(**options: object) -> MongoClient:
    raise NotImplementedError
