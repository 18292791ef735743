"""Who looks at the candidates' admin pages, and what comes between two commands of a service."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo import MongoClient
from pymongo.database import Database

from candidates.documents import Candidate
from config.mongo import client
from tests.candidates.admin.candidate_pages import a_browser
from tests.candidates.calls_made import AfterCommand


@pytest.fixture
def rita(database: Database, db: None, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.fixture
def viewer(database: Database, db: None) -> Client:
    """The browser of somebody whose group may only look."""
    return a_browser("view")


@pytest.fixture
def meanwhile(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let something happen between a service's first command to the database and its next."""
    with ExitStack() as clients:

        def let_happen(event: Callable[[], object], after: str = "find") -> None:
            options = {"tz_aware": True, "event_listeners": [AfterCommand(event, after)]}
            watched = clients.enter_context(MongoClient(client.embedded().uri(), **options))
            monkeypatch.setattr(Candidate, "_collection", watched[database.name].candidates)

        yield let_happen
