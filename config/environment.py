"""Reads the environment and .env; a bad value fails here, at start, and says what to do."""

import contextlib
import os
import secrets
import warnings
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.texts import UnfitText

MOST_MONEY = 1_000_000
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds mails, transcripts and a password


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """Read a whole number within bounds; left empty it is the default. :raises ImproperlyConfigured: it is neither."""
    try:
        number = int(env(name, default="") or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}.") from error
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} is {number}; it must be from {least} to {most}.")
    return number


def amount(name: str) -> Decimal:
    """Read an amount of money; left empty it is 0. :raises ImproperlyConfigured: it is none, or negative."""
    try:
        number = Decimal(env(name, default="").strip() or 0)
    except InvalidOperation:
        number = Decimal(-1)
    if not (number.is_finite() and 0 <= number <= MOST_MONEY):
        raise ImproperlyConfigured(f"{name} must be an amount from 0 to {MOST_MONEY:,}, such as 0.014.")
    return number


def text(name: str, default: str, refuse: Callable[[str], None]) -> str:
    """Read a text that mails and calls carry; left empty it is the default. :raises ImproperlyConfigured: unfit."""
    said = env(name, default="") or default
    try:
        refuse(said)
    except UnfitText as error:
        raise ImproperlyConfigured(f"{name} cannot be used: {error}") from error
    return said


def flag(name: str, default: bool) -> bool:
    """Read a yes or no; left empty it is the default. :raises ImproperlyConfigured: it is neither."""
    said = env(name, default="").strip().lower()
    if said not in {"", "true", "false", "yes", "no", "on", "off", "1", "0"}:
        raise ImproperlyConfigured(f"{name} is {said!r}; it must be true or false.")
    return said in {"true", "yes", "on", "1"} if said else default


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
    path, made_up = VAR_DIR / "secret_key", VAR_DIR / f"secret_key.{os.getpid()}"
    if not path.exists():
        made_up.touch(mode=0o600)
        made_up.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(made_up, path)  # whole or not at all: another process may start at the same time
        made_up.unlink()
    return path.read_text()
