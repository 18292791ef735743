"""Words for the tests of the calls' admin pages: whose browser, which page, what it says, and calls to show."""

import re
from html import unescape

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from pymongo.database import Database

from calls.documents import ConversationSession
from candidates.documents import Candidate
from interviews.documents import Slot
from tests.calls.webhooks import status, turn
from tests.factories import a_recruiter, a_session

LIST = "/admin/calls/conversationsession/"
MAY_SEE = ("view_conversationsession", "view_candidate", "view_interview")


def browser_of(username: str, *permissions: str) -> Client:
    """Return the browser of a member of staff who has these permissions."""
    user = a_recruiter(username=username)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def text_of(response: HttpResponse) -> str:
    """Return what a page says, without its markup."""
    assert response.status_code == 200, response
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def rows_of(response: HttpResponse) -> list[str]:
    """Return the ids of the calls that a list shows."""
    return [row.pk for row in response.context["cl"].result_list]


def messages_of(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def start_url(candidate: Candidate) -> str:
    return f"{LIST}start/{candidate.id}/"


def page_url(session: ConversationSession) -> str:
    return f"{LIST}{session.id}/change/"


def hang_up_url(session: ConversationSession) -> str:
    return f"{LIST}{session.id}/hang-up/"


def sid_of(session: ConversationSession) -> str:
    return Candidate.objects.get(id=session.candidate.id).call_tracking.call_history[-1].call_sid


def ended(session: ConversationSession, how: str = "no-answer") -> ConversationSession:
    """Let the phone service tell that the call is over."""
    status(session.id, how, 9, call_sid=sid_of(session), CallDuration=65)
    return session


def talked(candidate: Candidate, *heard: str, confidence: float = 0.8) -> ConversationSession:
    """Place a call in which these things are heard."""
    session = a_session(candidate)
    call_sid = sid_of(session)
    turn(session.id, 0, call_sid=call_sid)
    for number, words in enumerate(heard, 1):
        turn(session.id, number, call_sid=call_sid, SpeechResult=words, Confidence=confidence)
    return session


def offered(database: Database, session: ConversationSession, *slots: Slot) -> None:
    stored = [{"slot_id": slot.id, "starts_at": slot.starts_at} for slot in slots]
    database["sessions"].update_one({"_id": session.id}, {"$set": {"offered": stored}})
