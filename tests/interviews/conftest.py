"""A recruiter's browser, a clock after the interviews, and a mail server."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from tests.interviews import mail_server
from tests.interviews.admin.interview_pages import AFTERWARDS
from tests.interviews.mail_server import MailServer


@pytest.fixture
def rita(database: Database, db: None, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.fixture
def afterwards(today: datetime, monkeypatch) -> None:
    """Let the pages' clock stand after the interviews."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTERWARDS)


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    with mail_server.running() as serving:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", serving.port
        yield serving


@pytest.fixture
def short_mail_timeout(settings) -> None:
    """Wait for an answer of the mail server for a moment only."""
    settings.EMAIL_TIMEOUT = 0.2
