import threading
from datetime import datetime, timedelta

import pytest
from bson import ObjectId
from pymongo.database import Database

from calls import jobs, services
from calls.documents import ConversationSession
from calls.telephony.base import CallOrder, CallRefused, CallUnknown, NotConfigured, PlacedCall, PlacementUnknown
from calls.telephony.simulator import Simulator
from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.services import CallBlocked, claim_attempt
from tests.calls.webhooks import CALL_SID, status, turn
from tests.factories import NOW, a_candidate, a_session

pytestmark = pytest.mark.usefixtures("database", "today")

LATER = NOW + timedelta(minutes=5)


class Exchange:
    """A phone service that does what it is told to: refuse, keep silent, or place the call and list it or not."""

    def __init__(self, *, answer: Exception | None = None, calls: tuple[PlacedCall, ...] = ()) -> None:
        self.orders: list[CallOrder] = []
        self._answer = answer
        self._calls = calls

    def place(self, order: CallOrder) -> PlacedCall:
        self.orders.append(order)
        if self._answer:
            raise self._answer
        return PlacedCall("CA" + "1" * 32, "queued", NOW)

    def fetch(self, call_sid: str) -> PlacedCall:
        found = [call for call in self._calls if call.call_sid == call_sid]
        if not found:
            raise CallUnknown(call_sid)
        return found[0]

    def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
        return list(self._calls)

    def hang_up(self, call_sid: str) -> None:
        raise CallUnknown(call_sid)


def tracking_of(candidate: Candidate) -> object:
    return Candidate.objects.get(id=candidate.id).call_tracking


def last_attempt(candidate: Candidate) -> object:
    return tracking_of(candidate).call_history[-1]


def lost(candidate: Candidate) -> str:
    """Place a call whose answer never came; return the number called."""
    with pytest.raises(PlacementUnknown):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Exchange(answer=PlacementUnknown("late")))
    return candidate.phone


def settle(candidate: Candidate, exchange: Exchange) -> bool:
    found = Candidate.objects.get(id=candidate.id)
    return services.settle_attempt(candidate=found, now=LATER, telephony=exchange)


# --- Placing


def test_call_is_ordered_with_everything_the_phone_service_needs(settings: object) -> None:
    exchange = Exchange()
    candidate = a_candidate()
    settings.PUBLIC_BASE_URL = "https://calls.example.com"

    placed = services.place_call(candidate_id=str(candidate.id), now=NOW, telephony=exchange)

    base = "https://calls.example.com/twilio"
    assert exchange.orders == [
        CallOrder(
            to=candidate.phone,
            voice_url=f"{base}/voice/{placed.session_id}#{services.RETRIES}",
            fallback_url=f"{base}/fallback/{placed.session_id}#{services.RETRIES}",
            status_url=f"{base}/status/{placed.session_id}#{services.RETRIES}",
            machine_url=f"{base}/machine/{placed.session_id}#{services.RETRIES}",
            ring_seconds=settings.RING_SECONDS,
            limit_seconds=settings.CALL_LIMIT_SECONDS,
        )
    ]
    assert (placed.call_sid, placed.status) == ("CA" + "1" * 32, "queued")


def test_attempt_is_claimed_before_the_phone_service_is_asked() -> None:
    candidate = a_candidate()
    seen = []

    class Watching(Exchange):
        def place(self, order: CallOrder) -> PlacedCall:
            seen.append(last_attempt(candidate).outcome)
            return super().place(order)

    services.place_call(candidate_id=candidate.id, now=NOW, telephony=Watching())

    assert seen == [Outcome.PLACING]
    assert last_attempt(candidate).outcome == Outcome.INITIATED


def test_refusal_that_is_ours_gives_the_attempt_back() -> None:
    candidate = a_candidate()
    refusal = CallRefused("Check the credentials.", error_code=20003, is_ours=True)

    with pytest.raises(CallRefused):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Exchange(answer=refusal))

    assert tracking_of(candidate).total_attempts == 0
    assert tracking_of(candidate).status == TrackingStatus.ACTIVE
    assert (last_attempt(candidate).outcome, last_attempt(candidate).error_code) == (Outcome.FAILED, 20003)


def test_refusal_of_the_number_counts() -> None:
    candidate = a_candidate()
    refusal = CallRefused("No such number.", error_code=21211, is_ours=False)

    with pytest.raises(services.InvalidPhoneNumber) as raised:
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Exchange(answer=refusal))

    assert raised.value.error_code == 21211
    assert tracking_of(candidate).total_attempts == 1
    assert last_attempt(candidate).error_code == 21211
    assert ConversationSession.objects.get().outcome == Outcome.FAILED


