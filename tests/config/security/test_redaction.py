import contextlib
import logging
import sys
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from config.security.redaction import LineFormatter, ReporterFilter, shown_name, shown_phone, shown_trouble


def test_in_a_trial_the_log_shows_whom_we_call(settings) -> None:
    settings.LOG_PERSONAL_DATA = True

    assert shown_name("Asha Rao") == "Asha Rao"
    assert shown_phone("+919876543210") == "+919876543210"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Asha Rao", "A.R."), ("  Asha   Rao ", "A.R."), ("आशा राव", "आ.र."), ("", "")],
)
def test_else_it_shows_initials(settings, name: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = False

    assert shown_name(name) == shown


@pytest.mark.parametrize(("phone", "shown"), [("+919876543210", "…10"), ("", "…")])
def test_else_it_shows_two_digits(settings, phone: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = False

    assert shown_phone(phone) == shown


def line(message: str, *arguments: object, error: Exception | None = None) -> str:
    trouble = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("calls", logging.INFO, __file__, 1, message, arguments, trouble)
    return LineFormatter("{levelname} {message}", style="{").format(record)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("to +919876543210 at once", "to …10 at once"),
        ("GET /Calls.json?To=%2B919876543210&x", "GET /Calls.json?To=…10&x"),
        ("{'asha.rao+jobs@example.co.in': (550, b'no')}", "{'…@…': (550, b'no')}"),
        ("<asha@localhost> refused", "<…@…> refused"),
        ("next at 2026-03-02T04:30:00.123456+00:00", "next at 2026-03-02T04:30:00.123456+00:00"),
        ("Mail <177242580012.34.5678901@acme.example>", "Mail <177242580012.34.5678901@acme.example>"),
        ("candidate 6b02c37d3c74f49924fbae88, call CA12", "candidate 6b02c37d3c74f49924fbae88, call CA12"),
        ("mongodb://callflow:s3cret@db.example/x", "mongodb://…@db.example/x"),
        ("smtp+tls://user:p:w@mail.example:587", "smtp+tls://…@mail.example:587"),
    ],
)
def test_what_slipped_into_a_line_is_masked(settings, message: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = False

    assert line("%s", message) == f"INFO {shown}"


def test_in_a_trial_only_credentials_are(settings) -> None:
    settings.LOG_PERSONAL_DATA = True

    assert line("+919876543210 asha@example.com") == "INFO +919876543210 asha@example.com"
    assert line("mongodb://callflow:s3cret@db.example") == "INFO mongodb://…@db.example"


def fail_with(error: Exception, cause: Exception | None = None) -> None:
    raise error from cause


def failure() -> Exception:
    """Return an error that another one, of two lines, led to."""
    name = "Asha " + "Rao"
    try:
        try:
            fail_with(ValueError(f"{name}\n  said: I have another offer"))
        except ValueError as error:
            fail_with(KeyError(name), error)
    except KeyError as error:
        return error
    raise AssertionError("it fails")


def test_a_traceback_shows_where_and_not_what(settings) -> None:
    settings.LOG_PERSONAL_DATA = False

    text = line("It failed", error=failure())

    assert text.startswith("INFO It failed\n  Traceback (most recent call last):\n    File ")
    assert "  builtins.ValueError\n\n  Traceback (most recent call last):\n" in text
    assert text.endswith("\n  builtins.KeyError")
    assert "in failure" in text
    assert "Asha Rao" not in text


def test_what_another_formatter_kept_is_not_shown(settings) -> None:
    settings.LOG_PERSONAL_DATA = False
    error = failure()
    record = logging.LogRecord("calls", logging.INFO, __file__, 1, "Failed", (), (type(error), error, None))
    logging.Formatter().format(record)

    assert "Asha Rao" not in LineFormatter().format(record)


def test_in_a_trial_it_shows_what_too(settings) -> None:
    settings.LOG_PERSONAL_DATA = True

    assert "\n  ValueError: Asha Rao\n    said: I have another offer" in line("It failed", error=failure())


@pytest.mark.parametrize(("is_on", "shown"), [(True, "SMTPDataError: (554, 'Asha')"), (False, "SMTPDataError")])
def test_what_a_library_says_is_shown_in_a_trial(settings, is_on: bool, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = is_on

    assert shown_trouble("SMTPDataError: (554, 'Asha')") == shown


# Forged lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Asha\n2026-03-02 CRITICAL root: forged", r"Asha\n2026-03-02 CRITICAL root: forged"),
        ("a\r\nb\x0bc\x0cd\x85e\u2028f\u2029g", r"a\r\nb\x0bc\x0cd\x85e\u2028f\u2029g"),
        ("\x1b[2J\x1b]0;title\x07\x9b31m", r"\x1b[2J\x1b]0;title\x07\x9b31m"),
        ("\u202eevil\u2066\u200f", r"\u202eevil\u2066\u200f"),
        ("a\u200bb\u2060c\ufeffd", r"a\u200bb\u2060c\ufeffd"),
        ("half \ud800 of a pair", r"half \ud800 of a pair"),
        ("tab\tand \0", r"tab\tand \x00"),
        ("Zoë, आशा राव, 📧 mailed", "Zoë, आशा राव, 📧 mailed"),
    ],
)
def test_what_cannot_be_seen_is_escaped(settings: Any, text: str, shown: str) -> None:
    settings.LOG_PERSONAL_DATA = True

    assert line("%s", text) == f"INFO {shown}"
    assert line("It failed", error=raised(ValueError(text))).splitlines()[0] == "INFO It failed"


