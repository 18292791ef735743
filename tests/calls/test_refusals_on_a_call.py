"""What somebody refuses on a call is kept, whenever it is said."""

import pytest
from pymongo.database import Database

from calls import jobs
from calls.documents import ConversationSession
from calls.sessions import announce_end
from candidates.documents import Candidate
from candidates.suppression.documents import Suppression
from tests.calls.turn_requests import (
    REFUSALS,
    ROUNDS,
    asked_for_a_time,
    reading_back,
    said,
    status,
    stored_session,
    tracking,
    turn,
)
from tests.candidates.races import at_once
from tests.factories import NOW, a_candidate, a_slot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]


@pytest.mark.parametrize("words", REFUSALS)
def test_refusal_stands_on_the_candidate_with_its_turn(words: str) -> None:
    session = asked_for_a_time()

    turn(session.id, 2, SpeechResult=words)

    assert tracking(session).status == REFUSALS[words][1]
    assert tracking(session).open_session_id == session.id


@pytest.mark.parametrize("words", REFUSALS)
def test_refusal_that_meets_the_end_of_the_call_is_not_lost(words: str) -> None:
    outcome, closed = REFUSALS[words]
    for _ in ROUNDS:
        session = asked_for_a_time()

        at_once(lambda: turn(session.id, 2, SpeechResult=words), lambda: status(session.id, "completed", 3))  # noqa: B023

        assert stored_session(session)["outcome"] == outcome
        assert tracking(session).status == closed
        assert tracking(session).call_history[-1].outcome == outcome
        assert not tracking(session).open_session_id


@pytest.mark.parametrize("words", REFUSALS)
def test_refusal_that_comes_after_the_end_counts(words: str) -> None:
    session = asked_for_a_time()
    status(session.id, "completed", 3)
    before = tracking(session).call_history[-1].outcome

    turn(session.id, 2, SpeechResult=words)

    assert before == "hung_up"
    assert (stored_session(session)["outcome"], tracking(session).status) == REFUSALS[words]
    assert tracking(session).call_history[-1].outcome == REFUSALS[words][0]
    assert stored_session(session)["turns"][-1]["heard"] == words


def test_refusal_is_carried_to_the_attempt_by_the_job_where_its_news_was_lost(
    session: ConversationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(session.id, 0)
    status(session.id, "completed", 3)
    monkeypatch.setattr("calls.turns.announce_end", lambda **_: None)
    turn(session.id, 1, SpeechResult="stop calling me")
    before = tracking(session).call_history[-1].outcome

    jobs.record_missed_outcomes(now=NOW + 2 * jobs.LOST_AFTER)

    assert (before, tracking(session).call_history[-1].outcome) == ("hung_up", "opted_out")
    assert tracking(session).status == "do_not_call"


def test_end_told_late_does_not_outweigh_a_refusal(session: ConversationSession, database: Database) -> None:
    turn(session.id, 0)
    status(session.id, "completed", 3)
    turn(session.id, 1, SpeechResult="stop calling me")
    database["sessions"].update_one({"_id": session.id}, {"$set": {"outcome": "hung_up"}})

    announce_end(session_id=session.id, now=NOW)

    assert tracking(session).call_history[-1].outcome == "opted_out"


def test_stop_calling_me_beside_a_yes_closes_in_either_order() -> None:
    for _ in ROUNDS:
        session = reading_back()

        _, stop = at_once(
            lambda: turn(session.id, 3, SpeechResult="yes please"),  # noqa: B023
            lambda: turn(session.id, 3, SpeechResult="stop calling me"),  # noqa: B023
        )

        assert "We won't call you again" in said(stop)
        assert tracking(session).status == "do_not_call"
        assert stored_session(session)["phase"] == "opted_out"


def test_refusal_beside_an_answer_taken_already_is_a_turn_of_its_own(session: ConversationSession) -> None:
    a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")

    response = turn(session.id, 1, SpeechResult="stop calling me")

    assert "We won't call you again" in said(response)
    assert [each.get("heard") for each in stored_session(session)["turns"]] == [None, "yes", "stop calling me"]


def test_refusal_beside_an_answer_is_repeated_as_it_was_answered() -> None:
    session = reading_back()

    first, again = (turn(session.id, 2, SpeechResult="stop calling me") for _ in range(2))

    assert first.content == again.content
    assert "We won't call you again" in said(again)


def test_refusal_beside_an_answer_taken_some_turns_ago_counts() -> None:
    session = reading_back()

    turn(session.id, 1, SpeechResult="stop calling me")

    assert tracking(session).status == "do_not_call"


@pytest.mark.parametrize("goodbye", ["goodbye", "I want to speak to a human", "I am not interested in the job"])
def test_stop_calling_me_beside_a_goodbye_counts(session: ConversationSession, goodbye: str) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult=goodbye)

    response = turn(session.id, 1, SpeechResult="stop calling me")
    status(session.id, "completed", 3)

    assert "We won't call you again" in said(response)
    assert tracking(session).status == "do_not_call"
    assert tracking(session).call_history[-1].outcome == "opted_out"


@pytest.mark.parametrize("first", ["I'm not interested in the job any more", "you have the wrong number"])
@pytest.mark.parametrize("is_over", [False, True])
def test_heavier_refusal_of_a_call_is_kept_beside_the_lighter(first: str, is_over: bool) -> None:
    session = asked_for_a_time()
    turn(session.id, 2, SpeechResult=first)
    at_the_end = [status(session.id, "completed", 3)] if is_over else []

    turn(session.id, 2, SpeechResult="stop calling me")

    assert all(answer.status_code == 204 for answer in at_the_end)
    assert Suppression.objects.get().reason == "opted_out"
    assert (stored_session(session)["phase"], tracking(session).status) == ("opted_out", "do_not_call")


def test_refusal_on_a_call_is_kept_of_the_number_whoever_has_it_next(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="stop calling me")
    status(session.id, "completed", 3)
    phone = Candidate.objects.get().phone
    Candidate.objects.get().delete()

    again = a_candidate(phone=phone)

    assert again.call_tracking.status == "do_not_call"


def test_refusal_that_an_earlier_version_took_is_kept_at_the_end_of_the_call(
    session: ConversationSession, database: Database
) -> None:
    turn(session.id, 0)
    database["sessions"].update_one({"_id": session.id}, {"$set": {"phase": "opted_out"}})

    status(session.id, "completed", 3)

    assert database["suppressions"].find_one({"is_active": True})["source"] == f"call {session.id}"
