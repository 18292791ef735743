import threading
from datetime import datetime, timedelta

import pytest
from bson import ObjectId

from calls import jobs, placing, settling
from calls.documents import ConversationSession
from calls.sessions import open_session
from calls.telephony.base import NotConfigured, PlacedCall, PlacementUnknown
from candidates.attempts import claim_attempt
from candidates.documents import Candidate, Outcome
from tests.calls.fake_telephony import LATER, FakeTelephony, last_attempt, tracking_of
from tests.calls.webhooks import CALL_SID, status, turn
from tests.factories import NOW, a_candidate, a_session

pytestmark = pytest.mark.usefixtures("database", "today")


def lost(candidate: Candidate) -> str:
    """Place a call whose answer never came; return the number called."""
    with pytest.raises(PlacementUnknown):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=FakeTelephony(answer=PlacementUnknown("late")))
    return candidate.phone


def settle(candidate: Candidate, exchange: FakeTelephony) -> bool:
    found = Candidate.objects.get(id=candidate.id)
    return settling.settle_attempt(candidate=found, now=LATER, telephony=exchange)


def test_crash_between_claim_and_dial_gives_the_attempt_back() -> None:
    candidate = a_candidate()
    claim_attempt(candidate_id=candidate.id, session_id=ObjectId(), now=NOW)

    settled = jobs.settle_open_calls(now=LATER)

    assert settled == 1
    assert tracking_of(candidate).total_attempts == 0
    assert tracking_of(candidate).open_session_id is None
    assert last_attempt(candidate).notes == "The call was never placed."


def test_crash_between_dial_and_record_is_adopted() -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    call_sid = last_attempt(candidate).call_sid
    Candidate.objects(id=candidate.id).update_one(
        set__call_tracking__call_history__0__outcome=Outcome.PLACING.value,
        unset__call_tracking__call_history__0__call_sid=1,
    )

    settling.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id),
        now=LATER,
        telephony=FakeTelephony(calls=(PlacedCall(call_sid, "ringing"),)),
    )

    assert (last_attempt(candidate).call_sid, last_attempt(candidate).outcome) == (call_sid, Outcome.INITIATED)
    assert ConversationSession.objects.get(id=session.id).call_sid == call_sid


def test_end_whose_callback_was_lost_is_found_out() -> None:
    candidate = a_candidate()
    a_session(candidate)
    call = PlacedCall(last_attempt(candidate).call_sid, "no-answer", NOW, 0)

    is_over = settling.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=FakeTelephony(calls=(call,))
    )

    assert is_over
    assert last_attempt(candidate).outcome == Outcome.NO_ANSWER


def test_call_that_goes_on_is_left_alone() -> None:
    candidate = a_candidate()
    a_session(candidate)

    settled = jobs.settle_open_calls(now=LATER)

    assert settled == 0
    assert tracking_of(candidate).open_session_id is not None


def test_call_the_phone_service_forgot_is_closed() -> None:
    candidate = a_candidate()
    a_session(candidate)

    settling.settle_attempt(candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=FakeTelephony())

    assert last_attempt(candidate).outcome == Outcome.FAILED
    assert tracking_of(candidate).total_attempts == 1


def test_another_sessions_call_is_not_adopted() -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    turn(session.id, 0)
    known = PlacedCall(ConversationSession.objects.get().call_sid, "completed")
    status(session.id, "completed", 3)
    claim_attempt(candidate_id=candidate.id, session_id=ObjectId(), now=LATER)

    settling.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=FakeTelephony(calls=(known,))
    )

    assert last_attempt(candidate).notes == "The call was never placed."


def test_attempts_call_that_its_session_does_not_know_yet_is_not_adopted() -> None:
    first, second = a_candidate(), a_candidate()
    a_session(first)
    known = PlacedCall(last_attempt(first).call_sid, "completed", NOW)
    lost(second)

    settle(second, FakeTelephony(calls=(known,)))

    assert last_attempt(second).notes == "The call was never placed."


def test_call_placed_long_after_the_claim_is_not_adopted() -> None:
    candidate = a_candidate()
    lost(candidate)
    later = PlacedCall("CA" + "7" * 32, "completed", NOW + settling.PLACED_WITHIN + timedelta(seconds=1))

    settle(candidate, FakeTelephony(calls=(later,)))

    assert last_attempt(candidate).notes == "The call was never placed."


