"""A claim is a lease: who comes too late dials nobody, and the attempt is given back once."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from calls import endings, jobs, placing, settling
from calls.documents import ConversationSession
from calls.telephony.base import CallOrder, DialledTooLate, PlacedCall
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall
from candidates.attempts import CallBlocked, claim_attempt
from candidates.documents import Candidate, Outcome, TrackingStatus
from config.lease import Lease
from tests.calls.api_responses import CALL
from tests.calls.call_pages import messages_of, start_url
from tests.calls.fake_telephony import LATER, last_attempt, tracking_of
from tests.clocks import Clock
from tests.factories import NOW, a_candidate, a_session

pytestmark = pytest.mark.slow

ROUNDS = 50


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let every lease go by a clock that the test sets."""
    clock = Clock()
    monkeypatch.setattr("config.lease.running_seconds", clock)
    return clock


class Stopped(Simulator):
    """A phone service that we come to only when something has happened to us on the way."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile = meanwhile

    def place(self, order: CallOrder) -> PlacedCall:
        self._meanwhile()
        return super().place(order)


def call(candidate: Candidate, meanwhile: Callable[[], object]) -> None:
    placing.place_call(candidate_id=candidate.id, now=NOW, telephony=Stopped(meanwhile))


def give_back() -> None:
    assert jobs.settle_open_calls(now=LATER) == 1


# --- Too late


def test_call_that_comes_too_late_is_not_placed_and_its_attempt_is_given_back(database: object, clock: Clock) -> None:
    candidate = a_candidate()

    with pytest.raises(DialledTooLate):
        call(candidate, lambda: clock.go_by(30))

    assert SimulatedCall.objects.count() == 0
    assert (tracking_of(candidate).total_attempts, tracking_of(candidate).open_session_id) == (0, None)
    assert tracking_of(candidate).status == TrackingStatus.ACTIVE
    words = "The call was not placed: 30 seconds had passed before it was asked for."
    assert (last_attempt(candidate).outcome, last_attempt(candidate).notes) == (Outcome.FAILED, words)
    session = ConversationSession.objects.get()
    assert (session.outcome, session.notes, session.recorded_at) == (Outcome.FAILED, words, NOW)


def test_call_within_the_lease_is_placed(database: object, clock: Clock) -> None:
    candidate = a_candidate()

    call(candidate, lambda: clock.go_by(29.9))

    assert SimulatedCall.objects.count() == 1
    assert last_attempt(candidate).outcome == Outcome.INITIATED


def test_attempt_given_back_meanwhile_is_given_back_once(database: object, clock: Clock) -> None:
    candidate = a_candidate()

    with pytest.raises(DialledTooLate):
        call(candidate, lambda: (clock.go_by(300), give_back()))

    assert SimulatedCall.objects.count() == 0
    assert tracking_of(candidate).total_attempts == 0
    assert last_attempt(candidate).notes == "The call was never placed."


def test_an_attempt_claimed_since_is_left_alone(database: object, clock: Clock) -> None:
    candidate, another = a_candidate(), ObjectId()

    def meanwhile() -> None:
        clock.go_by(300)
        give_back()
        claim_attempt(candidate_id=candidate.id, session_id=another, now=LATER)

    with pytest.raises(DialledTooLate):
        call(candidate, meanwhile)

    assert (tracking_of(candidate).total_attempts, tracking_of(candidate).open_session_id) == (1, another)
    assert last_attempt(candidate).outcome == Outcome.PLACING


def test_nothing_is_given_back_before_the_lease_and_the_request_are_over() -> None:
    longest = timedelta(seconds=30 + 60)  # the lease, and the most that TWILIO_TIMEOUT_SECONDS may be

    assert longest + settling.CLOCKS_DIFFER + settling.LISTED_WITHIN <= settling.SETTLE_AFTER
    assert settling.ARRIVED_WITHIN < settling.PLACED_WITHIN < settling.SETTLE_AFTER


def test_a_late_call_and_the_job_that_gives_back_leave_no_call_uncounted(database: object, clock: Clock) -> None:
    for _ in range(ROUNDS):
        database["simulated_calls"].delete_many({})
        candidate = a_candidate()

        race(candidate, clock)

        dialled = SimulatedCall.objects(to=candidate.phone).count()
        tracking = tracking_of(candidate)
        assert dialled <= tracking.total_attempts <= 1
        assert len([each for each in tracking.call_history if each.notes is None]) == tracking.total_attempts


def race(candidate: Candidate, clock: Clock) -> None:
    """Claim an attempt and stop; three minutes on, go on, while the job gives it back and two others call."""
    together = threading.Barrier(4)

    def stop() -> None:
        clock.go_by(301)
        together.wait()

    def late() -> None:
        with pytest.raises(DialledTooLate):
            call(candidate, stop)

    def settle() -> None:
        together.wait()
        jobs.settle_open_calls(now=LATER)

    def another() -> None:
        together.wait()
        with suppress(CallBlocked):
            placing.place_call(candidate_id=candidate.id, now=LATER, telephony=Simulator())

    threads = [threading.Thread(target=each) for each in (late, settle, another, another)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- From the first moment on: a stop between reading the time and the claim


@pytest.fixture
def stops(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let us stop for a minute right after we have read the time."""

    def read_the_time_and_stop() -> datetime:
        clock.go_by(60)
        return NOW

    monkeypatch.setattr(timezone, "now", read_the_time_and_stop)


