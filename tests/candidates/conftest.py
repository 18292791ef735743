"""Who looks at the candidates' admin pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from tests.candidates.pages import a_browser


@pytest.fixture
def rita(database: Database, db: None, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.fixture
def viewer(database: Database, db: None) -> Client:
    """The browser of somebody whose group may only look."""
    return a_browser("view")