def test_refusal_for_a_number_out_of_reach_counts_and_is_told_as_such() -> None:
    candidate = a_candidate()
    refusal = CallRefused("Cannot be reached.", error_code=21214, is_ours=False)

    with pytest.raises(CallRefused):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Exchange(answer=refusal))

    assert tracking_of(candidate).total_attempts == 1


def test_no_answer_from_the_phone_service_counts_as_unknown_and_blocks() -> None:
    candidate = a_candidate()

    with pytest.raises(PlacementUnknown):
        services.place_call(
            candidate_id=candidate.id, now=NOW, telephony=Exchange(answer=PlacementUnknown("No answer."))
        )
    with pytest.raises(CallBlocked) as raised:
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Exchange())

    assert raised.value.code == "call_in_progress"
    assert last_attempt(candidate).outcome == Outcome.UNKNOWN


def test_number_that_became_impossible_is_not_dialled(database: Database) -> None:
    candidate = a_candidate()
    database["candidates"].update_one({"_id": candidate.id}, {"$set": {"phone": "123"}})
    exchange = Exchange()

    with pytest.raises(services.InvalidPhoneNumber):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=exchange)

    assert exchange.orders == []
    assert tracking_of(candidate).total_attempts == 1


def test_session_ids_cannot_be_guessed_from_one_another() -> None:
    first = services.place_call(candidate_id=a_candidate().id, now=NOW, telephony=Exchange()).session_id
    second = services.place_call(candidate_id=a_candidate().id, now=NOW, telephony=Simulator()).session_id

    assert first.binary[:4] != second.binary[:4]


def test_of_many_who_call_one_candidate_at_once_one_gets_through() -> None:
    candidate = a_candidate()
    exchange = Exchange()
    barrier = threading.Barrier(16)
    blocked = []

    def call() -> None:
        barrier.wait()
        try:
            services.place_call(candidate_id=candidate.id, now=NOW, telephony=exchange)
        except CallBlocked as error:
            blocked.append(error.code)

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(exchange.orders) == 1
    assert blocked == ["call_in_progress"] * 15


def test_three_no_answers_and_no_more() -> None:
    candidate = a_candidate()
    for _ in range(3):
        session = a_session(candidate)
        status(session.id, "no-answer", 2, call_sid=last_attempt(candidate).call_sid)

    with pytest.raises(CallBlocked) as raised:
        a_session(candidate)

    assert str(raised.value) == "Cannot make call: Maximum attempts reached (3/3)"
    assert tracking_of(candidate).status == TrackingStatus.MAX_ATTEMPTS_REACHED
    assert [attempt.number for attempt in tracking_of(candidate).call_history] == [1, 2, 3]


# --- What was lost sight of


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

    services.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id),
        now=LATER,
        telephony=Exchange(calls=(PlacedCall(call_sid, "ringing"),)),
    )

    assert (last_attempt(candidate).call_sid, last_attempt(candidate).outcome) == (call_sid, Outcome.INITIATED)
    assert ConversationSession.objects.get(id=session.id).call_sid == call_sid


def test_end_whose_callback_was_lost_is_found_out() -> None:
    candidate = a_candidate()
    a_session(candidate)
    call = PlacedCall(last_attempt(candidate).call_sid, "no-answer", NOW, 0)

    is_over = services.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=Exchange(calls=(call,))
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

    services.settle_attempt(candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=Exchange())

    assert last_attempt(candidate).outcome == Outcome.FAILED
    assert tracking_of(candidate).total_attempts == 1


def test_another_sessions_call_is_not_adopted() -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    turn(session.id, 0)
    known = PlacedCall(ConversationSession.objects.get().call_sid, "completed")
    status(session.id, "completed", 3)
    claim_attempt(candidate_id=candidate.id, session_id=ObjectId(), now=LATER)

    services.settle_attempt(
        candidate=Candidate.objects.get(id=candidate.id), now=LATER, telephony=Exchange(calls=(known,))
    )

    assert last_attempt(candidate).notes == "The call was never placed."


def test_attempts_call_that_its_session_does_not_know_yet_is_not_adopted() -> None:
    first, second = a_candidate(), a_candidate()
    a_session(first)
    known = PlacedCall(last_attempt(first).call_sid, "completed", NOW)
    lost(second)

    settle(second, Exchange(calls=(known,)))

    assert last_attempt(second).notes == "The call was never placed."


def test_call_placed_long_after_the_claim_is_not_adopted() -> None:
    candidate = a_candidate()
    lost(candidate)
    later = PlacedCall("CA" + "7" * 32, "completed", NOW + services.PLACED_WITHIN + timedelta(seconds=1))

    settle(candidate, Exchange(calls=(later,)))

    assert last_attempt(candidate).notes == "The call was never placed."


