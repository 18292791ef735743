import threading
from datetime import timedelta

import pytest
from pymongo.database import Database

from calls import endings, placing, reconciliation
from calls.documents import ConversationSession
from calls.reconciliation import Kind, Report
from calls.telephony.base import PlacementUnknown
from calls.telephony.simulator.backend import Simulator
from candidates.documents import Candidate
from tests.calls.reconciliation.differences import (
    HOUR,
    Mute,
    a_call_there,
    a_call_with_an_end,
    ended_there,
    kinds,
    last_attempt,
    lost_call,
    placed_now,
    reconciled,
)
from tests.calls.webhooks import status
from tests.factories import NOW, a_candidate, a_phone, a_session, an_attempt


def test_call_past_us_to_a_candidate_is_an_orphan_and_stays_as_it_is(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    call_sid = a_call_there(candidate.phone)
    placed_now()
    before = simulated["simulated_calls"].find_one()

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.ORPHAN
    assert call_sid in finding.words
    assert f"candidate {candidate.id}'s number" in finding.words
    assert simulated["simulated_calls"].find_one() == before


def test_call_to_nobodys_number_is_an_orphan_told_without_the_number() -> None:
    phone = a_phone()
    a_call_there(phone)

    (finding,) = reconciled().remaining

    assert "no candidate's" in finding.words
    assert phone not in finding.words


def test_call_of_another_program_is_not_taken_for_a_lost_one_of_ours(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    ours = last_attempt(candidate).call_sid
    theirs = a_call_there(candidate.phone)

    report = reconciled()

    assert [finding.kind for finding in report.findings] == [Kind.ORPHAN]
    assert theirs in report.findings[0].words
    assert (last_attempt(candidate).call_sid, ConversationSession.objects.get(id=session.id).call_sid) == (ours, ours)


def test_call_the_phone_service_does_not_know_is_missing(simulated: Database) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    simulated["simulated_calls"].delete_one({"_id": call_sid})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.MISSING
    assert call_sid in finding.words


def test_call_cancelled_before_any_webhook_is_known_by_its_attempt(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    endings.hang_up(session_id=session.id, now=NOW, telephony=Simulator())

    report = reconciled()

    assert report == Report(1, ())


def test_call_of_an_attempt_whose_session_is_gone_is_no_orphan(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    simulated["sessions"].delete_one({"_id": session.id})

    assert reconciled() == Report(1, ())


@pytest.mark.parametrize(
    ("ended_as", "duration_seconds", "words"),
    [("completed", 0, "ended as completed; here it is no-answer"), ("no-answer", 9, "lasted 9 s; here it is 0 s")],
)
def test_end_that_is_another_there_is_reported(
    simulated: Database, ended_as: str, duration_seconds: int, words: str
) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    ended_there(simulated, call_sid, ended_as, duration_seconds)

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.DIFFERS
    assert words in finding.words


def test_call_that_goes_on_there_is_reported(simulated: Database) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"status": "in-progress"}})

    (finding,) = reconciled().remaining

    assert "goes on (in-progress)" in finding.words


def test_attempt_given_back_whose_call_rang_after_all_is_reported(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    with pytest.raises(PlacementUnknown):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=Mute())
    call_sid = simulated["simulated_calls"].find_one()["_id"]
    session = ConversationSession.objects.get()
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"placed_at": NOW + timedelta(minutes=3)}})
    reconciled()
    status(session.id, "completed", 3, call_sid=call_sid)
    ended_there(simulated, call_sid, duration_seconds=0)

    (finding,) = reconciled().remaining

    assert "ended as completed; here it is completed, failed" in finding.words


def test_attempt_whose_session_is_gone_is_told_as_stuck(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    ended_there(simulated, last_attempt(candidate).call_sid)
    simulated["sessions"].delete_one({"_id": session.id})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.STUCK
    assert str(candidate.id) in finding.words


def test_more_calls_than_can_be_listed_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.telephony.simulator.backend.MAX_CALLS_LISTED", 1)
    candidates = [a_candidate(now=NOW), a_candidate(now=NOW)]
    for candidate in candidates:
        a_session(candidate, now=NOW)

    report = reconciled()

    assert kinds(report) == [Kind.CUT_OFF]
    assert report.calls == 1


def test_more_unlisted_calls_than_can_be_asked_for_are_reported(
    simulated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "MAX_FETCHED", 1)
    for _ in range(2):
        _, call_sid = a_call_with_an_end(simulated)
        simulated["simulated_calls"].delete_one({"_id": call_sid})

    report = reconciled()

    assert kinds(report) == [Kind.MISSING, Kind.CUT_OFF]


def test_calls_of_another_period_are_not_compared() -> None:
    a_call_there(a_phone())

    report = reconciled(since=NOW - 2 * HOUR, until=NOW - HOUR)

    assert report == Report(0, ())


def test_of_many_who_reconcile_at_once_none_does_it_twice(simulated: Database) -> None:
    lost, never_placed, over = (a_candidate(now=NOW) for _ in range(3))
    ended_there(simulated, lost_call(lost), "busy", 0)
    an_attempt(never_placed, now=NOW)
    a_session(over, now=NOW)
    ended_there(simulated, last_attempt(over).call_sid, "no-answer", 0)
    barrier = threading.Barrier(6)
    broken = []

    def run() -> None:
        barrier.wait()
        try:
            reconciled()
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert [last_attempt(each).outcome for each in (lost, never_placed, over)] == ["busy", "failed", "no_answer"]
    assert Candidate.objects.get(id=never_placed.id).call_tracking.total_attempts == 0
    assert reconciled().findings == ()


def test_an_attempt_pushed_out_of_the_history_leaves_no_orphan(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    Candidate.objects(id=session.candidate.id).update_one(set__call_tracking__call_history=[])

    assert reconciled() == Report(1, ())
