"""Turns of a call as the phone service asks for them, and what stands in the database afterwards."""

from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse

from calls.documents import ConversationSession
from candidates.documents import Candidate
from tests.calls import webhooks
from tests.factories import a_session, a_slot

ROUNDS = range(50)


REFUSALS = {
    "stop calling me": ("opted_out", "do_not_call"),
    "I'm not interested in the job any more": ("not_interested", "not_interested"),
    "you have the wrong number": ("wrong_number", "wrong_number"),
}


def turn(session_id: object, number: int, **form: object) -> HttpResponse:
    """Send what was heard in a call of its own."""
    return webhooks.turn(session_id, number, **{"call_sid": f"CA{session_id}"} | form)


def status(session_id: object, status: str, sequence: int) -> HttpResponse:
    return webhooks.status(session_id, status, sequence, call_sid=f"CA{session_id}")


def said(response: HttpResponse) -> str:
    assert response.status_code == 200
    return "".join(ElementTree.fromstring(response.content).itertext())


def stored_session(session: ConversationSession) -> dict[str, Any]:
    return ConversationSession._get_collection().find_one({"_id": session.id})


def tracking(session: ConversationSession) -> Any:
    return Candidate.objects(id=session.candidate.id).get().call_tracking


def reach_the_read_back(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    turn(session.id, 2, Digits="1")


def asked_for_a_time() -> ConversationSession:
    """Call somebody, who is now asked which of the times suits."""
    session = a_session()
    a_slot(interviewer_email=f"{session.id}@acme.example")
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    return session


def reading_back() -> ConversationSession:
    """Call somebody, to whom a time of their own is now read back."""
    session = a_session()
    a_slot(interviewer_email=f"{session.id}@acme.example")
    reach_the_read_back(session)
    return session
