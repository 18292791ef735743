"""What may be done with calls: placing one, ending one, and finding out what became of one that we lost sight of."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from pymongo.errors import DuplicateKeyError

from calls import dialling
from calls.documents import ConversationSession
from calls.endings import TERMINAL, end_call
from calls.sessions import CallIsOver, announce_end, call_sid_of, close_session, load_session, open_session
from calls.telephony.base import (
    DIALLED_WITHIN_SECONDS,
    CallOrder,
    CallRefused,
    CallUnknown,
    PlacedCall,
    PlacementUnknown,
    Telephony,
    TelephonyError,
    begin_lease,
)
from candidates import attempts, phones
from candidates import services as candidates
from candidates.documents import Candidate, Outcome
from config.lease import Lease
from config.security.redaction import shown_name, shown_phone

logger = logging.getLogger(__name__)

# Twilio's error codes that say the number itself is wrong (docs: errors 21211, 21217, 13223, 13224)
INVALID_NUMBER = {21211, 21217, 13223, 13224}

# A request that breaks, or finds our server ill, is sent up to three times more, within the 15 seconds it may take;
# our own refusals (4xx) are meant. Every webhook may come twice
RETRIES = "rc=3&rp=5xx,ct,rt&ct=2000&rt=7000"

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


class InvalidPhoneNumber(Exception):
    """The candidate's number cannot be called."""

    def __init__(self, message: str, *, error_code: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that is on its way, and the candidate as the claim left them."""

    candidate: Candidate
    session_id: ObjectId
    call_sid: str
    status: str


def place_call(
    *,
    candidate_id: object,
    now: datetime,
    telephony: Telephony,
    retry_at: datetime | None = None,
    lease: Lease | None = None,
    only_if_due: bool = False,
) -> Placed:
    """Pass the gate, claim the candidate's next attempt, ask the phone service for the call, and record its answer.

    `retry_at` is when to try again if the call was refused for a reason that is ours. `lease` is how long the call may
    be asked for: who reads `now` begins it before; without one it begins here. `only_if_due` is of claim_attempt.

    :raises calls.dialling.NotDialling: nobody may be called now; nothing was changed.
    :raises candidates.services.CandidateNotFound: :raises candidates.attempts.CallBlocked: nothing was changed.
    :raises InvalidPhoneNumber: :raises CallRefused: nobody's phone rang, and the attempt is closed.
    :raises PlacementUnknown: the attempt counts, as `unknown`, until a job has found out.
    """
    lease = lease or begin_lease()
    # Not ObjectId(): the id stands in the webhooks' addresses, which nobody is to guess
    session_id = ObjectId(secrets.token_bytes(12))
    candidate = _pass_and_claim(candidate_id, session_id, now, only_if_due=only_if_due)
    tracking = candidate.call_tracking
    name, phone = shown_name(candidate.name), shown_phone(candidate.phone)
    logger.info("📝 Found candidate: %s", name)
    logger.info("✅ Call allowed for %s - Attempt %d/%d", name, tracking.total_attempts, tracking.max_attempts)
    try:
        country = phones.country_of(phones.parse(candidate.phone))
    except phones.ImpossiblePhone as error:
        _close(candidate, session_id, error, now=now, gives_back=False)
        raise InvalidPhoneNumber(str(error)) from error
    open_session(session_id=session_id, candidate=candidate, country=country, now=now)
    logger.info("🚀 Initiating call to %s", phone)
    try:
        placed = telephony.place(_order(session_id, candidate.phone, lease))
    except CallRefused as error:
        close_session(session_id=session_id, outcome=Outcome.FAILED, now=now, notes=str(error), recorded_at=now)
        _close(candidate, session_id, error, now=now, gives_back=error.is_ours, retry_at=retry_at)
        if error.error_code in INVALID_NUMBER:
            raise InvalidPhoneNumber(str(error), error_code=error.error_code) from error
        raise
    except PlacementUnknown as error:
        attempt = {"candidate_id": candidate.id, "session_id": session_id}
        attempts.update_attempt(**attempt, outcome=Outcome.UNKNOWN, notes=str(error))
        raise
    logger.info("📊 Updating MongoDB call tracking for candidate %s", candidate.id)
    attempts.update_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=Outcome.INITIATED,
        call_sid=placed.call_sid,
        twilio_status=placed.status,
    )
    return Placed(candidate, session_id, placed.call_sid, placed.status)


def _pass_and_claim(candidate_id: object, session_id: ObjectId, now: datetime, *, only_if_due: bool) -> Candidate:
    """Pass the gate first: its update and the claim's cannot be one, as they are of two documents."""
    dialling.let_through(session_id=session_id, now=now)
    try:
        return attempts.claim_attempt(
            candidate_id=candidate_id, session_id=session_id, now=now, only_if_due=only_if_due
        )
    except (candidates.CandidateNotFound, attempts.CallBlocked):
        dialling.take_back(session_id=session_id)
        raise


def _close(
    candidate: Candidate,
    session_id: ObjectId,
    error: Exception,
    *,
    now: datetime,
    gives_back: bool,
    retry_at: datetime | None = None,
) -> None:
    dialling.take_back(session_id=session_id)
    attempts.close_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=Outcome.FAILED,
        now=now,
        ended_at=now,
        next_attempt_at=retry_at if gives_back else None,
        gives_back=gives_back,
        notes=str(error),
        error_code=getattr(error, "error_code", None),
    )


def _order(session_id: ObjectId, phone: str, lease: Lease) -> CallOrder:
    return CallOrder(
        to=phone,
        voice_url=webhook_url("voice", session_id),
        fallback_url=webhook_url("fallback", session_id),
        status_url=webhook_url("status", session_id),
        machine_url=webhook_url("machine", session_id),
        ring_seconds=settings.RING_SECONDS,
        limit_seconds=settings.CALL_LIMIT_SECONDS,
        lease=lease,
    )


def webhook_url(name: str, session_id: ObjectId | str, *arguments: int) -> str:
    """Return the address that the phone service is given. It signs its requests with all of it before the #."""
    # Put together here: reverse() costs as much as a webhook's whole way through Django
    return retried("/".join((settings.PUBLIC_BASE_URL, "twilio", name, str(session_id), *map(str, arguments))))


def retried(url: str) -> str:
    """Return the address, asking for the request to be repeated where it fails (docs/usage/webhooks, "overrides")."""
    return f"{url}#{RETRIES}"


def hang_up(*, session_id: object, now: datetime, telephony: Telephony) -> None:
    """End a call that is under way; of one that was cancelled before it rang, no callback tells, so it is closed here.

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
