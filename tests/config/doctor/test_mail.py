import socket
from collections.abc import Iterator
from typing import Any

import pytest

from config.doctor import mail
from config.doctor.findings import Finding, Verdict
from tests.interviews import mail_server
from tests.interviews.mail_server import HANGS_UP, SILENCE, MailServer


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server.running() as serving:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", serving.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.DEFAULT_FROM_EMAIL = "interviews@acme.org"
        yield serving


def login(settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "callflow", "hush-hush"


def test_server_that_takes_us_is_right_and_gets_no_mail(server: MailServer) -> None:
    (finding,) = mail.check_mail()

    assert finding == Finding("Mail", Verdict.RIGHT, f"127.0.0.1:{server.port} lets us in.")
    assert server.received == []


def test_login_that_is_taken_is_right(server: MailServer, settings: Any) -> None:
    login(settings)
    server.answers |= {"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "AUTH": "235 welcome"}

    (finding,) = mail.check_mail()

    assert finding.words.endswith("lets us in with the login.")


def test_login_that_is_refused_is_reported_without_the_password(server: MailServer, settings: Any) -> None:
    login(settings)
    server.answers |= {"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "AUTH": "535 hush-hush is wrong"}

    (finding,) = mail.check_mail()

    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Check user and password in EMAIL_URL.")
    assert "hush" not in finding.words


@pytest.mark.parametrize("answers", [{"CONNECT": HANGS_UP}, {"CONNECT": "554 go away"}, {"NOOP": HANGS_UP}], ids=str)
def test_server_that_does_not_answer_as_it_must_is_reported(server: MailServer, answers: dict[str, str]) -> None:
    server.answers |= answers

    (finding,) = mail.check_mail()

    assert (finding.verdict, finding.advice) == (Verdict.WRONG, "Check EMAIL_URL.")


def test_server_that_answers_noop_with_trouble_is_reported(server: MailServer) -> None:
    server.answers["NOOP"] = "421 tired"

    (finding,) = mail.check_mail()

    assert "answers 421 to NOOP" in finding.words


def test_silent_server_is_given_up_in_time(server: MailServer, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.1
    server.answers["CONNECT"] = SILENCE

    (finding,) = mail.check_mail()

    assert "timed out" in finding.words


def test_nobody_listening_is_reported(server: MailServer, settings: Any) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = listener.getsockname()[1]

    (finding,) = mail.check_mail()

    assert "ConnectionRefusedError" in finding.words


def test_tls_that_is_not_offered_is_reported(server: MailServer, settings: Any) -> None:
    settings.EMAIL_USE_TLS = True

    (finding,) = mail.check_mail()

    assert "Check the scheme of EMAIL_URL" in finding.advice


def test_tls_where_none_is_spoken_is_reported(server: MailServer, settings: Any) -> None:
    settings.EMAIL_USE_SSL = True

    (finding,) = mail.check_mail()

    assert "TLS that does not hold" in finding.words


@pytest.mark.parametrize(("simulated", "verdict"), [(True, Verdict.RIGHT), (False, Verdict.WRONG)])
def test_mail_that_is_only_written_down_is_for_trials(settings: Any, simulated: bool, verdict: Verdict) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH, settings.SIMULATED = "/var/callflow/mail", simulated

    (finding,) = mail.check_mail()

    assert finding.verdict == verdict
    assert "/var/callflow/mail" in finding.words


def test_mail_from_nobody_is_doubtful(server: MailServer, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Interviews <interviews@localhost>"

    _, finding = mail.check_mail()

    assert (finding.verdict, finding.advice) == (Verdict.DOUBTFUL, "Set DEFAULT_FROM_EMAIL.")
