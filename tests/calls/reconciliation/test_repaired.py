from datetime import timedelta

import pytest
from pymongo.database import Database

from calls import reconciliation
from calls.documents import ConversationSession
from calls.reconciliation import Kind, Report
from calls.telephony.simulator.backend import Simulator
from candidates.documents import Candidate, Outcome
from tests.calls.reconciliation.differences import (
    HOUR,
    a_call_there,
    a_call_with_an_end,
    ended_there,
    kinds,
    last_attempt,
    lost_call,
    open_here_and_over_there,
    placed_now,
    reconciled,
)
from tests.factories import NOW, a_candidate, a_phone, a_session, an_attempt

# --- What agrees


def test_nothing_is_found_where_all_agrees(simulated: Database) -> None:
    a_call_with_an_end(simulated)
    a_call_with_an_end(simulated, "completed", 42)
    a_session(now=NOW)

    report = reconciled()

    assert report == Report(3, ())


def test_last_minutes_are_left_out() -> None:
    a_call_there(a_phone())
    placed_now()

    report = reconciliation.reconcile(
        since=NOW - HOUR, until=NOW + HOUR, now=NOW + timedelta(minutes=1), telephony=Simulator(), repairs=True
    )

    assert report == Report(0, ())


# --- What is repaired


def test_call_that_is_over_there_is_closed_here(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    a_session(candidate, now=NOW)
    ended_there(simulated, last_attempt(candidate).call_sid, "busy", 0)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert last_attempt(candidate).outcome == Outcome.BUSY
    assert report.remaining == []
    assert reconciled().findings == ()


def test_lost_call_is_adopted() -> None:
    candidate = a_candidate(now=NOW)
    call_sid = lost_call(candidate)

    report = reconciled()

    assert kinds(report) == [Kind.ADOPTED]
    assert (last_attempt(candidate).outcome, last_attempt(candidate).call_sid) == (Outcome.INITIATED, call_sid)
    assert reconciled().findings == ()


def test_lost_call_that_is_over_is_adopted_and_closed(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    ended_there(simulated, lost_call(candidate), "no-answer", 0)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert last_attempt(candidate).outcome == Outcome.NO_ANSWER


def test_attempt_never_placed_is_given_back() -> None:
    candidate = a_candidate(now=NOW)
    an_attempt(candidate, now=NOW)

    report = reconciled()

    assert kinds(report) == [Kind.GIVEN_BACK]
    assert Candidate.objects.get(id=candidate.id).call_tracking.total_attempts == 0


def test_end_that_was_not_recorded_is_recorded(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1)

    report = reconciled()

    assert kinds(report) == [Kind.RECORDED]
    assert reconciled().findings == ()


def test_end_that_still_cannot_be_recorded_remains(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1, set__dialogue={})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.STUCK
    assert str(session.id) in finding.words


def test_lost_call_of_an_attempt_begun_just_before_the_period_is_adopted(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    call_sid = lost_call(candidate)
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"placed_at": NOW + timedelta(seconds=20)}})

    report = reconciled(since=NOW + timedelta(seconds=10))

    assert kinds(report) == [Kind.ADOPTED]


def test_session_left_open_whose_attempt_is_closed_is_closed(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__ended_at=1, unset__outcome=1, unset__recorded_at=1)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert ConversationSession.objects.get(id=session.id).outcome == Outcome.NO_ANSWER


@pytest.mark.parametrize("kind", [Kind.GIVEN_BACK, Kind.ADOPTED, Kind.CLOSED, Kind.RECORDED])
def test_dry_run_tells_and_changes_nothing(simulated: Database, kind: Kind) -> None:
    MAKING[kind](simulated)
    before = [list(simulated[name].find().sort("_id")) for name in ("candidates", "sessions")]

    report = reconciled(repairs=False)

    assert kinds(report) == [kind]
    assert [list(simulated[name].find().sort("_id")) for name in ("candidates", "sessions")] == before


def unrecorded(database: Database) -> None:
    session, _ = a_call_with_an_end(database)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1)


MAKING = {
    Kind.GIVEN_BACK: lambda _: an_attempt(a_candidate(now=NOW), now=NOW),
    Kind.ADOPTED: lambda _: lost_call(a_candidate(now=NOW)),
    Kind.CLOSED: open_here_and_over_there,
    Kind.RECORDED: unrecorded,
}
