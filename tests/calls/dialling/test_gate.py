"""What a call must pass before it is dialled: the switch, and the day's bounds; and what is counted of it."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import mongoengine
import pytest
from bson import ObjectId
from pymongo.database import Database

from calls import dialling, endings, jobs, placing
from calls.dialling import NotDialling, Standing
from calls.signals import call_ended
from calls.telephony.base import CallRefused, PlacementUnknown
from candidates.attempts import CallBlocked
from candidates.services import CandidateNotFound
from tests.calls.fake_telephony import LATER, FakeTelephony, last_attempt
from tests.calls.webhooks import status
from tests.factories import NOBODY, NOW, a_candidate, a_session

pytestmark = pytest.mark.usefixtures("database", "today")

TOMORROW = NOW + timedelta(days=1)


def standing() -> Standing:
    return dialling.standing(now=NOW)


def a_call() -> ObjectId:
    """Let a call through; return its session's id."""
    session_id = ObjectId()
    dialling.let_through(session_id=session_id, now=NOW)
    return session_id


def refusal(*, now: Any = NOW) -> NotDialling:
    with pytest.raises(NotDialling) as raised:
        dialling.let_through(session_id=ObjectId(), now=now)
    return raised.value


def turn(*, is_on: bool, reason: str = "The carrier asked us to.") -> None:
    dialling.switch(is_on=is_on, by="rita", reason=reason, now=NOW)


def ended(seconds: int, how: str = "completed") -> None:
    """Place a call and let it end."""
    candidate = a_candidate()
    session = a_session(candidate)
    status(session.id, how, 9, call_sid=last_attempt(candidate).call_sid, CallDuration=seconds)


# --- The switch


def test_where_nothing_is_stored_calls_pass_and_are_counted(database: Database) -> None:
    assert standing() == Standing(True, None, None, None, "2026-03-02", calls=0, minutes=0)

    a_call()

    assert (standing().is_on, standing().calls, standing().refusal) == (True, 1, None)
    assert database["dialling"].count_documents({}) == 1


def test_once_it_is_off_no_call_passes() -> None:
    turn(is_on=False)

    refused = refusal()

    words = "dialling is off since 02 Mar 2026, 04:30 UTC, by rita: The carrier asked us to"
    assert (refused.code, refused.reason) == ("dialling_off", words)
    assert str(refused) == f"Cannot make call: {words}"
    assert standing().calls == 0


def test_once_it_is_on_again_calls_pass_and_the_day_goes_on() -> None:
    a_call()
    turn(is_on=False)
    turn(is_on=True, reason="They are content.")

    a_call()

    assert (standing().calls, standing().reason, standing().changed_by) == (2, "They are content.", "rita")


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "a" * 201])
def test_it_is_not_turned_without_a_reason_of_one_line(reason: str) -> None:
    with pytest.raises(mongoengine.ValidationError):
        turn(is_on=False, reason=reason)

    assert standing().is_on


# --- The bound on calls


def test_the_days_calls_are_bounded(settings: Any) -> None:
    settings.CALLS_PER_DAY = 2
    a_call()
    a_call()

    refused = refusal()

    assert (refused.code, refused.reason) == ("daily_limit_reached", "the day's 2 calls are made (CALLS_PER_DAY)")
    assert standing().calls == 2


def test_the_next_day_begins_at_midnight_where_we_are(settings: Any) -> None:
    settings.CALLS_PER_DAY, settings.TIME_ZONE = 1, "Asia/Kolkata"
    midnight = NOW.replace(hour=18, minute=30)
    a_call()

    assert refusal(now=midnight - timedelta(seconds=1)).code == "daily_limit_reached"
    dialling.let_through(session_id=ObjectId(), now=midnight)

    assert dialling.standing(now=midnight).day == "2026-03-03"
    assert dialling.standing(now=midnight).calls == 1


def test_a_clock_that_is_behind_does_not_begin_the_day_again(settings: Any) -> None:
    settings.CALLS_PER_DAY = 1
    dialling.let_through(session_id=ObjectId(), now=TOMORROW)

    assert refusal(now=NOW).code == "daily_limit_reached"
    assert standing().day == "2026-03-03"


def test_a_day_that_a_clock_far_ahead_has_begun_is_not_waited_for(settings: Any) -> None:
    settings.CALLS_PER_DAY = 1
    dialling.let_through(session_id=ObjectId(), now=NOW + timedelta(days=400))

    a_call()

    assert (standing().day, standing().calls) == ("2026-03-02", 1)


