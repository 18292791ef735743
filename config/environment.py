"""Reads the environment and .env; a bad value fails here, at start, and says what to do."""

import os
import re
import secrets
import warnings
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

from config.files import FolderUnusable, in_words, make_private, write_whole
from config.texts import UnfitText, is_of_a_place

MAX_MONEY = 1_000_000
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}  # what is left empty is not set

# What stands in VAR_DIR: kept by the commands, by the Makefile, and by SQLite beside its file
CONTENTS = [
    *("secret_key", "admin_password", "mongo", "mail", "static", "check", "npm"),
    *(f"django.sqlite3{part}" for part in ("", "-wal", "-shm", "-journal")),
]
try:
    VAR_DIR = make_private(Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).absolute(), holds=CONTENTS).resolve()
except FolderUnusable as error:
    raise ImproperlyConfigured(f"VAR_DIR cannot be used: {error}") from error


def whole(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Read a whole number within bounds; left empty it is the default. :raises ImproperlyConfigured: it is neither."""
    try:
        number = int(env(name, default="") or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}.") from error
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name} is {number}; it must be from {minimum} to {maximum}.")
    return number


def amount(name: str) -> Decimal:
    """Read an amount of money; left empty it is 0. :raises ImproperlyConfigured: it is none, or negative."""
    try:
        number = Decimal(env(name, default="").strip() or 0)
    except InvalidOperation:
        number = Decimal(-1)
    if not (number.is_finite() and 0 <= number <= MAX_MONEY):
        raise ImproperlyConfigured(f"{name} must be an amount from 0 to {MAX_MONEY:,}, such as 0.014.")
    return number


def text(name: str, default: str, validate: Callable[[str], None]) -> str:
    """Read a text that mails and calls carry; left empty it is the default. :raises ImproperlyConfigured: unfit."""
    value = env(name, default="") or default
    try:
        validate(value)
    except UnfitText as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error}") from error
    return value


def time_zone(name: str, default: str) -> str:
    """Read a time zone; left empty it is the default. :raises ImproperlyConfigured: no place has it."""
    value = env(name, default="") or default
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name} is {value[:50]!r}; it must be a time zone, such as Europe/Berlin."
        ) from error
    if not is_of_a_place(value):
        raise ImproperlyConfigured(f"{name} is {value[:50]!r}, which no place has; name one such as Europe/Berlin.")
    return value


def flag(name: str, default: bool) -> bool:
    """Read a yes or no; left empty it is the default. :raises ImproperlyConfigured: it is neither."""
    value = env(name, default="").strip().lower()
    if value not in {"", "true", "false", "yes", "no", "on", "off", "1", "0"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be true or false.")
    return value in {"true", "yes", "on", "1"} if value else default


def read_url(name: str, read: Callable[[str], dict[str, Any]], *, default: str, example: str) -> dict[str, Any]:
    """Read a URL that holds several settings. :raises ImproperlyConfigured: it is none of that kind."""
    try:
        with warnings.catch_warnings(action="error"):
            found = read(env(name, default="") or default)
        is_known = "." in (found.get("ENGINE") or found.get("EMAIL_BACKEND") or "")
    except (ValueError, KeyError, ImproperlyConfigured, UserWarning):
        is_known = False
    if not is_known:
        raise ImproperlyConfigured(f"{name} cannot be read; it must look like {example}.")
    return found


def secret_key() -> str:
    """Return SECRET_KEY; where none is set, one made up on the first start and kept under var/."""
    key = env("SECRET_KEY", default="")
    if key:
        return key
    path = VAR_DIR / "secret_key"
    try:
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(50), keeps_first=True)  # another process may start at the same time
        key = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ImproperlyConfigured(f"{in_words(error)}. Let us read and write there, or set SECRET_KEY.") from error
    if not re.fullmatch(r"[!-~]{50,}\s*", key):
        raise ImproperlyConfigured(
            f"{path} is damaged: put it back from a backup, or delete it for a new one, which signs everybody out."
        )
    return key


def folder_in_var(name: str) -> Path:
    """Return a folder of VAR_DIR, made where it is missing. :raises ImproperlyConfigured: it cannot be made."""
    folder = VAR_DIR / name
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{in_words(error)}. Let us write there, or set VAR_DIR to another folder."
        ) from error
    return folder
