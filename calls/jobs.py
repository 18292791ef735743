"""Work of this app that nobody waits for; each job claims what it does, so any number of workers may run it."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from calls import endings, placing, reconciliation, settling, telephony
from calls.conversation import calling_hours
from calls.dialling import NotDialling
from calls.sessions import SessionNotFound, announce_end
from calls.telephony.base import CallRefused, TelephonyError, begin_lease
from candidates import attempts
from candidates import services as candidates

logger = logging.getLogger(__name__)

DIALLED_AT_ONCE = 20
# A call refused for a reason that is ours is tried again after this pause
REFUSED_PAUSE = timedelta(minutes=15)
# News older than this that nobody acted on was lost in a crash
LOST_AFTER = timedelta(minutes=1)
# Each call is compared with the phone service's several times, and a service out of reach for a while hides none
RECONCILED_BACK = timedelta(hours=2)


def dial_due_calls(*, now: datetime) -> int:
    """Call the candidates whose next attempt is due, within calling hours.

    Each is called at a time of its own: one dial may take as long as the phone service's timeout, and twenty of them
    longer than an attempt is left alone.
    """
    placed = 0
    for candidate in attempts.due_candidates(now=now, limit=DIALLED_AT_ONCE):
        lease = begin_lease()
        at = max(now, timezone.now())
        local = at.astimezone(ZoneInfo(candidate.time_zone))
        if (allowed_at := calling_hours().next_within(local)) > local:
            attempts.put_off(candidate=candidate, until=allowed_at)
            continue
        try:
            placing.place_call(
                candidate_id=candidate.id,
                lease=lease,
                now=at,
                telephony=telephony.backend(),
                retry_at=at + REFUSED_PAUSE,
                only_if_due=True,
            )
            placed += 1
        except NotDialling as error:
            logger.warning("❌ Nobody is called, all wait: %s", error.code)
            break
        except (candidates.CandidateNotFound, attempts.CallBlocked, placing.InvalidPhoneNumber) as error:
            logger.info("Candidate %s not called: %s", candidate.id, error)
        except CallRefused as error:
            logger.warning("❌ Calls are refused, the rest waits: %s", error)
            break
        except TelephonyError as error:
            logger.warning("❌ Call to candidate %s: %s", candidate.id, error)
    return placed


def record_missed_outcomes(*, now: datetime) -> int:
    """Tell again of ends whose news was lost."""
    missed = endings.unrecorded_sessions(before=now - LOST_AFTER)
    for session_id in missed:
        announce_end(session_id=session_id, now=now)
    return len(missed)


def settle_open_calls(*, now: datetime) -> int:
    """Find out what became of calls that we have heard nothing of for a while."""
    settled = 0
    for candidate in attempts.candidates_with_open_attempt(before=now - settling.SETTLE_AFTER):
        try:
            settled += settling.settle_attempt(candidate=candidate, now=now, telephony=telephony.backend())
        except (TelephonyError, SessionNotFound) as error:
            logger.warning("Candidate %s: the open call can't be settled now: %s", candidate.id, error)
    return settled + settling.close_left_sessions(now=now)


def reconcile_calls(*, now: datetime) -> int:
    """Compare the calls of the last hours with the phone service's; return how many differences were repaired."""
    try:
        report = reconciliation.reconcile(
            since=now - RECONCILED_BACK, until=now, now=now, telephony=telephony.backend(), repairs=True
        )
    except TelephonyError as error:
        logger.warning("The calls can't be compared with the phone service's now: %s", error)
        return 0
    if report.remaining:
        logger.warning(
            "%d differences from the phone service's calls remain: `manage.py reconcile` shows them",
            len(report.remaining),
        )
    return len(report.findings) - len(report.remaining)
