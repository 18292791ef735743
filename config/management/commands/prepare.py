"""Brings a database, new or old, to where the server can start."""

import re
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as TablesError
from pymongo.errors import PyMongoError

from config.api.authentication import forget_keys_in_history
from config.files import in_words, write_whole
from config.mongo import client
from config.mongo.embedded import EmbeddedMongoUnavailable

ADMIN = "admin"


class Command(BaseCommand):
    """Everything here may be done again and again: the second time finds nothing to do."""

    help = (
        "Create what the server needs and is missing: Django's tables, MongoDB's indexes, the user `admin` with a "
        "generated password where there is no user (kept in var/admin_password) and, with the simulator, demo data "
        "in an empty database. Apply the data changes that the database has not seen."
    )
    requires_system_checks = []

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        """Prepare; what was there stays as it is. :raises CommandError: a database or a file does not do its part."""
        try:
            self._prepare(verbosity)
        except EmbeddedMongoUnavailable as error:
            raise CommandError(str(error)) from error
        except PyMongoError as error:
            where = "at MONGODB_URI" if settings.MONGODB_URI else "in var/mongo"
            why = str(error).partition(", full error")[0]
            raise CommandError(f"The database {where} does not answer or refuses: {why}") from error
        except TablesError as error:
            where = settings.DATABASES["default"]["NAME"]
            why = " ".join(str(error).split())
            raise CommandError(f"Django's tables in {where} cannot be made or read: {why}.") from error
        except OSError as error:
            raise CommandError(f"{in_words(error)}. Let us write there, or set VAR_DIR to another folder.") from error

    def _prepare(self, verbosity: int) -> None:
        if not settings.MONGODB_URI:
            client.embedded().uri()
        # Before the indexes: a database of a newer version is left as it is, and a unique index may need a change
        call_command("apply_changes", verbosity=0)
        client.ensure_indexes()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("create_groups", verbosity=0)
        create_admin()
        if is_password_file_damaged():
            self.stderr.write(
                f"{password_file()} is damaged: set another password by `manage.py changepassword {ADMIN}`, "
                "and delete that file."
            )
        forget_keys_in_history()
        if settings.SIMULATED and "demo" in get_commands():  # Twilio would ring the demo's numbers
            call_command("demo", verbosity=verbosity, stdout=self.stdout)


def create_admin() -> None:
    """Create the superuser where there is no user at all, with a password that only this machine's owner can read."""
    users = get_user_model().objects
    if users.exists():
        return
    password = secrets.token_urlsafe(9)
    write_whole(password_file(), f"{password}\n")
    users.create_superuser(ADMIN, password=password)


def is_password_file_damaged() -> bool:
    """Return whether the file is there, and holds no password that we made."""
    path = password_file()
    return path.exists() and not re.fullmatch(r"[\w-]{12}\s*", path.read_text(errors="replace"))


def admin_password() -> str:
    """Return the generated password while it still is the one of `admin`, else nothing."""
    try:
        password = password_file().read_text(errors="replace").strip()
    except FileNotFoundError:
        return ""
    admin = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
    return password if admin and admin.check_password(password) else ""


def password_file() -> Path:
    """Return where the generated password is kept, for this machine's owner to read."""
    return settings.VAR_DIR / "admin_password"
