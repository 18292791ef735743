"""What `manage.py doctor` finds: one line for each check, and what to do where it is not right."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings

LONGEST_WORDS = 300


class Standing(StrEnum):
    """How a check went; a doubtful one may be meant so."""

    RIGHT = "✓"
    DOUBTFUL = "!"
    WRONG = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it."""

    name: str
    standing: Standing
    words: str
    advice: str = ""


def right(name: str, words: str) -> Finding:
    return Finding(name, Standing.RIGHT, words)


def doubtful(name: str, words: str, advice: str) -> Finding:
    """Return that somebody should know."""
    return Finding(name, Standing.DOUBTFUL, words, advice)


def wrong(name: str, words: str, advice: str) -> Finding:
    """Return that something must be done."""
    return Finding(name, Standing.WRONG, words, advice)


Check = Callable[[], Iterable[Finding]]


def examine(name: str, check: Check) -> Iterator[Finding]:
    """Yield what the check finds, without secrets; that it breaks is a finding, too."""
    try:
        found = list(check())
    except Exception as error:
        found = [wrong(name, f"The check broke off: {in_words(error)}", "Mend what is wrong above, and look again.")]
    for finding in found:
        yield Finding(finding.name, finding.standing, without_secrets(finding.words), without_secrets(finding.advice))


def in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:LONGEST_WORDS]


def without_secrets(text: str) -> str:
    """Return the text with every secret of the settings blotted out, should some error have named one."""
    secrets = (
        settings.TWILIO_AUTH_TOKEN,
        *settings.WEBHOOK_AUTH_TOKENS,
        settings.SECRET_KEY,
        getattr(settings, "EMAIL_HOST_PASSWORD", ""),
        settings.DATABASES["default"].get("PASSWORD", ""),
        _password_of(settings.MONGODB_URI),
        _password_of(settings.CELERY_BROKER_URL),
    )
    for secret in secrets:
        text = text.replace(str(secret), "…") if secret else text
    return text


def _password_of(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return url