def assert_nobody_was_called(candidate: Candidate) -> None:
    assert SimulatedCall.objects.count() == 0
    assert last_attempt(candidate).notes.startswith("The call was not placed")
    assert tracking_of(candidate).total_attempts == 0


@pytest.mark.usefixtures("stops")
def test_the_api_counts_from_before_it_reads_the_time(api: APIClient) -> None:
    candidate = a_candidate()

    response = api.post(CALL, {"candidate_id": str(candidate.id)})

    assert (response.status_code, response.json()["code"]) == (502, "call_failed")
    assert_nobody_was_called(candidate)


@pytest.mark.django_db
@pytest.mark.usefixtures("database", "stops")
def test_the_admin_counts_from_before_it_reads_the_time(sue: Client) -> None:
    candidate = a_candidate()

    response = sue.post(start_url(candidate), follow=True)

    assert "Not called: The call was not placed" in messages_of(response)[0]
    assert_nobody_was_called(candidate)


@pytest.mark.usefixtures("database", "stops")
def test_the_command_counts_from_before_it_reads_the_time() -> None:
    candidate = a_candidate()

    with pytest.raises(CommandError, match="was not placed") as raised:
        call_command("call", str(candidate.id))

    assert raised.value.returncode == 3
    assert_nobody_was_called(candidate)


@pytest.mark.usefixtures("database", "stops")
def test_the_job_counts_from_before_it_reads_the_time() -> None:
    candidate = a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)

    assert jobs.dial_due_calls(now=NOW) == 0

    assert_nobody_was_called(candidate)
    assert tracking_of(candidate).next_attempt_at == NOW + jobs.REFUSED_PAUSE


# --- A time of its own


def test_each_due_call_is_dated_by_when_it_is_dialled(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [a_candidate() for _ in range(3)]
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)
    passed: list[Any] = []
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(minutes=2 * len(passed)))
    telephony = Stopped(lambda: passed.append(1))
    monkeypatch.setattr("calls.telephony.backend", lambda: telephony)

    assert jobs.dial_due_calls(now=NOW) == 3

    minutes = sorted(last_attempt(each).initiated_at for each in people)
    assert minutes == [NOW, NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)]


def test_who_was_called_and_put_off_since_the_job_looked_is_not_called_again(
    database: object, today: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = a_candidate(), a_candidate()
    due_at = {first.id: NOW - timedelta(minutes=1), second.id: NOW}
    for candidate_id, at in due_at.items():
        Candidate.objects(id=candidate_id).update_one(set__call_tracking__next_attempt_at=at)

    def meanwhile() -> None:
        session = a_session(second)
        endings.end_call(session_id=session.id, status="no-answer", duration_seconds=0, now=NOW)

    telephony = Stopped(meanwhile)
    monkeypatch.setattr("calls.telephony.backend", lambda: telephony)

    assert jobs.dial_due_calls(now=NOW) == 1

    assert tracking_of(second).total_attempts == 1
    assert tracking_of(second).next_attempt_at > NOW


def test_a_job_is_dated_no_earlier_than_it_was_begun(database: object, today: datetime) -> None:
    candidate = a_candidate()
    Candidate.objects.update(set__call_tracking__next_attempt_at=NOW)

    jobs.dial_due_calls(now=LATER)

    assert last_attempt(candidate).initiated_at == LATER


def test_default_lease_is_thirty_seconds(clock: Clock) -> None:
    assert Lease.begin(30, clock) == placing.begin_lease()
