"""Who looks at the interviews' admin pages, and when."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from tests.interviews.pages import AFTERWARDS


@pytest.fixture
def rita(database: Database, db: None, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.fixture
def afterwards(today: datetime, monkeypatch) -> None:
    """Let the pages' clock stand after the interviews."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTERWARDS)
