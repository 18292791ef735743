from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from twilio.request_validator import RequestValidator

from calls import webhooks
from config.security.headers import ALWAYS
from config.wsgi import application
from tests.factories import NOBODY
from tests.outages import database_away


@pytest.fixture(autouse=True)
def connections_stay() -> Iterator[None]:
    """Keep the end of a request from closing what other tests use, as Django's own test client does."""
    signals = (request_started, request_finished)
    connected = [signal for signal in signals if signal.disconnect(close_old_connections)]
    yield
    for signal in connected:
        signal.connect(close_old_connections)


def answer(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[str, dict[str, str]]:
    """Ask the application as a server does; return the status and the headers."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    request = RequestFactory().generic(method, path, body, headers=headers)
    answered = application(request.environ, lambda status, headers, _=None: started.append((status, headers)))
    getattr(answered, "close", lambda: None)()
    status, headers = started[0]
    return status, dict(headers)


def test_webhooks_pass_no_middleware_that_is_for_browsers() -> None:
    status, headers = answer("POST", f"/twilio/voice/{NOBODY}")

    assert status == "403 Forbidden"
    assert headers.keys() == {"Content-Type", "Content-Length", "Content-Security-Policy", *ALWAYS}
    assert headers["Content-Type"] == "text/plain"


def test_every_page_passes_all_of_it() -> None:
    status, headers = answer("GET", "/admin/login/")

    assert status == "200 OK"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_address_that_there_is_not_is_answered_so() -> None:
    assert answer("POST", "/twilio/nothing")[0] == "404 Not Found"


def test_outage_is_reported_to_webhooks_too(database, settings, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 0.3)
    path = f"/twilio/status/{NOBODY}"
    form, validator = {"CallSid": "CA1"}, RequestValidator(settings.WEBHOOK_AUTH_TOKEN)
    signature = validator.compute_signature(settings.PUBLIC_BASE_URL + path, form)

    with database_away(settings):
        status, headers = answer("POST", path, urlencode(form).encode(), **{"X-Twilio-Signature": signature})

    assert status == "503 Service Unavailable"
    assert headers["Retry-After"] == "5"
