"""What the doctor finds of calls that wait."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from calls.documents import ConversationSession
from candidates.documents import Candidate
from config.doctor.findings import Finding, Verdict
from config.doctor.queues import MAX_COUNTED, check_queues
from tests.factories import NOW, a_candidate, a_session, a_slot, an_attempt, an_interview

pytestmark = pytest.mark.usefixtures("database")

HOUR = timedelta(hours=1)


def only(now: Any = NOW) -> Finding:
    (finding,) = check_queues(now)
    return finding


def test_nothing_waits() -> None:
    a_candidate()
    an_attempt(a_candidate())
    an_interview(a_candidate(), a_slot())
    Candidate.objects(call_tracking__total_attempts=0).update(set__call_tracking__next_attempt_at=NOW)

    assert only() == Finding("Queues", Verdict.RIGHT, "Nothing waits that should not.")


def test_calls_that_are_not_dialled_are_reported() -> None:
    a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW - HOUR)

    assert only().words == "1 calls have been due for over an hour."


def test_attempts_that_stay_open_are_reported(settings: Any) -> None:
    an_attempt(a_candidate())
    settings.CALL_LIMIT_SECONDS, settings.RING_SECONDS = 600, 25

    found = only(NOW + timedelta(minutes=21))

    assert (found.words, found.advice) == (
        "1 attempts are open for longer than a call may last.",
        "Run `manage.py reconcile`.",
    )
    assert only(NOW + timedelta(minutes=20)).verdict == Verdict.RIGHT


def test_ends_that_are_not_recorded_are_reported() -> None:
    session = a_session()
    Candidate.objects.update(unset__call_tracking__open_session_id=1)
    ConversationSession.objects(id=session.id).update_one(set__ended_at=NOW - HOUR)

    assert only().words == "1 calls ended without their outcome being recorded."


def test_very_many_are_not_counted_to_the_end(database: Any) -> None:
    late = {"ended_at": NOW - HOUR}
    database["sessions"].insert_many([late | {"_id": ObjectId()} for _ in range(MAX_COUNTED + 5)])

    assert only().words.startswith("1000+ calls ended")
