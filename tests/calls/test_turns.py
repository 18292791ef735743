"""Turns that meet: each has one answer, and no refusal and no yes is lost, in whichever order they come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from pymongo.database import Database

from calls import jobs
from calls.documents import ConversationSession
from calls.sessions import announce_end
from candidates.documents import Candidate
from candidates.suppression.documents import Suppression
from interviews.documents import Interview, Slot
from tests.calls import webhooks
from tests.calls.webhooks import goes_on_at, post
from tests.factories import NOW, a_candidate, a_session, a_slot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]

ROUNDS = range(50)
REFUSALS = {
    "stop calling me": ("opted_out", "do_not_call"),
    "I'm not interested in the job any more": ("not_interested", "not_interested"),
    "you have the wrong number": ("wrong_number", "wrong_number"),
}


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def turn(session_id: object, number: int, **form: object) -> HttpResponse:
    """Send what was heard in a call of its own."""
    return webhooks.turn(session_id, number, **{"call_sid": f"CA{session_id}"} | form)


def status(session_id: object, status: str, sequence: int) -> HttpResponse:
    return webhooks.status(session_id, status, sequence, call_sid=f"CA{session_id}")


def said(response: HttpResponse) -> str:
    assert response.status_code == 200
    return "".join(ElementTree.fromstring(response.content).itertext())


def stored(session: ConversationSession) -> dict[str, Any]:
    return ConversationSession._get_collection().find_one({"_id": session.id})


def tracking(session: ConversationSession) -> Any:
    return Candidate.objects(id=session.candidate.id).get().call_tracking


def reach_the_read_back(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    turn(session.id, 2, Digits="1")


def asked_for_a_time() -> ConversationSession:
    """Call somebody, who is now asked which of the times suits."""
    session = a_session()
    a_slot(interviewer_email=f"{session.id}@acme.example")
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    return session


def reading_back() -> ConversationSession:
    """Call somebody, to whom a time of their own is now read back."""
    session = a_session()
    a_slot(interviewer_email=f"{session.id}@acme.example")
    reach_the_read_back(session)
    return session


def at_once(*requests: Callable[[], HttpResponse]) -> list[HttpResponse]:
    with ThreadPoolExecutor(len(requests)) as threads:
        return [answer.result() for answer in [threads.submit(request) for request in requests]]


# --- A refusal and the end of the call


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

        assert stored(session)["outcome"] == outcome
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
    assert (stored(session)["outcome"], tracking(session).status) == REFUSALS[words]
    assert tracking(session).call_history[-1].outcome == REFUSALS[words][0]
    assert stored(session)["turns"][-1]["heard"] == words


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


def test_yes_to_the_read_back_that_comes_after_the_end_books() -> None:
    session = reading_back()
    status(session.id, "completed", 3)

    turn(session.id, 3, SpeechResult="yes please")

    assert Interview.objects.get().session_id == session.id
    assert (stored(session)["outcome"], tracking(session).status) == ("interview_scheduled", "interview_scheduled")
    assert tracking(session).call_history[-1].outcome == "interview_scheduled"


def test_yes_that_meets_the_end_of_the_call_is_an_interview_in_every_record() -> None:
    for _ in ROUNDS:
        session = reading_back()

        at_once(lambda: turn(session.id, 3, Digits="1"), lambda: status(session.id, "completed", 3))  # noqa: B023

        assert Interview.objects(session_id=session.id, status="confirmed").count() == 1
        assert stored(session)["outcome"] == "interview_scheduled"
        assert tracking(session).call_history[-1].outcome == "interview_scheduled"


def test_yes_after_the_end_to_a_time_that_went_meanwhile_books_nothing() -> None:
    session = reading_back()
    status(session.id, "completed", 3)
    Slot.objects.update(status="withdrawn")

    turn(session.id, 3, SpeechResult="yes please")

    assert Interview.objects.count() == 0
    assert stored(session)["turns"][-1]["heard"] == "yes please"
    assert Slot.objects(status="held").count() == 0


def test_other_words_after_the_end_are_written_down_and_change_nothing(session: ConversationSession) -> None:
    turn(session.id, 0)
    status(session.id, "completed", 3)

    response = turn(session.id, 1, SpeechResult="who is this")

    assert said(response) == ""
    assert stored(session)["turns"][-1]["heard"] == "who is this"
    assert (stored(session)["phase"], stored(session)["outcome"]) == ("identity", "hung_up")


# --- Two answers to one turn


def test_repeated_request_is_repeated_even_after_the_booking() -> None:
    session = reading_back()

    first, second = (turn(session.id, 3, SpeechResult="yes please") for _ in range(2))

    assert first.content == second.content
    assert len(stored(session)["turns"]) == 4


def test_yes_and_no_to_one_read_back_are_two_turns_or_no_booking() -> None:
    for _ in ROUNDS:
        session = reading_back()

        yes, no = at_once(
            lambda: turn(session.id, 3, SpeechResult="yes please"),  # noqa: B023
            lambda: turn(session.id, 3, SpeechResult="no"),  # noqa: B023
        )

        heard = [each.get("heard") for each in stored(session)["turns"][3:]]
        is_booked = Interview.objects(session_id=session.id, status="confirmed").count() == 1
        assert heard == (["yes please", "no"] if is_booked else ["no"])
        assert ("Shall I cancel it?" in said(no)) == is_booked
        assert ("It's booked" in said(yes)) == is_booked


def test_stop_calling_me_beside_a_yes_closes_in_either_order() -> None:
    for _ in ROUNDS:
        session = reading_back()

        _, stop = at_once(
            lambda: turn(session.id, 3, SpeechResult="yes please"),  # noqa: B023
            lambda: turn(session.id, 3, SpeechResult="stop calling me"),  # noqa: B023
        )

        assert "We won't call you again" in said(stop)
        assert tracking(session).status == "do_not_call"
        assert stored(session)["phase"] == "opted_out"


def test_refusal_beside_an_answer_taken_already_is_a_turn_of_its_own(session: ConversationSession) -> None:
    a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")

    response = turn(session.id, 1, SpeechResult="stop calling me")

    assert "We won't call you again" in said(response)
    assert [each.get("heard") for each in stored(session)["turns"]] == [None, "yes", "stop calling me"]


def test_refusal_beside_an_answer_is_repeated_as_it_was_answered() -> None:
    session = reading_back()

    first, again = (turn(session.id, 2, SpeechResult="stop calling me") for _ in range(2))

    assert first.content == again.content
    assert "We won't call you again" in said(again)


def test_refusal_beside_an_answer_taken_some_turns_ago_counts() -> None:
    session = reading_back()

    turn(session.id, 1, SpeechResult="stop calling me")

    assert tracking(session).status == "do_not_call"


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


@pytest.mark.parametrize("goodbye", ["goodbye", "I want to speak to a human", "I am not interested in the job"])
def test_stop_calling_me_beside_a_goodbye_counts(session: ConversationSession, goodbye: str) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult=goodbye)

    response = turn(session.id, 1, SpeechResult="stop calling me")
    status(session.id, "completed", 3)

    assert "We won't call you again" in said(response)
    assert tracking(session).status == "do_not_call"
    assert tracking(session).call_history[-1].outcome == "opted_out"


def test_other_words_at_a_turn_taken_already_are_noted_beside_it(session: ConversationSession) -> None:
    turn(session.id, 0)
    first = turn(session.id, 1, SpeechResult="who is this")

    again = [turn(session.id, 1, SpeechResult=words) for words in ("who is this", "hello?", "hello?")]

    assert {answer.content for answer in again} == {first.content}
    assert stored(session)["turns"][1]["also_heard"] == ["hello?"]
    assert len(stored(session)["turns"]) == 2


# --- After the booking


@pytest.fixture
def booked() -> ConversationSession:
    """A call in which a time was just booked, and its "no" is on the way."""
    session = reading_back()
    turn(session.id, 3, SpeechResult="yes please")
    return session


@pytest.mark.parametrize("words", ["no", "cancel", "no wait, another day please"])
def test_no_after_the_booking_asks_whether_to_cancel(booked: ConversationSession, words: str) -> None:
    response = turn(booked.id, 3, SpeechResult=words)

    assert "Your interview is booked for Wednesday the 4th of March" in said(response)
    assert "Shall I cancel it?" in said(response)
    assert Interview.objects.get().status == "confirmed"


@pytest.mark.parametrize("words", ["yes", "yes please", "sure"])
def test_yes_to_that_cancels_interview_slot_and_candidate_together(booked: ConversationSession, words: str) -> None:
    turn(booked.id, 3, SpeechResult="no")

    response = turn(booked.id, 5, SpeechResult=words)
    status(booked.id, "completed", 3)

    assert "it's cancelled" in said(response)
    assert Interview.objects.get().status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert tracking(booked).status == "active"
    assert tracking(booked).call_history[-1].outcome == "no_agreement"


@pytest.mark.parametrize("words", ["yes keep it", "don't cancel it", "yes but I don't want to cancel", "cancel it"])
def test_words_that_are_no_plain_yes_cancel_nothing(booked: ConversationSession, words: str) -> None:
    turn(booked.id, 3, SpeechResult="no")

    turn(booked.id, 5, SpeechResult=words)

    assert Interview.objects.get().status == "confirmed"


@pytest.mark.parametrize("words", ["no", "no leave it", "goodbye"])
def test_no_to_that_leaves_the_interview_standing(booked: ConversationSession, words: str) -> None:
    turn(booked.id, 3, SpeechResult="no")

    response = turn(booked.id, 5, SpeechResult=words)
    status(booked.id, "completed", 3)

    assert "your interview stands" in said(response)
    assert Interview.objects.get().status == "confirmed"
    assert tracking(booked).call_history[-1].outcome == "interview_scheduled"


def test_hanging_up_while_asked_whether_to_cancel_leaves_it_standing(booked: ConversationSession) -> None:
    turn(booked.id, 3, SpeechResult="no")

    status(booked.id, "completed", 3)

    assert Interview.objects.get().status == "confirmed"
    assert tracking(booked).call_history[-1].outcome == "interview_scheduled"
    assert "it stands" in tracking(booked).call_history[-1].notes


@pytest.mark.parametrize("words", ["I'm not interested in the job any more", "you have the wrong number"])
def test_refusal_of_the_job_after_the_booking_closes_and_calls_the_interview_off(
    booked: ConversationSession, words: str
) -> None:
    turn(booked.id, 3, SpeechResult=words)
    status(booked.id, "completed", 3)

    assert Interview.objects.get().status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert tracking(booked).status == REFUSALS.get(words, REFUSALS["you have the wrong number"])[1]
    assert tracking(booked).call_history[-1].outcome == tracking(booked).status


@pytest.mark.parametrize("first", ["I'm not interested in the job any more", "you have the wrong number"])
@pytest.mark.parametrize("is_over", [False, True])
def test_heavier_refusal_of_a_call_is_kept_beside_the_lighter(first: str, is_over: bool) -> None:
    session = asked_for_a_time()
    turn(session.id, 2, SpeechResult=first)
    at_the_end = [status(session.id, "completed", 3)] if is_over else []

    turn(session.id, 2, SpeechResult="stop calling me")

    assert all(answer.status_code == 204 for answer in at_the_end)
    assert Suppression.objects.get().reason == "opted_out"
    assert (stored(session)["phase"], tracking(session).status) == ("opted_out", "do_not_call")


def test_stop_calling_me_after_the_booking_closes_and_leaves_the_interview(booked: ConversationSession) -> None:
    turn(booked.id, 3, SpeechResult="stop calling me")
    status(booked.id, "completed", 3)

    assert tracking(booked).status == "do_not_call"
    assert Interview.objects.get().status == "confirmed"


def test_other_words_after_the_booking_hear_that_it_is_booked(booked: ConversationSession) -> None:
    response = turn(booked.id, 3, SpeechResult="sorry what")

    assert "It's booked" in said(response)


# --- What may no longer be booked, and trouble of ours


@pytest.mark.parametrize("closed", ["do_not_call", "interview_scheduled", "wrong_number"])
def test_yes_of_who_may_not_be_booked_any_more_is_answered_and_written_down(closed: str) -> None:
    session = reading_back()
    Candidate.objects(id=session.candidate.id).update(call_tracking__status=closed)

    response = turn(session.id, 3, SpeechResult="yes please")
    status(session.id, "completed", 3)

    assert "I can't book that any more. Somebody will write to you." in said(response)
    assert stored(session)["turns"][3]["heard"] == "yes please"
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
    last = stored(session)["turns"][-1]
    assert (last["heard"], last["meanwhile"]) == ("yes speaking", ["One moment, please."])
    assert "something went wrong on our side" in last["said"][0]


def _broken() -> Any:
    raise RuntimeError("no such understanding")


def test_what_a_caller_on_hold_was_told_is_on_the_transcript(session: ConversationSession) -> None:
    turn(session.id, 0)

    post(f"/twilio/turn/{session.id}/1?holds=3", call_sid=f"CA{session.id}", SpeechResult="no")

    assert stored(session)["turns"][1]["meanwhile"] == [
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
    assert stored(session)["phase"] == stored(other)["phase"] == "identity"
    assert {call["status"] for call in database["simulated_calls"].find()} == {"queued"}


@pytest.mark.parametrize("kind", ["voice", "turn", "status"])
@pytest.mark.parametrize("named", ["another's", ""])
def test_request_that_names_another_sessions_call_or_none_changes_nothing(
    session: ConversationSession, kind: str, named: str
) -> None:
    other = a_session(a_candidate())
    turn(other.id, 0)
    before = stored(session)
    path = f"/twilio/{kind}/{session.id}" + ("/0" if kind == "turn" else "")

    response = post(path, call_sid=f"CA{other.id}" if named else "", CallStatus="completed", SequenceNumber=3)

    assert response.status_code == (204 if kind == "status" else 200)
    assert stored(session) == before


def test_machine_callback_before_the_first_request_of_the_call_is_believed(session: ConversationSession) -> None:
    sid = tracking(session).call_history[-1].call_sid

    post(f"/twilio/machine/{session.id}", call_sid=sid, AnsweredBy="machine_start")

    assert stored(session)["phase"] == "voicemail"


# --- A refusal belongs to the number that was called


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


def test_booking_and_closing_leave_nothing_half_done_where_the_turn_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    session = asked_for_a_time()
    before = stored(session)
    monkeypatch.setattr("calls.turns.keep_refusal", _fail)

    turn(session.id, 2, SpeechResult="stop calling me")

    assert stored(session) == before
    assert tracking(session).status == "active"


def _fail(*_: object) -> None:
    raise RuntimeError("no disk")
