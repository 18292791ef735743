"""What the log and error pages may show: secrets never, people only in a trial, else enough to keep two apart."""

import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

# Not the Message-IDs that Django makes: they name nobody
EMAIL = re.compile(r"(?<![\w.+-])(?!\d+\.\d+\.\d+@)[\w.+-]+@(?=[\w-])[\w.-]+")
PHONE = re.compile(r"(\+|%2B)\d{5,13}(\d\d)(?!\d)", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@")


def shown_name(name: str) -> str:
    """Return the name, or its initials where LOG_PERSONAL_DATA is off."""
    return name if settings.LOG_PERSONAL_DATA else "".join(f"{word[0]}." for word in name.split())


def shown_phone(phone: str) -> str:
    """Return the number, or its last two digits where LOG_PERSONAL_DATA is off."""
    return phone if settings.LOG_PERSONAL_DATA else f"…{phone[-2:]}"


def shown_trouble(trouble: str) -> str:
    """Return `Type: message`, or its type where LOG_PERSONAL_DATA is off: messages of libraries quote what they got."""
    return trouble if settings.LOG_PERSONAL_DATA else trouble.partition(":")[0]


class LineFormatter(logging.Formatter):
    """Writes a record as one line, and a traceback below it, indented, so that no text can forge a line of the log.

    Credentials, phone numbers and mail addresses that slipped in are masked. Characters that cannot be seen, or that
    move what can, are escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # what another formatter kept there shows all
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return _escaped(_masked(super().formatMessage(record)))

    def formatException(  # noqa: N802 - logging's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the traceback; of what exceptions say only their types, where LOG_PERSONAL_DATA is off."""
        if settings.LOG_PERSONAL_DATA or ei[1] is None:
            return _indented(super().formatException(ei))
        return _indented("\n\n".join(reversed([_where(error) for error in _chain(ei[1])])))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _indented(super().formatStack(stack_info))


def _masked(text: str) -> str:
    text = CREDENTIALS.sub("…@", text)
    return text if settings.LOG_PERSONAL_DATA else PHONE.sub(r"…\2", EMAIL.sub("…@…", text))


def _escaped(text: str) -> str:
    """Escape what is not printable: ends of lines, escape codes, what has no width, what turns the direction."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _indented(text: str) -> str:
    return "\n".join(f"  {_escaped(line)}".rstrip() for line in _masked(text).split("\n"))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, then what it was raised from or during, as a traceback prints them."""
    led: BaseException | None = error
    while led is not None:
        yield led
        led = led.__cause__ or (None if led.__suppress_context__ else led.__context__)


def _where(error: BaseException) -> str:
    stack = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{stack}{type(error).__module__}.{type(error).__qualname__}"


class ReporterFilter(SafeExceptionReporterFilter):
    """Hides secrets on the error pages of DEBUG: in settings, in what was sent, and in local variables."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + r"|MONGODB_URI|BROKER_URL|EMAIL_URL|DATABASE_URL|CSRF",
        flags=re.IGNORECASE,
    )

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        sent = super().get_post_parameters(request)
        return {name: self.cleanse_setting(name, value) for name, value in sent.items()}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> list[tuple[str, Any]]:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleanse_setting(name, value)) for name, value in found]
