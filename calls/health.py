"""Whether calls go out and come in, and whether nothing waits that should not: this app's part of the doctor."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from bson import ObjectId
from django.conf import settings

from calls import dialling, telephony, webhook_urls
from calls.endings import unrecorded_sessions
from calls.telephony.twilio.webhook_probe import probe
from candidates.attempts import candidates_with_open_attempt, due_candidates
from config.doctor import registry
from config.doctor.findings import Finding, doubtful, right, wrong
from interviews import outbox

NAME = "Queues"
WAITED = timedelta(hours=1)
UNRECORDED = timedelta(minutes=10)
COUNTED = 1000


class Queue(NamedTuple):
    """What waits, or was given up, in words, and what to do."""

    words: str
    waiting: Iterable[object]
    advice: str


def register_checks() -> None:
    registry.register("Phone account", check_phone_account, needs_database=False)
    registry.register("Public address", check_public_address, needs_database=False)
    registry.register("Dialling", check_dialling, needs_database=True)
    registry.register("Queues", check_queues, needs_database=True)


def check_phone_account(now: datetime) -> Iterable[Finding]:
    """Return what the phone service says of our account with it."""
    return telephony.backend().examine(now)


def check_public_address(_now: datetime) -> Iterator[Finding]:
    """Yield whether our webhooks are reached where the phone service asks."""
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


def check_queues(now: datetime) -> Iterator[Finding]:
    """Yield what has waited too long, each kind with what to do."""
    is_empty = True
    for queue in _queues(now):
        count = sum(1 for _ in islice(queue.waiting, COUNTED + 1))
        if count:
            is_empty = False
            yield wrong(NAME, f"{f'{COUNTED}+' if count > COUNTED else count} {queue.words}.", queue.advice)
    if is_empty:
        yield right(NAME, "Nothing waits that should not.")


def _queues(now: datetime) -> Iterator[Queue]:
    limit, longest_call = COUNTED + 1, timedelta(seconds=settings.RING_SECONDS + settings.CALL_LIMIT_SECONDS)
    yield Queue(
        "calls have been due for over an hour",  # those outside calling hours were put off
        due_candidates(now=now - WAITED, limit=limit),
        "See the line Jobs, and the log of calls.jobs.dial_due_calls for refusals.",
    )
    yield Queue(
        "attempts are open for longer than a call may last",
        candidates_with_open_attempt(before=now - longest_call - UNRECORDED, limit=limit),
        "Run `manage.py reconcile`.",
    )
    yield Queue(
        "calls ended without their outcome being recorded",
        unrecorded_sessions(before=now - UNRECORDED),
        "See the log of calls.jobs.record_missed_outcomes, then run `manage.py reconcile`.",
    )
    yield Queue(
        "mails have been due for over an hour",
        outbox.overdue_mails(before=now - WAITED, limit=limit),
        "See the lines Mail and Jobs; the last error stands on each mail in the admin.",
    )
    yield Queue(
        "mails of interviews to come, or of the last week's calls, were given up",
        outbox.failed_mails(now=now, limit=limit),
        "Correct the address and send them again in the admin.",
    )
