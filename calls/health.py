"""What the doctor examines of calls: whether they go out and come in, and whether some wait that should not."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bson import ObjectId
from django.conf import settings

from calls import dialling, telephony, webhook_urls
from calls.endings import unrecorded_sessions
from calls.telephony.twilio.webhook_probe import probe
from candidates.attempts import candidates_with_open_attempt, due_candidates
from config.doctor.findings import Finding, doubtful, right
from config.doctor.queues import Queue, register_queues
from config.doctor.registry import register_check

MAX_WAIT = timedelta(hours=1)
# Jobs look after these every half minute; what is older they failed to settle
MAX_UNRECORDED = timedelta(minutes=10)


def register() -> None:
    register_check("Phone account", check_phone_account, needs_database=False)
    register_check("Public address", check_public_address, needs_database=False)
    register_check("Dialling", check_dialling, needs_database=True)
    register_queues(calls)


def check_phone_account(now: datetime) -> Iterable[Finding]:
    """Return what the phone service says of our account with it."""
    return telephony.backend().examine(now)


def check_public_address(_now: datetime) -> Iterator[Finding]:
    """Yield whether our webhooks are reached where the phone service asks: at those of a call that there is not."""
    return probe(webhook_urls.webhook_url("status", ObjectId(secrets.token_bytes(12))))


def check_dialling(now: datetime) -> Iterator[Finding]:
    """Yield whether calls are let through at all."""
    standing = dialling.standing(now=now)
    if refusal := standing.refusal:
        turn_on = "When it may go on, run `manage.py dialling on --reason …`."
        advice = "Raise the bound, or wait for tomorrow." if standing.is_on else turn_on
        yield doubtful("Dialling", f"Calls are refused: {refusal.reason}.", advice)
    else:
        yield right("Dialling", f"It is on; {standing.day}: {standing.in_words}.")


def calls(now: datetime, limit: int) -> Iterator[Queue]:
    """Yield the calls that are due, open or unrecorded for too long."""
    longest_call = timedelta(seconds=settings.RING_SECONDS + settings.CALL_LIMIT_SECONDS)
    yield Queue(
        "calls have been due for over an hour",  # those outside calling hours were put off
        due_candidates(now=now - MAX_WAIT, limit=limit),
        "See the line Jobs, and the log of calls.jobs.dial_due_calls for refusals.",
    )
    yield Queue(
        "attempts are open for longer than a call may last",
        candidates_with_open_attempt(before=now - longest_call - MAX_UNRECORDED, limit=limit),
        "Run `manage.py reconcile`.",
    )
    yield Queue(
        "calls ended without their outcome being recorded",
        unrecorded_sessions(before=now - MAX_UNRECORDED),
        "See the log of calls.jobs.record_missed_outcomes, then run `manage.py reconcile`.",
    )
