"""Placing a call: the next attempt is claimed for it, the phone service is asked for it, its answer is recorded."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from django.conf import settings

from calls import dialling
from calls.sessions import close_session, open_session
from calls.telephony.base import (
    CallOrder,
    CallRefused,
    PlacementUnknown,
    Telephony,
    begin_lease,
)
from calls.webhook_urls import webhook_url
from candidates import attempts, phones
from candidates import services as candidates
from candidates.documents import Candidate, Outcome
from config.lease import Lease
from config.security.redaction import shown_name, shown_phone

logger = logging.getLogger(__name__)

# Twilio's error codes that say the number itself is wrong (docs: errors 21211, 21217, 13223, 13224)
INVALID_NUMBER = {21211, 21217, 13223, 13224}


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
