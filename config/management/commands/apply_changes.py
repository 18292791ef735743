"""Applies the data changes that this database has not seen yet."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.mongo import data_changes
from config.mongo.data_changes import UnknownChange


class Command(BaseCommand):
    """Part of `prepare`; may be run again and again, and by several at once."""

    help = (
        "Bring documents that an older version wrote to the form of this one: each change in its order, once. What was "
        "interrupted goes on. Exit codes: 0 all are applied, 1 a newer version wrote this database."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="list the changes, and when each was applied")

    def handle(self, *, verbosity: int = 1, **options: Any) -> None:
        if options["list"]:
            return self._list()
        try:
            for change, count in data_changes.apply_pending(now=timezone.now()):
                if verbosity:
                    self.stdout.write(f"{change.name}: {count} documents changed.")
        except UnknownChange as error:
            raise CommandError(str(error)) from error
        return None

    def _list(self) -> None:
        applied = data_changes.applied()
        unknown = data_changes.unknown()
        for name in [*(change.name for change in data_changes.declared()), *unknown]:
            at = f"{applied[name]:%Y-%m-%d %H:%M} UTC" if name in applied else "pending"
            self.stdout.write(f"{name:<40} {at}{', by a newer version' if name in unknown else ''}")
