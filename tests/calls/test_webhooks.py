from datetime import timedelta

import pytest
from pymongo.database import Database

from calls import telephony
from calls.documents import ConversationSession
from calls.telephony.simulator.backend import Simulator
from candidates.documents import Candidate, Outcome
from interviews.documents import Interview, Slot, SlotStatus
from tests.calls.webhooks import CALL_SID, ends, goes_on_at, post, said, status, turn
from tests.factories import NOBODY, NOW, a_session, a_slot

pytestmark = pytest.mark.usefixtures("database", "today")


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def reloaded(session: ConversationSession) -> ConversationSession:
    return ConversationSession.objects(id=session.id).no_dereference().get()


def attempt_of(session: ConversationSession) -> object:
    return Candidate.objects(id=session.candidate.id).get().call_tracking.call_history[-1]


def reach_the_read_back(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    turn(session.id, 2, Digits="1")


# --- The course of a call


def test_call_is_talked_through_to_a_saved_interview(session: ConversationSession) -> None:
    slot = a_slot()

    reach_the_read_back(session)
    response = turn(session.id, 3, SpeechResult="yes please", Confidence="0.93")

    interview = Interview.objects(session_id=session.id).get()
    assert "It's booked" in said(response)
    assert ends(response)
    assert interview.slot == slot
    assert interview.evidence.answer == "yes please"
    assert interview.evidence.confidence == 0.93
    assert interview.evidence.call_sid == CALL_SID
    assert "Shall I book that?" in interview.evidence.question


def test_evidence_of_a_key_names_the_key(session: ConversationSession) -> None:
    a_slot()

    reach_the_read_back(session)
    turn(session.id, 3, Digits="1")

    assert Interview.objects.get().evidence.answer == "key 1"


def test_offered_slots_are_held_while_the_call_lasts(session: ConversationSession) -> None:
    slot = a_slot()

    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")

    assert Slot.objects.get(id=slot.id).held_by == session.id


def test_held_slots_fall_free_on_hang_up(session: ConversationSession) -> None:
    slot = a_slot()
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")

    status(session.id, "completed", 3)

    assert Slot.objects.get(id=slot.id).status == SlotStatus.OPEN


def test_answering_is_noted_on_the_candidate(session: ConversationSession) -> None:
    turn(session.id, 0)

    assert attempt_of(session).outcome == Outcome.IN_PROGRESS
    assert attempt_of(session).call_sid == CALL_SID


def test_machine_on_the_first_request_ends_the_call(session: ConversationSession) -> None:
    response = turn(session.id, 0, AnsweredBy="machine_end_beep")
    status(session.id, "completed", 3)

    assert ends(response)
    assert attempt_of(session).outcome == Outcome.VOICEMAIL


def test_machine_in_a_later_turn_ends_the_call_too(session: ConversationSession) -> None:
    turn(session.id, 0)

    response = turn(session.id, 1, AnsweredBy="machine_end_other")

    assert ends(response)


# --- Repeated, late and foreign requests


def test_repeated_turn_gets_the_same_reply_and_does_nothing_again(session: ConversationSession) -> None:
    a_slot()
    a_slot(starts_at=NOW + timedelta(days=3))
    turn(session.id, 0)

    first = turn(session.id, 1, SpeechResult="yes")
    again = turn(session.id, 1, SpeechResult="something else")

    assert again.content == first.content
    assert reloaded(session).turn_number == 2
    assert len(reloaded(session).turns) == 2


def test_repeated_yes_books_once(session: ConversationSession) -> None:
    a_slot()
    reach_the_read_back(session)

    first = turn(session.id, 3, Digits="1")
    again = turn(session.id, 3, Digits="1")

    assert again.content == first.content
    assert Interview.objects.count() == 1


def test_repeated_greeting_is_the_same(session: ConversationSession) -> None:
    first = turn(session.id, 0)
    turn(session.id, 1, SpeechResult="what")

    assert turn(session.id, 0).content == first.content


def test_turn_that_was_not_asked_for_ends_the_call(session: ConversationSession) -> None:
    turn(session.id, 0)

    response = turn(session.id, 7, SpeechResult="yes")

    assert ends(response)
    assert reloaded(session).turn_number == 1


def test_another_calls_turn_is_not_taken(session: ConversationSession) -> None:
    turn(session.id, 0)

    response = turn(session.id, 1, call_sid="CA" + "b" * 32, SpeechResult="yes")

    assert "can't go on" in said(response)
    assert reloaded(session).turn_number == 1


@pytest.mark.parametrize("session_id", [NOBODY, "nonsense", "$gt"])
def test_session_that_is_not_there_is_told_politely(session_id: object) -> None:
    response = turn(session_id, 1, SpeechResult="yes")

    assert "can't go on" in said(response)
    assert ends(response)


def test_session_that_is_gone_ends_its_call_politely(session: ConversationSession, database: Database) -> None:
    turn(session.id, 0)
    database["sessions"].delete_one({"_id": session.id})

    response = turn(session.id, 1, SpeechResult="yes")

    assert ends(response)
    assert status(session.id, "completed", 3).status_code == 204


def test_candidate_removed_behind_our_back_is_not_booked(session: ConversationSession, database: Database) -> None:
    slot = a_slot()
    reach_the_read_back(session)
    database["candidates"].delete_one({"_id": session.candidate.id})

    response = turn(session.id, 3, Digits="1")

    assert ends(response)
    assert "I can't book that any more" in said(response)
    assert Interview.objects.count() == 0
    assert Slot.objects.get(id=slot.id).status == SlotStatus.HELD


def test_error_of_ours_is_tried_once_more(session: ConversationSession, database: Database) -> None:
    turn(session.id, 0)
    stored = database["sessions"].find_one_and_update({"_id": session.id}, {"$unset": {"dialogue": ""}})
    held = turn(session.id, 1, SpeechResult="no")
    database["sessions"].replace_one({"_id": session.id}, stored)

    response = post(goes_on_at(held))

    assert "One moment, please." in said(held)
    assert "Is this a number where I can reach Asha Rao" in said(response)


def test_error_of_ours_is_an_apology_not_a_stack_trace(session: ConversationSession, database: Database) -> None:
    turn(session.id, 0)
    database["sessions"].update_one({"_id": session.id}, {"$unset": {"dialogue": ""}})

    response = post(goes_on_at(turn(session.id, 1, SpeechResult="yes")))

    assert "something went wrong on our side" in said(response)
    assert ends(response)


def test_fallback_says_the_last_words_again(session: ConversationSession) -> None:
    greeting = turn(session.id, 0)

    response = post(f"/twilio/fallback/{session.id}", ErrorCode="11200", ErrorUrl="https://x/turn/1")

    assert response.content == greeting.content


def test_fallback_before_the_greeting_greets(session: ConversationSession) -> None:
    response = post(f"/twilio/fallback/{session.id}", ErrorCode="11200", ErrorUrl="https://x/voice")

    assert "Am I speaking with Asha Rao?" in said(response)


def test_fallback_after_the_end_ends(session: ConversationSession) -> None:
    turn(session.id, 0)
    status(session.id, "completed", 3)

    response = post(f"/twilio/fallback/{session.id}", ErrorCode="11200")

    assert said(response) == said(turn(session.id, 0))


def test_backend_is_the_simulator_without_credentials() -> None:
    assert isinstance(telephony.backend(), Simulator)
