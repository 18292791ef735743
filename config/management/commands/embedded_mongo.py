"""Shows, stops and gives the address of the embedded mongod."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.files import in_words
from config.mongo import client
from config.mongo.embedded import EmbeddedMongoInUse, EmbeddedMongoUnavailable, Status

STOPPED = 3


class Command(BaseCommand):
    """Look at the embedded mongod from outside; none of the actions starts it."""

    help = (
        "The MongoDB server that this project runs for itself while MONGODB_URI is unset. "
        "status: whether it runs, where, and who uses it. stop: stop it, unless a process uses it. "
        "uri: its address, for mongosh and the like. "
        "Exit codes: 0 done or running, 1 in use (stop) or MONGODB_URI is set, 3 stopped (status, uri)."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "stop", "uri"])

    def handle(self, *, action: str, **_options: Any) -> None:
        if settings.MONGODB_URI:
            raise CommandError("MONGODB_URI is set: the database is that one, and no embedded mongod is used.")
        try:
            self._do(action, client.embedded().status())
        except OSError as error:
            raise CommandError(f"The embedded mongod cannot be looked at: {in_words(error)}.") from error
        except EmbeddedMongoUnavailable as error:
            raise CommandError(str(error)) from error

    def _do(self, action: str, status: Status) -> None:
        """Do the action. :raises CommandError: it is in use (stop), or stopped (status, uri)."""
        if action == "stop":
            self._stop(status.users)
        elif not status.running:
            raise CommandError(f"Stopped. Its data: {status.directory}", returncode=STOPPED)
        elif action == "uri":
            self.stdout.write(status.uri)
        else:
            self._show(status)

    def _stop(self, users: list[int]) -> None:
        """Stop it. :raises CommandError: it is in use."""
        try:
            client.embedded().stop()
        except EmbeddedMongoInUse as error:
            who = f" by process {', '.join(map(str, users))}" if users else ""
            raise CommandError(f"It is in use{who}; end that first, and it stops by itself.") from error
        self.stdout.write("Stopped.")

    def _show(self, status: Status) -> None:
        self.stdout.write(f"Running: mongod {status.running.mongod}, supervised by process {status.running.supervisor}")
        self.stdout.write(f"Address: {status.uri}")
        self.stdout.write(f"Used by: {', '.join(map(str, status.users)) or 'nobody'}")
        self.stdout.write(f"Data: {status.directory}, {status.size_bytes / 1e6:.0f} MB")
