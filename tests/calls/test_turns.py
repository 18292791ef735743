"""Turns that meet: each has one answer, and no refusal and no yes is lost, in whichever order they come."""

from typing import Any

import pytest

from calls.documents import ConversationSession
from candidates.documents import Candidate
from interviews.documents import Interview, Slot
from tests.calls.turn_requests import (
    ROUNDS,
    asked_for_a_time,
    reading_back,
    said,
    status,
    stored_session,
    tracking,
    turn,
)
from tests.calls.webhooks import goes_on_at, post
from tests.candidates.races import at_once
from tests.factories import a_candidate, a_session, a_slot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]


# --- A refusal and the end of the call


def test_yes_to_the_read_back_that_comes_after_the_end_books() -> None:
    session = reading_back()
    status(session.id, "completed", 3)

    turn(session.id, 3, SpeechResult="yes please")

    assert Interview.objects.get().session_id == session.id
    assert (stored_session(session)["outcome"], tracking(session).status) == (
        "interview_scheduled",
        "interview_scheduled",
    )
    assert tracking(session).call_history[-1].outcome == "interview_scheduled"


def test_yes_that_meets_the_end_of_the_call_is_an_interview_in_every_record() -> None:
    for _ in ROUNDS:
        session = reading_back()

        at_once(lambda: turn(session.id, 3, Digits="1"), lambda: status(session.id, "completed", 3))  # noqa: B023

        assert Interview.objects(session_id=session.id, status="confirmed").count() == 1
        assert stored_session(session)["outcome"] == "interview_scheduled"
        assert tracking(session).call_history[-1].outcome == "interview_scheduled"


def test_yes_after_the_end_to_a_time_that_went_meanwhile_books_nothing() -> None:
    session = reading_back()
    status(session.id, "completed", 3)
    Slot.objects.update(status="withdrawn")

    turn(session.id, 3, SpeechResult="yes please")

    assert Interview.objects.count() == 0
    assert stored_session(session)["turns"][-1]["heard"] == "yes please"
    assert Slot.objects(status="held").count() == 0


def test_other_words_after_the_end_are_written_down_and_change_nothing(session: ConversationSession) -> None:
    turn(session.id, 0)
    status(session.id, "completed", 3)

    response = turn(session.id, 1, SpeechResult="who is this")

    assert said(response) == ""
    assert stored_session(session)["turns"][-1]["heard"] == "who is this"
    assert (stored_session(session)["phase"], stored_session(session)["outcome"]) == ("identity", "hung_up")


# --- Two answers to one turn


def test_repeated_request_is_repeated_even_after_the_booking() -> None:
    session = reading_back()

    first, second = (turn(session.id, 3, SpeechResult="yes please") for _ in range(2))

    assert first.content == second.content
    assert len(stored_session(session)["turns"]) == 4


def test_yes_and_no_to_one_read_back_are_two_turns_or_no_booking() -> None:
    for _ in ROUNDS:
        session = reading_back()

        yes, no = at_once(
            lambda: turn(session.id, 3, SpeechResult="yes please"),  # noqa: B023
            lambda: turn(session.id, 3, SpeechResult="no"),  # noqa: B023
        )

        heard = [each.get("heard") for each in stored_session(session)["turns"][3:]]
        is_booked = Interview.objects(session_id=session.id, status="confirmed").count() == 1
        assert heard == (["yes please", "no"] if is_booked else ["no"])
        assert ("Shall I cancel it?" in said(no)) == is_booked
        assert ("It's booked" in said(yes)) == is_booked


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("yes", [{"SpeechResult": "yes please"}, {"Digits": "1"}])
def test_yes_that_answers_an_earlier_question_books_nothing(number: int, yes: dict[str, str]) -> None:
    session = a_session()
    a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes speaking")
    turn(session.id, 2, SpeechResult="the first one")

    response = turn(session.id, number, **yes)

    assert "It's booked" not in said(response)
    assert Interview.objects.count() == 0


