from datetime import timedelta

import pytest

from calls import jobs
from calls.documents import ConversationSession
from calls.telephony.base import CallRefused, PlacementUnknown
from candidates.documents import Candidate, Outcome
from tests.calls.fake_telephony import LATER, FakeTelephony, last_attempt, tracking_of
from tests.calls.webhooks import status
from tests.factories import NOW, a_candidate, a_session

pytestmark = pytest.mark.usefixtures("database", "today")


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
    exchange = FakeTelephony(answer=CallRefused("Check the credentials.", error_code=20003, is_ours=True))
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
    exchange = FakeTelephony(answer=answer)
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
