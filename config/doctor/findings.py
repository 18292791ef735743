"""What `manage.py doctor` finds: one line for each check, and what to do where it is not right."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings

MAX_ERROR_LENGTH = 300


class Verdict(StrEnum):
    """How a check went; a doubtful one may be meant so."""

    RIGHT = "✓"
    DOUBTFUL = "!"
    WRONG = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it."""

    name: str
    verdict: Verdict
    words: str
    advice: str = ""


def right(name: str, words: str) -> Finding:
    return Finding(name, Verdict.RIGHT, words)


def doubtful(name: str, words: str, advice: str) -> Finding:
    """Return that somebody should know."""
    return Finding(name, Verdict.DOUBTFUL, words, advice)


def wrong(name: str, words: str, advice: str) -> Finding:
    """Return that something must be done."""
    return Finding(name, Verdict.WRONG, words, advice)


Check = Callable[[], Iterable[Finding]]


def run_check(name: str, check: Check) -> Iterator[Finding]:
    """Yield what the check finds, without secrets; that it breaks is a finding, too."""
    try:
        found = list(check())
    except Exception as error:
        found = [
            wrong(name, f"The check broke off: {describe_error(error)}", "Fix what is wrong above, and look again.")
        ]
    for finding in found:
        yield Finding(finding.name, finding.verdict, without_secrets(finding.words), without_secrets(finding.advice))


def describe_error(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:MAX_ERROR_LENGTH]


def without_secrets(text: str) -> str:
    """Return the text with every secret of the settings replaced: an error of a library may quote one."""
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
