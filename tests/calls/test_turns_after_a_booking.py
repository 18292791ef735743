"""What is said once an interview is booked."""

import pytest

from calls.documents import ConversationSession
from interviews.documents import Interview, Slot
from tests.calls.turn_requests import REFUSALS, reading_back, said, status, tracking, turn

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "today")]


@pytest.fixture
def with_interview() -> ConversationSession:
    """A call in which a time was just booked, and its "no" is on the way."""
    session = reading_back()
    turn(session.id, 3, SpeechResult="yes please")
    return session


@pytest.mark.parametrize("words", ["no", "cancel", "no wait, another day please"])
def test_no_after_the_booking_asks_whether_to_cancel(with_interview: ConversationSession, words: str) -> None:
    response = turn(with_interview.id, 3, SpeechResult=words)

    assert "Your interview is booked for Wednesday the 4th of March" in said(response)
    assert "Shall I cancel it?" in said(response)
    assert Interview.objects.get().status == "confirmed"


@pytest.mark.parametrize("words", ["yes", "yes please", "sure"])
def test_yes_to_that_cancels_interview_slot_and_candidate_together(
    with_interview: ConversationSession, words: str
) -> None:
    turn(with_interview.id, 3, SpeechResult="no")

    response = turn(with_interview.id, 5, SpeechResult=words)
    status(with_interview.id, "completed", 3)

    assert "it's cancelled" in said(response)
    assert Interview.objects.get().status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert tracking(with_interview).status == "active"
    assert tracking(with_interview).call_history[-1].outcome == "no_agreement"


@pytest.mark.parametrize("words", ["yes keep it", "don't cancel it", "yes but I don't want to cancel", "cancel it"])
def test_words_that_are_no_plain_yes_cancel_nothing(with_interview: ConversationSession, words: str) -> None:
    turn(with_interview.id, 3, SpeechResult="no")

    turn(with_interview.id, 5, SpeechResult=words)

    assert Interview.objects.get().status == "confirmed"


@pytest.mark.parametrize("words", ["no", "no leave it", "goodbye"])
def test_no_to_that_leaves_the_interview_standing(with_interview: ConversationSession, words: str) -> None:
    turn(with_interview.id, 3, SpeechResult="no")

    response = turn(with_interview.id, 5, SpeechResult=words)
    status(with_interview.id, "completed", 3)

    assert "your interview stands" in said(response)
    assert Interview.objects.get().status == "confirmed"
    assert tracking(with_interview).call_history[-1].outcome == "interview_scheduled"


def test_hanging_up_while_asked_whether_to_cancel_leaves_it_standing(with_interview: ConversationSession) -> None:
    turn(with_interview.id, 3, SpeechResult="no")

    status(with_interview.id, "completed", 3)

    assert Interview.objects.get().status == "confirmed"
    assert tracking(with_interview).call_history[-1].outcome == "interview_scheduled"
    assert "it stands" in tracking(with_interview).call_history[-1].notes


@pytest.mark.parametrize("words", ["I'm not interested in the job any more", "you have the wrong number"])
def test_refusal_of_the_job_after_the_booking_closes_and_calls_the_interview_off(
    with_interview: ConversationSession, words: str
) -> None:
    turn(with_interview.id, 3, SpeechResult=words)
    status(with_interview.id, "completed", 3)

    assert Interview.objects.get().status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert tracking(with_interview).status == REFUSALS.get(words, REFUSALS["you have the wrong number"])[1]
    assert tracking(with_interview).call_history[-1].outcome == tracking(with_interview).status


def test_stop_calling_me_after_the_booking_closes_and_leaves_the_interview(with_interview: ConversationSession) -> None:
    turn(with_interview.id, 3, SpeechResult="stop calling me")
    status(with_interview.id, "completed", 3)

    assert tracking(with_interview).status == "do_not_call"
    assert Interview.objects.get().status == "confirmed"


def test_other_words_after_the_booking_hear_that_it_is_booked(with_interview: ConversationSession) -> None:
    response = turn(with_interview.id, 3, SpeechResult="sorry what")

    assert "It's booked" in said(response)