def raised(error: Exception) -> Exception:
    with contextlib.suppress(type(error)):
        fail_with(error)
    return error


@settings_of_hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=[])), st.booleans())
def test_no_text_begins_a_line_of_its_own(settings: Any, text: str, is_on: bool) -> None:
    settings.LOG_PERSONAL_DATA = is_on
    record = logging.LogRecord("calls", logging.INFO, __file__, 1, text, (), None, sinfo=f"Stack:\n{text}")
    record.exc_info = (ValueError, raised(ValueError(text)), None)

    first, *more = LineFormatter("{levelname} {message}", style="{").format(record).split("\n")

    assert first.startswith("INFO ")
    assert all(each == "" or each.startswith("  ") for each in more)
    assert all(each.isprintable() for each in [first, *more])


def test_the_log_is_written_so() -> None:
    written = [handler.formatter for handler in logging.getLogger().handlers if handler.name == "console"]

    assert [type(formatter) for formatter in written] == [LineFormatter]
    others = ("django", "django.server", "uvicorn", "uvicorn.error", "uvicorn.access")
    assert [name for name in others if logging.getLogger(name).handlers] == []


# Error pages

HIDDEN = "shown-nowhere"
SECRETS = {
    "SECRET_KEY": f"{HIDDEN}-1",
    "SECRET_KEY_FALLBACKS": [f"{HIDDEN}-2"],
    "TWILIO_AUTH_TOKEN": f"{HIDDEN}-3",
    "TWILIO_AUTH_TOKEN_OLD": f"{HIDDEN}-4",
    "WEBHOOK_AUTH_TOKEN": f"{HIDDEN}-5",
    "WEBHOOK_AUTH_TOKENS": [f"{HIDDEN}-6"],
    "MONGODB_URI": f"mongodb://user:{HIDDEN}-7@db.example",
    "CELERY_BROKER_URL": f"redis://:{HIDDEN}-8@redis.example",
    "EMAIL_HOST_PASSWORD": f"{HIDDEN}-9",
    "DATABASES": {"default": {"PASSWORD": f"{HIDDEN}-10"}},
}


def fail(request: Any) -> None:
    auth_token = f"{HIDDEN}-11"
    raise RuntimeError(f"Asha Rao, {len(auth_token)}")


urlpatterns = [path("fail", fail)]


def test_a_page_of_debug_shows_no_secrets() -> None:
    kept = {name: value for name, value in SECRETS.items() if name != "DATABASES"}
    with override_settings(DEBUG=True, LOG_PERSONAL_DATA=True, ROOT_URLCONF=__name__, **kept):
        sent = {"password": f"{HIDDEN}-12", "csrfmiddlewaretoken": f"{HIDDEN}-13", "name": "Rita"}
        headers = {"Authorization": f"Token {HIDDEN}-14", "X-Twilio-Signature": f"{HIDDEN}-15"}
        page = Client(raise_request_exception=False).post("/fail", sent, headers=headers).content.decode()

    assert "RuntimeError" in page
    assert "Rita" in page
    assert HIDDEN not in page


def test_settings_with_secrets_in_them_are_hidden(settings) -> None:
    hidden = {name: ReporterFilter().cleanse_setting(name, value) for name, value in SECRETS.items()}

    assert HIDDEN not in str(hidden)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_without_debug_an_error_page_shows_nothing(accept: str) -> None:
    with override_settings(DEBUG=False, ROOT_URLCONF=__name__):
        page = Client(raise_request_exception=False).get("/fail", HTTP_ACCEPT=accept)

    assert page.status_code == 500
    assert not {"Asha", "RuntimeError", "Traceback", HIDDEN, sys.version.split()[0]} & set(
        page.content.decode().split()
    )
