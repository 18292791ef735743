"""Who looks at the calls' admin pages, and a call on which a time was agreed."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from calls.documents import ConversationSession
from interviews.bookings import book_slot
from interviews.documents import Evidence
from tests.calls.call_pages import MAY_SEE, browser_of, offered
from tests.factories import NOW, a_candidate, a_session, a_slot


@pytest.fixture
def rita(settings: Any) -> Client:
    """A recruiter's browser, while calls are simulated."""
    settings.TELEPHONY = "simulator"
    return browser_of("rita", *MAY_SEE, "change_candidate", "start_call")


@pytest.fixture
def vera(settings: Any) -> Client:
    """The browser of somebody who may look, and no more."""
    settings.TELEPHONY = "simulator"
    return browser_of("vera", *MAY_SEE)


@pytest.fixture
def sue(settings: Any) -> Client:
    """A superuser's browser."""
    settings.TELEPHONY = "simulator"
    client = Client()
    client.force_login(User.objects.create_superuser("sue"))
    return client


@pytest.fixture
def booked(database: Database) -> ConversationSession:
    """A call on which Asha agreed to a time."""
    candidate, slot = a_candidate(name="Asha Rao"), a_slot()
    session = a_session(candidate)
    offered(database, session, slot)
    evidence = Evidence(question="Shall I book that?", answer="yes do", confidence=0.93, at=NOW)
    whom = {"slot_id": slot.id, "candidate_id": candidate.id, "session_id": session.id}
    book_slot(**whom, evidence=evidence, time_zone="Asia/Kolkata", now=NOW)
    return session


@pytest.fixture
def session(database: Database) -> ConversationSession:
    """A call that is placed, and not answered yet."""
    return a_session()
