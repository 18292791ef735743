"""The session of a call: opened with the claim, loaded for each request, closed once."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from django.conf import settings
from pymongo.client_session import ClientSession

from calls import records
from calls.documents import ConversationSession
from calls.signals import call_ended
from candidates.documents import Candidate, Outcome
from candidates.suppression import refuse
from config.mongo.ids import object_id
from interviews.dialogue.session import Person, Phase, Session

BY_PHASE = {
    Phase.AGREED: Outcome.INTERVIEW_SCHEDULED,
    Phase.PUT_OFF: Outcome.CALLBACK_REQUESTED,
    Phase.HANDED_OVER: Outcome.CALLBACK_REQUESTED,
    Phase.NO_AGREEMENT: Outcome.NO_AGREEMENT,
    Phase.NOT_INTERESTED: Outcome.NOT_INTERESTED,
    Phase.OPTED_OUT: Outcome.OPTED_OUT,
    Phase.WRONG_NUMBER: Outcome.WRONG_NUMBER,
    Phase.VOICEMAIL: Outcome.VOICEMAIL,
}


class SessionNotFound(Exception):
    """There is no such session."""


class CallIsOver(Exception):
    """The call has ended, or is not the one that the session belongs to."""


class AnothersCall(CallIsOver):
    """What came names no call, or one that is not the session's: `call_sid` belongs to one session for ever."""

    def __init__(self, call_sid: str) -> None:
        super().__init__(f"The session belongs to another call than {call_sid or 'none at all'}.")


def open_session(*, session_id: ObjectId, candidate: Candidate, country: str | None, now: datetime) -> None:
    """Save the session of an attempt just claimed, with all that the conversation needs to know of the person."""
    person = Person(
        name=candidate.name,
        company=candidate.company or settings.COMPANY_NAME,
        position=candidate.position or "",
        time_zone=candidate.time_zone,
    )
    tracking = candidate.call_tracking
    session = ConversationSession(
        id=session_id,
        candidate=candidate.id,
        phone=candidate.phone,
        attempt_number=tracking.total_attempts,
        may_call_again=tracking.total_attempts < tracking.max_attempts,
        language=candidate.language,
        country=country,
        started_at=now,
        **records.state_of(Session(person)),
    )
    session.validate()
    ConversationSession._get_collection().insert_one(session.to_mongo())  # save() does the same at twice the price


# All of a session that the next turn needs: of a long call, not every turn and status
LATEST = {"turns": {"$slice": -1}, "statuses": False}


def load_session(session_id: object, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the stored session, or these `fields` of it. :raises SessionNotFound: also where the id is malformed."""
    key = object_id(session_id)
    stored = key and ConversationSession._get_collection().find_one({"_id": key}, fields)
    if not stored:
        raise SessionNotFound(f"Session not found with ID: {session_id}")
    return stored


def call_sid_of(stored: dict[str, Any]) -> str | None:
    """Return what the phone service calls the call of a stored session; until its first webhook the attempt knows."""
    if stored.get("call_sid"):
        return str(stored["call_sid"])
    called = Candidate.objects(id=stored["candidate"]).only("call_tracking").first()
    attempts = called.call_tracking.call_history if called else ()
    return next((attempt.call_sid for attempt in attempts if attempt.session_id == stored["_id"]), None)


def close_session(
    *, session_id: ObjectId, outcome: Outcome, now: datetime, seen: dict[str, Any] | None = None, **facts: Any
) -> bool:
    """Write what came of the call and that it is over; return whether it was still open, and as it was `seen`."""
    ending = {"outcome": outcome.value, "ended_at": now, **facts}
    result = ConversationSession._get_collection().update_one(
        {"_id": session_id, "ended_at": None} | (seen or {}),
        {"$set": {name: value for name, value in ending.items() if value is not None}},
    )
    return bool(result.matched_count)


def keep_refusal(stored: dict[str, Any], outcome: Outcome, now: datetime, transaction: ClientSession) -> None:
    """Close the candidate who refused in the call of a stored session, and the number that was called; once."""
    refuse(
        phone=stored.get("phone"),
        candidate_id=stored["candidate"],
        outcome=outcome,
        source=f"call {stored['_id']}",
        now=now,
        transaction=transaction,
    )


def announce_end(*, session_id: ObjectId, now: datetime) -> None:
    """Send what came of a call as a signal; noted only if every receiver took it, else a job sends it again.

    What is corrected meanwhile, by words that came after the end, is sent again by who corrects it.
    """
    sessions = ConversationSession._get_collection()
    outcome = sessions.find_one({"_id": session_id}, {"outcome": True})
    answers = call_ended.send_robust(sender=ConversationSession, session_id=session_id, now=now)
    if outcome and not any(isinstance(answer, Exception) for _, answer in answers):
        sessions.update_one(outcome, {"$set": {"recorded_at": now}})