def test_other_words_at_a_turn_taken_already_are_noted_beside_it(session: ConversationSession) -> None:
    turn(session.id, 0)
    first = turn(session.id, 1, SpeechResult="who is this")

    again = [turn(session.id, 1, SpeechResult=words) for words in ("who is this", "hello?", "hello?")]

    assert {answer.content for answer in again} == {first.content}
    assert stored_session(session)["turns"][1]["also_heard"] == ["hello?"]
    assert len(stored_session(session)["turns"]) == 2


# --- After the booking


# --- What may no longer be booked, and trouble of ours


@pytest.mark.parametrize("closed", ["do_not_call", "interview_scheduled", "wrong_number"])
def test_yes_of_who_may_not_be_booked_any_more_is_answered_and_written_down(closed: str) -> None:
    session = reading_back()
    Candidate.objects(id=session.candidate.id).update(call_tracking__status=closed)

    response = turn(session.id, 3, SpeechResult="yes please")
    status(session.id, "completed", 3)

    assert "I can't book that any more. Somebody will write to you." in said(response)
    assert stored_session(session)["turns"][3]["heard"] == "yes please"
    assert Interview.objects.count() == 0
    assert tracking(session).status == closed


def test_apology_is_on_the_transcript_with_what_was_said(
    session: ConversationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn(session.id, 0)
    monkeypatch.setattr("calls.conversation.understanding", _broken)

    held = turn(session.id, 1, SpeechResult="yes speaking")
    response = post(goes_on_at(held), call_sid=f"CA{session.id}")

    assert "something went wrong on our side" in said(response)
    last = stored_session(session)["turns"][-1]
    assert (last["heard"], last["meanwhile"]) == ("yes speaking", ["One moment, please."])
    assert "something went wrong on our side" in last["said"][0]


def _broken() -> Any:
    raise RuntimeError("no such understanding")


def test_what_a_caller_on_hold_was_told_is_on_the_transcript(session: ConversationSession) -> None:
    turn(session.id, 0)

    post(f"/twilio/turn/{session.id}/1?holds=3", call_sid=f"CA{session.id}", SpeechResult="no")

    assert stored_session(session)["turns"][1]["meanwhile"] == [
        "One moment, please.",
        "Thank you for waiting. One more moment, please.",
        "Thank you for waiting. One more moment, please.",
    ]


# --- Another call's callbacks


def test_machine_callback_that_names_another_call_hangs_up_neither(session: ConversationSession, database) -> None:
    other = a_session(a_candidate())
    sid = tracking(other).call_history[-1].call_sid
    turn(session.id, 0, call_sid=tracking(session).call_history[-1].call_sid)

    response = post(f"/twilio/machine/{session.id}", call_sid=sid, AnsweredBy="machine_start")

    assert response.status_code == 204
    assert stored_session(session)["phase"] == stored_session(other)["phase"] == "identity"
    assert {call["status"] for call in database["simulated_calls"].find()} == {"queued"}


@pytest.mark.parametrize("kind", ["voice", "turn", "status"])
@pytest.mark.parametrize("named", ["another's", ""])
def test_request_that_names_another_sessions_call_or_none_changes_nothing(
    session: ConversationSession, kind: str, named: str
) -> None:
    other = a_session(a_candidate())
    turn(other.id, 0)
    before = stored_session(session)
    path = f"/twilio/{kind}/{session.id}" + ("/0" if kind == "turn" else "")

    response = post(path, call_sid=f"CA{other.id}" if named else "", CallStatus="completed", SequenceNumber=3)

    assert response.status_code == (204 if kind == "status" else 200)
    assert stored_session(session) == before


def test_machine_callback_before_the_first_request_of_the_call_is_believed(session: ConversationSession) -> None:
    sid = tracking(session).call_history[-1].call_sid

    post(f"/twilio/machine/{session.id}", call_sid=sid, AnsweredBy="machine_start")

    assert stored_session(session)["phase"] == "voicemail"


# --- A refusal belongs to the number that was called


def test_booking_and_closing_leave_nothing_half_done_where_the_turn_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    session = asked_for_a_time()
    before = stored_session(session)
    monkeypatch.setattr("calls.turns.keep_refusal", _fail)

    turn(session.id, 2, SpeechResult="stop calling me")

    assert stored_session(session) == before
    assert tracking(session).status == "active"


def _fail(*_: object) -> None:
    raise RuntimeError("no disk")
