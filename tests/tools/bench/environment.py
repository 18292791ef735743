"""What a run stands on: a mongod and a var/ of its own, Django in this process, and who may ask."""

import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo.database import Database

from config.mongo.embedded import EmbeddedMongo
from tests.tools.bench.servers import Server, as_in_production, cpu_seconds, free_port

ANY_PORT = ["--host", "127.0.0.1", "--port", "PORT"]


@dataclass(slots=True)
class Environment:
    """The run's settings, its database, and what to send to be let in."""

    var: Path
    mongo: EmbeddedMongo
    settings: dict[str, str]
    twilio: Server
    database: Database[Any]
    token: dict[str, str]
    cookie: dict[str, str]
    is_quick: bool
    started: list[Server] = field(default_factory=list)

    def mongod_cpu_seconds(self) -> float:
        running = self.mongo.status().running
        return cpu_seconds(running.mongod) if running else 0.0

    def serve(self, words: list[str], *, name: str, **settings: str) -> Server:
        """Start a web server that ends with the run; wait for it before it is used."""
        server = Server([*words, *ANY_PORT], self.settings | settings, log=self.var / f"{name}.log")
        self.started.append(server)
        return server

    def ours(self, *, name: str = "ours", **settings: str) -> Server:
        """Start our web server as `serve` does."""
        from config.management.commands.serve import WEB

        return self.serve(WEB, name=name, **settings)

    def floor(self) -> Server:
        """Start the bare WSGI functions on the same server, behind the same front."""
        from config.management.commands.serve import WEB

        return self.serve(
            [word.replace("config.asgi", "tests.tools.bench.served_floors") for word in WEB], name="floor"
        )

    def plain_fastapi(self, twilio: Server) -> Server:
        """Start the FastAPI version, with as many workers."""
        words = ["-m", "uvicorn", "tests.tools.bench.plain_fastapi:app", "--no-access-log", "--log-level", "warning"]
        workers = ["--workers", str(min(2, os.cpu_count() or 1))]
        return self.serve([*words, *workers], name="fastapi", TWILIO_API_BASE_URL=f"http://127.0.0.1:{twilio.port}")


def start_fake_twilio(settings: dict[str, str], var: Path, *, port: int = 0) -> Server:
    """Start what stands in for Twilio's REST API."""
    return Server(["-m", "tests.tools.bench.fake_twilio", "PORT"], settings, log=var / "twilio.log", port=port)


@contextlib.contextmanager
def bench_environment(*, is_quick: bool) -> Iterator[Environment]:
    """Set everything up, and away afterwards."""
    var = Path(tempfile.mkdtemp(prefix="callflow-bench-"))
    mongo = EmbeddedMongo(var / "mongo")
    try:
        twilio_port = free_port()
        settings = as_in_production(var, mongo.uri(), TWILIO_API_BASE_URL=f"http://127.0.0.1:{twilio_port}")
        os.environ.update(settings)
        with start_fake_twilio(settings, var, port=twilio_port) as twilio:
            env = _prepared(var, mongo, settings, twilio, is_quick)
            try:
                yield env
            finally:
                for server in env.started:
                    server.end()
                env.database.client.close()
    finally:
        mongo.release()
        mongo.stop()
        shutil.rmtree(var, ignore_errors=True)


def _prepared(var: Path, mongo: EmbeddedMongo, settings: dict[str, str], twilio: Server, is_quick: bool) -> Environment:
    """Set Django up in this process, and let a superuser in by token and by cookie."""
    import django

    django.setup()
    for handler in logging.getLogger().handlers:
        handler.setStream((var / "own.log").open("a"))
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client
    from mongoengine import connection
    from rest_framework.authtoken.models import Token

    call_command("prepare", verbosity=0)
    admin = get_user_model().objects.get()
    token = Token.objects.create(user=admin).key
    browser = Client()
    browser.force_login(admin)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    database = connection.get_db()
    database.tokens.insert_one({"_id": token})
    return Environment(
        var, mongo, settings, twilio.wait(), database, {"Authorization": f"Token {token}"}, cookie, is_quick
    )