# --- The bound on money


@pytest.fixture
def priced(settings: Any) -> Any:
    """Let a started minute cost 1.4 cents, and a day at most 5."""
    settings.PRICE_PER_MINUTE, settings.COST_PER_DAY = Decimal("0.014"), Decimal("0.05")
    return settings


def test_a_call_under_way_costs_a_minute(priced: Any) -> None:
    a_call()

    assert (standing().minutes, standing().cost) == (1, Decimal("0.014"))


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (125, 3)])
def test_a_call_that_is_over_costs_its_started_minutes(priced: Any, seconds: int, minutes: int) -> None:
    ended(seconds)

    assert (standing().calls, standing().minutes) == (1, minutes)


def test_an_end_that_is_told_again_costs_nothing_more(priced: Any) -> None:
    session = a_session()
    endings.end_call(session_id=session.id, status="completed", duration_seconds=61, now=NOW)

    endings.announce_end(session_id=session.id, now=NOW)
    call_ended.send(sender=None, session_id=session.id, now=NOW)

    assert standing().minutes == 2


def test_no_minute_begins_that_the_days_money_does_not_pay_for(priced: Any) -> None:
    ended(61)
    a_call()

    refused = refusal()

    words = "0.042 of 0.05 a day are spent (COST_PER_DAY); no further minute may begin"
    assert (refused.code, refused.reason) == ("daily_limit_reached", words)


def test_a_call_that_nobody_took_frees_its_minute(priced: Any) -> None:
    ended(0, "no-answer")
    ended(0, "busy")
    ended(0, "no-answer")

    assert (standing().calls, standing().minutes, standing().refusal) == (3, 0, None)


def test_a_call_of_yesterday_that_ends_today_is_yesterdays(priced: Any) -> None:
    session = a_session()
    dialling.let_through(session_id=ObjectId(), now=TOMORROW)

    endings.end_call(session_id=session.id, status="completed", duration_seconds=600, now=TOMORROW)

    assert dialling.standing(now=TOMORROW).minutes == 1


# --- What is no call


def test_a_claim_that_is_refused_is_no_call() -> None:
    candidate = a_candidate()
    a_session(candidate)

    with pytest.raises(CallBlocked):
        a_session(candidate)
    with pytest.raises(CandidateNotFound):
        placing.place_call(candidate_id=NOBODY, now=NOW, telephony=FakeTelephony())

    assert (standing().calls, standing().minutes) == (1, 1)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_call_that_the_phone_service_refuses_is_none(is_ours: bool) -> None:
    refused = CallRefused("No.", error_code=20003, is_ours=is_ours)

    with pytest.raises(CallRefused):
        placing.place_call(candidate_id=a_candidate().id, now=NOW, telephony=FakeTelephony(answer=refused))

    assert (standing().calls, standing().minutes) == (0, 0)


def test_a_call_of_which_nothing_is_known_counts_until_it_is_known_that_there_was_none() -> None:
    with pytest.raises(PlacementUnknown):
        placing.place_call(
            candidate_id=a_candidate().id, now=NOW, telephony=FakeTelephony(answer=PlacementUnknown("No answer."))
        )
    assert standing().calls == 1

    assert jobs.settle_open_calls(now=LATER) == 1

    assert (standing().calls, standing().minutes) == (0, 0)


# --- Many at once


def at_once(number: int) -> list[bool]:
    """Let so many ask at once; return which passed."""
    together, passed = threading.Barrier(number), []

    def ask() -> None:
        together.wait()
        try:
            a_call()
        except NotDialling:
            passed.append(False)
        else:
            passed.append(True)

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return passed


def test_of_64_at_once_all_pass_and_are_counted() -> None:
    assert at_once(64) == [True] * 64
    assert (standing().calls, standing().minutes) == (64, 64)


def test_of_64_at_once_as_many_pass_as_the_bound_allows(settings: Any) -> None:
    settings.CALLS_PER_DAY = 10

    assert sum(at_once(64)) == 10
    assert standing().calls == 10


def test_first_calls_ever_at_once_are_all_counted(database: Database) -> None:
    for _ in range(20):
        database["dialling"].delete_many({})

        assert at_once(8) == [True] * 8
        assert standing().calls == 8