def test_lost_call_is_looked_for_at_the_number_that_was_called() -> None:
    candidate = a_candidate()
    called = lost(candidate)
    Candidate.objects(id=candidate.id).update_one(set__phone="+919800000000")
    asked = []

    class Listening(FakeTelephony):
        def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
            asked.append(phone)
            return [PlacedCall("CA" + "7" * 32, "ringing", NOW)]

    settle(candidate, Listening())

    assert asked == [called]
    assert last_attempt(candidate).call_sid == "CA" + "7" * 32


def test_call_is_taken_by_one_session_only() -> None:
    first, second = a_session(), a_session()

    taken = [settling._take_call(session.id, "CA" + "7" * 32) for session in (first, second, first)]

    assert taken == [True, False, True]


def test_of_two_attempts_settled_at_once_one_gets_the_call_and_the_other_does_not() -> None:
    candidates = [a_candidate(), a_candidate()]
    for candidate in candidates:
        lost(candidate)
    barrier = threading.Barrier(2)
    exchange = FakeTelephony(calls=(PlacedCall("CA" + "7" * 32, "ringing", NOW),))

    def run(candidate: Candidate) -> None:
        barrier.wait()
        settle(candidate, exchange)

    threads = [threading.Thread(target=run, args=(candidate,)) for candidate in candidates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [last_attempt(candidate).call_sid for candidate in candidates].count("CA" + "7" * 32) == 1


@pytest.mark.parametrize("listed", [[], [PlacedCall("CA" + "7" * 32, "completed", NOW)]], ids=["none", "a stranger's"])
def test_call_heard_of_while_it_was_looked_for_is_that_one(listed: list[PlacedCall]) -> None:
    candidate = a_candidate()
    lost(candidate)

    class Ringing(FakeTelephony):
        def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
            turn(last_attempt(candidate).session_id, 0)
            return listed

    is_over = settle(candidate, Ringing())

    assert not is_over
    assert tracking_of(candidate).total_attempts == 1
    assert (last_attempt(candidate).outcome, last_attempt(candidate).call_sid) == (Outcome.IN_PROGRESS, CALL_SID)


def test_of_many_who_settle_one_attempt_none_does_it_twice() -> None:
    candidate = a_candidate()
    lost(candidate)
    barrier = threading.Barrier(8)
    exchange = FakeTelephony(calls=(PlacedCall("CA" + "7" * 32, "no-answer", NOW, 0),))

    def run() -> None:
        barrier.wait()
        settle(candidate, exchange)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert last_attempt(candidate).outcome == Outcome.NO_ANSWER
    assert (tracking_of(candidate).total_attempts, len(tracking_of(candidate).call_history)) == (1, 1)


def test_attempt_left_open_by_a_crash_after_its_session_was_closed_is_closed() -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    ConversationSession.objects(id=session.id).update_one(
        set__ended_at=NOW, set__recorded_at=NOW, set__outcome=Outcome.BUSY.value
    )

    settle(candidate, FakeTelephony(calls=(PlacedCall(last_attempt(candidate).call_sid, "busy", NOW, 0),)))

    assert last_attempt(candidate).outcome == Outcome.BUSY
    assert tracking_of(candidate).open_session_id is None


def test_young_attempt_is_not_looked_up() -> None:
    claim_attempt(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)

    assert jobs.settle_open_calls(now=NOW + timedelta(minutes=1)) == 0


def test_phone_service_out_of_reach_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(FakeTelephony):
        def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
            raise NotConfigured("away")

    candidate = a_candidate()
    lost(candidate)
    monkeypatch.setattr("calls.telephony.backend", Away)

    assert jobs.settle_open_calls(now=LATER) == 0
    assert last_attempt(candidate).outcome == Outcome.UNKNOWN


def left_behind(candidate: Candidate) -> ObjectId:
    """Save the session of an attempt that was given back meanwhile, as a process does that was stopped in between."""
    session_id = ObjectId()
    claimed = claim_attempt(candidate_id=candidate.id, session_id=session_id, now=NOW)
    jobs.settle_open_calls(now=LATER)
    open_session(session_id=session_id, candidate=claimed, country="IN", now=NOW)
    return session_id


def test_session_that_was_saved_after_its_attempt_was_given_back_is_closed() -> None:
    session_id = left_behind(a_candidate())

    settled = jobs.settle_open_calls(now=LATER)

    session = ConversationSession.objects.get(id=session_id)
    assert settled == 1
    assert (session.outcome, session.notes) == (Outcome.FAILED, "The call was never placed.")
    assert session.ended_at == session.recorded_at == LATER


def test_session_of_an_attempt_under_way_is_left_open() -> None:
    session = a_session()

    settling.close_left_sessions(now=LATER)

    assert ConversationSession.objects.get(id=session.id).ended_at is None
