"""What became of a call that we lost sight of, as the phone service knows it."""

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from pymongo.errors import DuplicateKeyError

from calls import dialling
from calls.documents import ConversationSession
from calls.endings import TERMINAL, end_call
from calls.sessions import announce_end, close_session
from calls.telephony.base import (
    DIALLED_WITHIN_SECONDS,
    CallUnknown,
    PlacedCall,
    Telephony,
)
from candidates import attempts
from candidates.documents import Candidate, Outcome

# Our clock and the phone service's may differ by as much
CLOCKS_DIFFER = timedelta(seconds=30)


# The phone service lists a new call within that time
LISTED_WITHIN = timedelta(minutes=1)


# The last request of an attempt has been written, and arrived or broken off
ARRIVED_WITHIN = timedelta(seconds=DIALLED_WITHIN_SECONDS + settings.TWILIO_TIMEOUT_SECONDS)


# An attempt this old is looked up: its callbacks may be lost. Nobody can dial it any more, and if somebody did, the
# phone service lists the call
SETTLE_AFTER = max(timedelta(minutes=3), ARRIVED_WITHIN + CLOCKS_DIFFER + LISTED_WITHIN)


# From the claim to the call, at most. Shorter than SETTLE_AFTER, so that a later attempt's call is never this one's
PLACED_WITHIN = SETTLE_AFTER - CLOCKS_DIFFER


def settle_attempt(*, candidate: Candidate, now: datetime, telephony: Telephony) -> bool:
    """Find out at the phone service what became of the candidate's open attempt; return whether it is over.

    A call that the phone service knows nothing of was never placed, and gives its attempt back.

    :raises calls.telephony.base.TelephonyError: the phone service can't be asked now; nothing was changed.
    """
    attempt = candidate.call_tracking.call_history[-1]
    placed = find_call(candidate=candidate, telephony=telephony)
    if placed is None:
        return _close_as_never_placed(candidate, attempt.session_id, now)
    if not _take_call(attempt.session_id, placed.call_sid) and not attempt.call_sid:
        return False
    attempts.update_attempt(
        candidate_id=candidate.id,
        session_id=attempt.session_id,
        outcome=Outcome.INITIATED,
        call_sid=placed.call_sid,
        twilio_status=placed.status,
    )
    if placed.status not in TERMINAL:
        return False
    end_call(session_id=attempt.session_id, status=placed.status, duration_seconds=placed.duration_seconds, now=now)
    if Candidate.objects(id=candidate.id, call_tracking__open_session_id=attempt.session_id).only("id").first():
        announce_end(session_id=attempt.session_id, now=now)  # the session was closed before, and a crash kept it there
    return True


def find_call(*, candidate: Candidate, telephony: Telephony) -> PlacedCall | None:
    """Return the call of the open attempt: by its sid, else the first to the number, at the time, that is nobody's.

    :raises calls.telephony.base.TelephonyError: the phone service can't be asked now.
    """
    attempt = candidate.call_tracking.call_history[-1]
    stored = ConversationSession._get_collection().find_one({"_id": attempt.session_id}, {"call_sid": 1, "phone": 1})
    call_sid = attempt.call_sid or (stored and stored.get("call_sid"))
    if call_sid:
        try:
            return telephony.fetch(call_sid)
        except CallUnknown:
            return PlacedCall(call_sid, "failed")
    if stored is None:  # it is saved before the phone service is asked
        return None
    earliest, latest = attempt.initiated_at - CLOCKS_DIFFER, attempt.initiated_at + PLACED_WITHIN
    placed = telephony.placed_to(stored.get("phone") or candidate.phone, since=earliest)
    timely = (call for call in placed if call.placed_at is None or call.placed_at <= latest)
    return next((call for call in timely if not _is_anothers(call.call_sid, attempt.session_id)), None)


def _is_anothers(call_sid: str, session_id: ObjectId) -> bool:
    """Tell whether another session, or another attempt, knows the call; an attempt may know it before its session."""
    attempt = {"call_sid": call_sid, "session_id": {"$ne": session_id}}
    known = Candidate._get_collection().find_one({"call_tracking.call_history": {"$elemMatch": attempt}}, {"_id": 1})
    session = {"call_sid": call_sid, "_id": {"$ne": session_id}}
    return bool(known or ConversationSession._get_collection().find_one(session, {"_id": 1}))


def _take_call(session_id: ObjectId, call_sid: str) -> bool:
    """Write which call the session is about; false where the call, or the session, was taken meanwhile."""
    ours = {"_id": session_id, "call_sid": {"$in": [None, call_sid]}}
    try:
        result = ConversationSession._get_collection().update_one(ours, {"$set": {"call_sid": call_sid}})
    except DuplicateKeyError:
        return False
    return bool(result.matched_count)


NEVER_PLACED = "The call was never placed."


def close_left_sessions(*, now: datetime) -> int:
    """Close sessions that were saved once their attempt had been given back; return how many there were.

    A process that was stopped in between saves one when it goes on, and may die before it closes it.
    """
    old = {"ended_at": None, "call_sid": None, "started_at": {"$lt": now - SETTLE_AFTER}}
    found = ConversationSession._get_collection().find(old, {"candidate": 1})
    return sum(_close_left(session, now) for session in found)


def _close_left(session: dict[str, Any], now: datetime) -> bool:
    if Candidate.objects(id=session["candidate"], call_tracking__open_session_id=session["_id"]).only("id").first():
        return False
    return close_session(
        session_id=session["_id"], outcome=Outcome.FAILED, now=now, notes=NEVER_PLACED, recorded_at=now
    )


def _close_as_never_placed(candidate: Candidate, session_id: ObjectId, now: datetime) -> bool:
    """Give the attempt back, unless the phone service was heard of meanwhile; return whether it is closed."""
    sessions = ConversationSession._get_collection()
    ending = {"outcome": Outcome.FAILED.value, "ended_at": now, "recorded_at": now, "notes": NEVER_PLACED}
    sessions.update_one({"_id": session_id, "ended_at": None, "call_sid": None}, {"$set": ending})
    if sessions.find_one({"_id": session_id, "call_sid": {"$ne": None}}, {"_id": 1}):
        return False
    dialling.take_back(session_id=session_id)
    return attempts.close_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=Outcome.FAILED,
        now=now,
        ended_at=now,
        gives_back=True,
        notes=NEVER_PLACED,
    )
