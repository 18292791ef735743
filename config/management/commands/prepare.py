"""Brings a database, new or old, to where the server can start."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pymongo.errors import PyMongoError

from candidates.suppression.earlier import write_earlier_refusals
from config import mongo
from config.embedded import EmbeddedMongoUnavailable

ADMIN = "admin"


class Command(BaseCommand):
    """Everything here may be done again and again: the second time finds nothing to do."""

    help = (
        "Create what the server needs and is missing: Django's tables, MongoDB's indexes, the user `admin` with a "
        "generated password where there is no user (kept in var/admin_password) and, with the simulator, demo data "
        "in an empty database."
    )
    requires_system_checks = []

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        """Prepare; what was there stays as it is. :raises CommandError: the database cannot be reached."""
        try:
            if not settings.MONGODB_URI:
                mongo.embedded().uri()
            mongo.ensure_indexes()
            write_earlier_refusals(now=timezone.now())
        except EmbeddedMongoUnavailable as error:
            raise CommandError(str(error)) from error
        except PyMongoError as error:
            raise CommandError(f"The database at MONGODB_URI does not answer or refuses: {error}") from error
        call_command("migrate", verbosity=0, interactive=False)
        call_command("create_groups", verbosity=0)
        create_admin()
        if settings.SIMULATED and "demo" in get_commands():  # Twilio would ring the demo's numbers
            call_command("demo", verbosity=verbosity, stdout=self.stdout)


def create_admin() -> None:
    """Create the superuser where there is no user at all, with a password that only this machine's owner can read."""
    users = get_user_model().objects
    if users.exists():
        return
    password = secrets.token_urlsafe(9)
    descriptor = os.open(_password_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{password}\n")
    users.create_superuser(ADMIN, password=password)


def admin_password() -> str:
    """Return the generated password while it still is the one of `admin`, else nothing."""
    try:
        password = _password_file().read_text().strip()
    except FileNotFoundError:
        return ""
    admin = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
    return password if admin and admin.check_password(password) else ""


def _password_file() -> Path:
    return settings.VAR_DIR / "admin_password"
