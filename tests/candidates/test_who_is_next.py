from datetime import timedelta

import pytest

from candidates import attempts
from candidates.documents import Candidate, Outcome
from tests.candidates.calls_made import LATER, called, close, due
from tests.factories import NOW, a_candidate, an_attempt, reload

pytestmark = pytest.mark.usefixtures("database")


def test_the_candidate_added_first_of_those_who_may_be_called_is_first() -> None:
    a_candidate(now=NOW + timedelta(days=1))
    close(out := a_candidate(now=NOW - timedelta(days=1)), an_attempt(out), Outcome.OPTED_OUT)
    an_attempt(a_candidate(now=NOW - timedelta(days=1)))
    called(a_candidate(now=NOW - timedelta(days=1)), times=3)
    first = a_candidate()

    assert attempts.first_callable_candidate() == first


def test_where_nobody_may_be_called_nobody_is_first() -> None:
    an_attempt(a_candidate())

    assert attempts.first_callable_candidate() is None


def test_who_waits_longest_is_due_first() -> None:
    second, first = due(a_candidate(), NOW), due(a_candidate(), NOW - timedelta(hours=1))
    due(a_candidate(), LATER)
    a_candidate()

    assert list(attempts.due_candidates(now=NOW, limit=10)) == [first, second]
    assert list(attempts.due_candidates(now=NOW, limit=1)) == [first]


def test_withdrawn_candidate_is_not_due() -> None:
    candidate = due(a_candidate(), NOW)
    Candidate.objects(id=candidate.id).update_one(set__call_tracking__status="do_not_call")

    assert list(attempts.due_candidates(now=NOW, limit=10)) == []


def test_a_due_attempt_is_put_off() -> None:
    candidate = reload(due(a_candidate(), NOW))

    attempts.put_off(candidate=candidate, until=LATER)

    assert reload(candidate).call_tracking.next_attempt_at == LATER


def test_an_attempt_begun_meanwhile_is_not_put_off() -> None:
    candidate = reload(due(a_candidate(), NOW))
    an_attempt(candidate)

    attempts.put_off(candidate=candidate, until=LATER)

    assert reload(candidate).call_tracking.next_attempt_at is None


def test_attempts_open_for_long_are_found() -> None:
    waiting = a_candidate()
    an_attempt(waiting, now=NOW)
    an_attempt(a_candidate(), now=LATER)
    called(a_candidate(), times=1)

    assert list(attempts.candidates_with_open_attempt(before=LATER)) == [waiting]
