"""How a call stands and how it ends: statuses in the order they were fired, and one outcome, recorded once."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from pymongo.errors import DuplicateKeyError

from calls import conversation
from calls.documents import ConversationSession
from calls.schedule import time_to_retry
from calls.sessions import (
    BY_PHASE,
    AnothersCall,
    CallIsOver,
    announce_end,
    call_sid_of,
    close_session,
    keep_refusal,
    load_session,
)
from calls.telephony.base import (
    CallUnknown,
    Telephony,
    TelephonyError,
)
from candidates import attempts
from candidates.documents import Outcome
from config.mongo import client
from config.mongo.ids import object_id
from interviews import outbox
from interviews.dialogue.session import CLOSES, Phase
from interviews.documents import Interview, InterviewStatus

logger = logging.getLogger(__name__)

TERMINAL = ("completed", "busy", "no-answer", "failed", "canceled")
BY_STATUS = {
    "busy": Outcome.BUSY,
    "no-answer": Outcome.NO_ANSWER,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELED,
}


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One status callback; `sequence` is the order in which the phone service fired it."""

    call_sid: str
    status: str
    sequence: int
    at: datetime
    duration_seconds: int | None = None


def apply_status(*, session_id: object, report: StatusReport, now: datetime) -> None:
    """Take a status as it was fired, not as it arrived: what is late or repeated changes nothing, an end is final.

    :raises SessionNotFound: :raises AnothersCall:
    """
    if not report.call_sid:
        raise AnothersCall(report.call_sid)
    key, sessions = object_id(session_id), ConversationSession._get_collection()
    is_end = report.status in TERMINAL
    newest = {"twilio_status": {"$nin": TERMINAL}} | ({} if is_end else {"last_sequence": {"$lt": report.sequence}})
    event = {"sequence": report.sequence, "status": report.status, "at": report.at}
    remember = {"$push": {"statuses": {"$each": [event], "$sort": {"sequence": 1}}}}
    own = {"_id": key, "call_sid": {"$in": [None, report.call_sid]}}
    new = own | {"statuses.sequence": {"$ne": report.sequence}}
    standing = {"twilio_status": report.status, "last_sequence": report.sequence, "call_sid": report.call_sid}
    try:
        result = sessions.update_one(new | newest, {"$set": standing} | remember)
    except DuplicateKeyError as error:
        raise AnothersCall(report.call_sid) from error
    is_new = result.matched_count or sessions.update_one(new, remember).matched_count
    if not is_new and load_session(session_id).get("call_sid") != report.call_sid:
        raise AnothersCall(report.call_sid)
    if is_end and key:
        end_call(
            session_id=key,
            status=report.status,
            duration_seconds=report.duration_seconds,
            now=now,
        )


def end_call(*, session_id: ObjectId, status: str, duration_seconds: int | None, now: datetime) -> None:
    """Close the session with what came of the call, once, and say so by signal. :raises SessionNotFound:

    What came of it is known from the turns that were taken; a turn taken meanwhile is looked at, too.
    """
    stored = load_session(session_id)
    if stored.get("ended_at"):
        return None
    outcome, seen = _outcome(stored, status), {name: stored[name] for name in ("phase", "turn_number")}
    facts = {"duration_seconds": duration_seconds, "twilio_status": status, "notes": _notes(stored)}
    if not close_session(session_id=session_id, outcome=outcome, now=now, seen=seen, **facts):
        return end_call(session_id=session_id, status=status, duration_seconds=duration_seconds, now=now)
    logger.info("☎️ Call %s ended: %s", stored.get("call_sid"), outcome)
    return announce_end(session_id=session_id, now=now)


def _outcome(stored: dict[str, Any], status: str) -> Outcome:
    """Return what came of the call; a standing interview outweighs what the session says, that the status."""
    if Interview.objects(session_id=stored["_id"], status=InterviewStatus.CONFIRMED.value).first():
        return Outcome.INTERVIEW_SCHEDULED
    phase = Phase(stored["phase"])
    return BY_PHASE.get(phase) or BY_STATUS.get(status, Outcome.HUNG_UP)


