"""Our webhooks asked from outside: at the real application, and at servers that are not well."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from calls import health
from calls.telephony.twilio import webhook_probe
from calls.telephony.twilio.webhook_probe import probe
from config.doctor.findings import Finding, Verdict
from tests.calls.telephony.http_servers import Answer, OurSide
from tests.servers import served

PATH = "/twilio/status/1"


@pytest.fixture
def application(database: Database, settings: Any) -> Iterator[str]:
    with served(settings) as url:
        yield url


@pytest.fixture
def base(our_side: OurSide, settings: Any) -> str:
    settings.PUBLIC_BASE_URL = our_side.url
    return our_side.url


def found_at(base: str) -> Finding:
    return next(iter(probe(f"{base}{PATH}#rc=2")))


def test_application_lets_signed_requests_in_and_no_others(application: str, database: Database) -> None:
    found = list(health.check_public_address(datetime.now(UTC)))

    assert found[0] == Finding(
        "Public address", Verdict.RIGHT, f"{application} lets signed requests in, and no others."
    )
    assert [finding.name for finding in found] == ["Public address", "Clock"]
    assert database["sessions"].count_documents({}) == 0


def test_address_that_the_web_server_does_not_think_its_own_is_reported(application: str, settings: Any) -> None:
    by_name = application.replace("127.0.0.1", "localhost")

    found = found_at(by_name)

    assert "turns a well-signed request away" in found.words


@pytest.mark.parametrize(
    ("answers", "words", "advice"),
    [
        ([Answer(403, b"")], "turns a well-signed request away", "TWILIO_AUTH_TOKEN"),
        ([Answer(400, b"")], "answers 400", "ALLOWED_HOSTS"),
        ([Answer(404, b"")], "answers a signed request with 404", "Something else"),
        ([Answer(502, b"")], "answers a signed request with 502", "Something else"),
        ([Answer(204, b"")], "answers an unsigned request with 204", "whoever likes"),
        ([Answer(301, b"", location="https://www.acme.example/")], "redirects to https://www.acme", "PUBLIC_BASE_URL"),
        ([Answer(closes=True)], "does not answer (ProtocolError)", "web server runs"),
    ],
)
def test_address_that_is_not_well_is_reported(
    our_side: OurSide, base: str, answers: list[Answer], words: str, advice: str
) -> None:
    our_side.answers(PATH, *answers)

    found = found_at(base)

    assert found.verdict == Verdict.WRONG
    assert words in found.words
    assert advice in found.advice


def test_requests_are_those_of_twilio_without_the_fragment(our_side: OurSide, base: str) -> None:
    our_side.answers(PATH, Answer(204, b""), Answer(403, b""))

    found = found_at(base)

    assert found.verdict == Verdict.RIGHT
    assert [(asked.method, asked.path, asked.is_signed) for asked in our_side.asked] == [
        ("POST", PATH, True),
        ("POST", PATH, False),
    ]


def test_tls_that_does_not_hold_is_reported(our_side: OurSide, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = our_side.url.replace("http:", "https:")

    found = found_at(settings.PUBLIC_BASE_URL)

    assert found.verdict == Verdict.WRONG
    assert "certificate" in found.words


def test_nobody_listening_is_reported(settings: Any) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"

    found = found_at(settings.PUBLIC_BASE_URL)

    assert "does not answer (NewConnectionError)" in found.words


def test_silence_is_given_up_in_time(our_side: OurSide, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_probe, "READ_SECONDS", 0.1)
    our_side.answers(PATH, Answer(204, b"", delay_seconds=0.5))

    found = found_at(base)

    assert "does not answer (ReadTimeoutError)" in found.words