def test_lost_call_is_looked_for_at_the_number_that_was_called() -> None:
    candidate = a_candidate()
    called = lost(candidate)
    Candidate.objects(id=candidate.id).update_one(set__phone="+919800000000")
    asked = []

    class Listening(Exchange):
        def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
            asked.append(phone)
            return [PlacedCall("CA" + "7" * 32, "ringing", NOW)]

    settle(candidate, Listening())

    assert asked == [called]
    assert last_attempt(candidate).call_sid == "CA" + "7" * 32


def test_call_is_taken_by_one_session_only() -> None:
    first, second = a_session(), a_session()

    taken = [services._take_call(session.id, "CA" + "7" * 32) for session in (first, second, first)]

    assert taken == [True, False, True]


def test_of_two_attempts_settled_at_once_one_gets_the_call_and_the_other_does_not() -> None:
    candidates = [a_candidate(), a_candidate()]
    for candidate in candidates:
        lost(candidate)
    barrier = threading.Barrier(2)
    exchange = Exchange(calls=(PlacedCall("CA" + "7" * 32, "ringing", NOW),))

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

    class Ringing(Exchange):
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
    exchange = Exchange(calls=(PlacedCall("CA" + "7" * 32, "no-answer", NOW, 0),))

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

    settle(candidate, Exchange(calls=(PlacedCall(last_attempt(candidate).call_sid, "busy", NOW, 0),)))

    assert last_attempt(candidate).outcome == Outcome.BUSY
    assert tracking_of(candidate).open_session_id is None


def test_young_attempt_is_not_looked_up() -> None:
    claim_attempt(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)

    assert jobs.settle_open_calls(now=NOW + timedelta(minutes=1)) == 0


def test_phone_service_out_of_reach_settles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away(Exchange):
        def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
            raise NotConfigured("away")

    candidate = a_candidate()
    lost(candidate)
    monkeypatch.setattr("calls.telephony.backend", Away)

    assert jobs.settle_open_calls(now=LATER) == 0
    assert last_attempt(candidate).outcome == Outcome.UNKNOWN


# --- Jobs


def test_due_call_is_dialled_once() -> None:
    candidate = a_candidate()
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__next_attempt_at=NOW)

    assert jobs.dial_due_calls(now=NOW) == 1
    assert jobs.dial_due_calls(now=NOW) == 0
    assert last_attempt(candidate).outcome == Outcome.INITIATED


def test_due_call_outside_calling_hours_waits_for_them() -> None:
    candidate = a_candidate()
    night = NOW.replace(hour=20)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__next_attempt_at=night)

    assert jobs.dial_due_calls(now=night) == 0
    assert tracking_of(candidate).next_attempt_at == (NOW + timedelta(days=1)).replace(hour=3, minute=30)


def test_refusal_that_is_ours_makes_the_rest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Exchange(answer=CallRefused("Check the credentials.", error_code=20003, is_ours=True))
    monkeypatch.setattr("calls.telephony.backend", lambda: exchange)
    a_candidate()
    a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)

    placed = jobs.dial_due_calls(now=NOW)

    due = sorted(candidate.call_tracking.next_attempt_at for candidate in Candidate.objects)
    assert placed == 0
    assert len(exchange.orders) == 1
    assert due == [NOW, NOW + jobs.REFUSED_PAUSE]


@pytest.mark.parametrize(
    "answer",
    [PlacementUnknown("No answer."), CallRefused("No such number.", error_code=21211, is_ours=False)],
)
def test_trouble_with_one_call_does_not_stop_the_next(answer: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Exchange(answer=answer)
    monkeypatch.setattr("calls.telephony.backend", lambda: exchange)
    a_candidate()
    a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)

    jobs.dial_due_calls(now=NOW)

    assert len(exchange.orders) == 2


def test_end_whose_news_was_lost_is_told_again() -> None:
    candidate = a_candidate()
    session = a_session(candidate)
    ConversationSession.objects(id=session.id).update_one(set__ended_at=NOW, set__outcome=Outcome.BUSY.value)

    told = jobs.record_missed_outcomes(now=LATER)

    assert told == 1
    assert last_attempt(candidate).outcome == Outcome.BUSY
    assert jobs.record_missed_outcomes(now=LATER) == 0


def test_nobody_is_called_again_who_was_only_not_reached_before_the_pause(settings: object) -> None:
    candidate = a_candidate()
    settings.RETRY_AFTER_MINUTES = 60
    session = a_session(candidate)
    status(session.id, "no-answer", 2)

    assert tracking_of(candidate).next_attempt_at == NOW + timedelta(minutes=60)


def test_nobody_is_called_again_unasked_where_retries_are_off(settings: object) -> None:
    settings.RETRY_AFTER_MINUTES = 0
    candidate = a_candidate()
    session = a_session(candidate)
    status(session.id, "no-answer", 2)

    assert tracking_of(candidate).next_attempt_at is None