def _notes(stored: dict[str, Any]) -> str | None:
    phase, call_back_at = Phase(stored["phase"]), stored["dialogue"]["call_back_at"]
    if phase is Phase.STANDING:
        return "Spoke of cancelling the interview just booked; it stands."
    if phase is Phase.HANDED_OVER:
        return "Asked to speak to a person."
    if phase is Phase.PUT_OFF:
        asked = call_back_at.strftime("%Y-%m-%d %H:%M UTC") if call_back_at else "no time agreed"
        return f"Asked to be called again: {asked}."
    return None


def record_outcome(*, session_id: ObjectId, now: datetime) -> None:
    """Write what came of the call on the candidate's document."""
    stored = load_session(session_id)
    outcome = Outcome(stored["outcome"])
    retry_at = stored["dialogue"]["call_back_at"] or time_to_retry(
        outcome,
        now=now,
        pause=timedelta(minutes=settings.RETRY_AFTER_MINUTES),
        hours=conversation.calling_hours(),
        time_zone=stored["dialogue"]["person"]["time_zone"],
    )
    attempt = {"candidate_id": stored["candidate"], "session_id": session_id, "outcome": outcome, "now": now}
    was_open = attempts.close_attempt(
        **attempt,
        ended_at=stored["ended_at"],
        next_attempt_at=retry_at,
        call_sid=stored.get("call_sid"),
        duration_seconds=stored.get("duration_seconds"),
        twilio_status=stored.get("twilio_status"),
        notes=stored.get("notes"),
    )
    if not was_open:
        attempts.correct_attempt(**attempt)
    phase = Phase(stored["phase"])
    if phase in CLOSES:  # known since its turn, unless a version that kept no numbers took that
        client.transact(lambda transaction: keep_refusal(stored, BY_PHASE[phase], now, transaction))


def queue_promised_mail(*, session_id: ObjectId, now: datetime) -> None:
    """Queue a mail to the candidate where the call ended with the promise that somebody writes or gets in touch."""
    stored = load_session(session_id)
    if _promises_mail(stored):
        outbox.queue_follow_up(candidate_id=stored["candidate"], session_id=session_id, now=now)


def unrecorded_sessions(*, before: datetime) -> list[ObjectId]:
    """Return the sessions that ended before then and whose end not everybody took."""
    missed = {"ended_at": {"$lt": before}, "recorded_at": None}
    return [found["_id"] for found in ConversationSession._get_collection().find(missed, {"_id": 1})]


def _promises_mail(stored: dict[str, Any]) -> bool:
    if stored["outcome"] == Outcome.NO_AGREEMENT:
        return True
    return stored["outcome"] == Outcome.CALLBACK_REQUESTED and not stored["dialogue"]["call_back_at"]


def hang_up(*, session_id: object, now: datetime, telephony: Telephony) -> None:
    """End a call that is under way; one that is cancelled before it rings has no callback, so it is closed here.

    :raises SessionNotFound: :raises CallIsOver: :raises TelephonyError: nothing was changed.
    """
    stored = load_session(session_id)
    if stored.get("ended_at"):
        raise CallIsOver("The call is over already.")
    call_sid = call_sid_of(stored)
    if call_sid is None:
        raise CallUnknown("The phone service has not named the call yet; try again in a moment.")
    telephony.hang_up(call_sid)
    logger.info("☎️ Call %s is being hung up", call_sid)
    try:
        placed = telephony.fetch(call_sid)
    except TelephonyError as error:
        logger.warning("Call %s was hung up; how it stands is looked up later: %s", call_sid, error)
        return
    if placed.status == "canceled":
        end_call(session_id=stored["_id"], status=placed.status, duration_seconds=placed.duration_seconds, now=now)
