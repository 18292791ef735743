import threading

import pytest
from pymongo.database import Database

from calls import placing, webhook_urls
from calls.documents import ConversationSession
from calls.telephony.base import CallOrder, CallRefused, PlacedCall, PlacementUnknown
from calls.telephony.simulator.backend import Simulator
from candidates.attempts import CallBlocked
from candidates.documents import Outcome, TrackingStatus
from tests.calls.fake_telephony import FakeTelephony, last_attempt, tracking_of
from tests.calls.webhooks import status
from tests.clocks import ENDLESS
from tests.factories import NOW, a_candidate, a_session

pytestmark = pytest.mark.usefixtures("database", "today")


def test_call_is_ordered_with_everything_the_phone_service_needs(settings: object) -> None:
    exchange = FakeTelephony()
    candidate = a_candidate()
    settings.PUBLIC_BASE_URL = "https://calls.example.com"

    placed = placing.place_call(candidate_id=str(candidate.id), now=NOW, telephony=exchange)

    base = "https://calls.example.com/twilio"
    assert exchange.orders == [
        CallOrder(
            to=candidate.phone,
            voice_url=f"{base}/voice/{placed.session_id}#{webhook_urls.RETRIES}",
            fallback_url=f"{base}/fallback/{placed.session_id}#{webhook_urls.RETRIES}",
            status_url=f"{base}/status/{placed.session_id}#{webhook_urls.RETRIES}",
            machine_url=f"{base}/machine/{placed.session_id}#{webhook_urls.RETRIES}",
            ring_seconds=settings.RING_SECONDS,
            limit_seconds=settings.CALL_LIMIT_SECONDS,
            lease=ENDLESS,
        )
    ]
    assert (placed.call_sid, placed.status) == ("CA" + "1" * 32, "queued")


def test_attempt_is_claimed_before_the_phone_service_is_asked() -> None:
    candidate = a_candidate()
    seen = []

    class Watching(FakeTelephony):
        def place(self, order: CallOrder) -> PlacedCall:
            seen.append(last_attempt(candidate).outcome)
            return super().place(order)

    placing.place_call(candidate_id=candidate.id, now=NOW, telephony=Watching())

    assert seen == [Outcome.PLACING]
    assert last_attempt(candidate).outcome == Outcome.INITIATED


def test_refusal_that_is_ours_gives_the_attempt_back() -> None:
    candidate = a_candidate()
    refusal = CallRefused("Check the credentials.", error_code=20003, is_ours=True)

    with pytest.raises(CallRefused):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=FakeTelephony(answer=refusal))

    assert tracking_of(candidate).total_attempts == 0
    assert tracking_of(candidate).status == TrackingStatus.ACTIVE
    assert (last_attempt(candidate).outcome, last_attempt(candidate).error_code) == (Outcome.FAILED, 20003)


def test_refusal_of_the_number_counts() -> None:
    candidate = a_candidate()
    refusal = CallRefused("No such number.", error_code=21211, is_ours=False)

    with pytest.raises(placing.InvalidPhoneNumber) as raised:
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=FakeTelephony(answer=refusal))

    assert raised.value.error_code == 21211
    assert tracking_of(candidate).total_attempts == 1
    assert last_attempt(candidate).error_code == 21211
    assert ConversationSession.objects.get().outcome == Outcome.FAILED


def test_refusal_for_a_number_out_of_reach_counts_and_is_told_as_such() -> None:
    candidate = a_candidate()
    refusal = CallRefused("Cannot be reached.", error_code=21214, is_ours=False)

    with pytest.raises(CallRefused):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=FakeTelephony(answer=refusal))

    assert tracking_of(candidate).total_attempts == 1


def test_no_answer_from_the_phone_service_counts_as_unknown_and_blocks() -> None:
    candidate = a_candidate()

    with pytest.raises(PlacementUnknown):
        placing.place_call(
            candidate_id=candidate.id, now=NOW, telephony=FakeTelephony(answer=PlacementUnknown("No answer."))
        )
    with pytest.raises(CallBlocked) as raised:
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=FakeTelephony())

    assert raised.value.code == "call_in_progress"
    assert last_attempt(candidate).outcome == Outcome.UNKNOWN


def test_number_that_became_impossible_is_not_dialled(database: Database) -> None:
    candidate = a_candidate()
    database["candidates"].update_one({"_id": candidate.id}, {"$set": {"phone": "123"}})
    exchange = FakeTelephony()

    with pytest.raises(placing.InvalidPhoneNumber):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=exchange)

    assert exchange.orders == []
    assert tracking_of(candidate).total_attempts == 1


def test_session_ids_cannot_be_guessed_from_one_another() -> None:
    first = placing.place_call(candidate_id=a_candidate().id, now=NOW, telephony=FakeTelephony()).session_id
    second = placing.place_call(candidate_id=a_candidate().id, now=NOW, telephony=Simulator()).session_id

    assert first.binary[:4] != second.binary[:4]


def test_of_many_who_call_one_candidate_at_once_one_gets_through() -> None:
    candidate = a_candidate()
    exchange = FakeTelephony()
    barrier = threading.Barrier(16)
    blocked = []

    def call() -> None:
        barrier.wait()
        try:
            placing.place_call(candidate_id=candidate.id, now=NOW, telephony=exchange)
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
