import pytest
from bson import ObjectId

from calls.documents import ConversationSession
from calls.telephony.simulator.backend import Simulator
from candidates.documents import Candidate, Outcome
from tests.calls.webhooks import ends, post, status, turn
from tests.factories import a_session

pytestmark = pytest.mark.usefixtures("database", "today")


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def reloaded(session: ConversationSession) -> ConversationSession:
    return ConversationSession.objects(id=session.id).no_dereference().get()


def attempt_of(session: ConversationSession) -> object:
    return Candidate.objects(id=session.candidate.id).get().call_tracking.call_history[-1]


def test_statuses_are_kept_in_the_order_they_were_fired(session: ConversationSession) -> None:
    status(session.id, "in-progress", 2)
    status(session.id, "initiated", 0, Timestamp="Mon, 02 Mar 2026 04:30:00 +0000")
    status(session.id, "ringing", 1, Timestamp="not a time")

    assert [event.status for event in reloaded(session).statuses] == ["initiated", "ringing", "in-progress"]
    assert reloaded(session).twilio_status == "in-progress"


def test_repeated_status_is_kept_once(session: ConversationSession) -> None:
    status(session.id, "ringing", 1)
    status(session.id, "ringing", 1)

    assert len(reloaded(session).statuses) == 1


def test_terminal_status_stays(session: ConversationSession) -> None:
    status(session.id, "busy", 3)
    status(session.id, "in-progress", 2)
    status(session.id, "completed", 4)

    assert reloaded(session).twilio_status == "busy"
    assert attempt_of(session).outcome == Outcome.BUSY


def test_end_is_recorded_with_its_duration(session: ConversationSession) -> None:
    status(session.id, "completed", 3, CallDuration="42")

    assert attempt_of(session).duration_seconds == 42
    assert attempt_of(session).outcome == Outcome.HUNG_UP
    assert reloaded(session).recorded_at


def test_end_that_comes_twice_is_recorded_once(session: ConversationSession) -> None:
    status(session.id, "no-answer", 2)
    ended_at = attempt_of(session).ended_at
    status(session.id, "no-answer", 2)

    assert attempt_of(session).ended_at == ended_at


def test_end_without_a_sequence_number_is_an_end(session: ConversationSession) -> None:
    post(f"/twilio/status/{session.id}", CallStatus="failed")

    assert attempt_of(session).outcome == Outcome.FAILED


def test_another_calls_status_is_let_pass(session: ConversationSession) -> None:
    turn(session.id, 0)

    response = status(session.id, "completed", 3, call_sid="CA" + "b" * 32)

    assert response.status_code == 204
    assert reloaded(session).ended_at is None


def test_status_of_no_session_is_let_pass() -> None:
    assert status(ObjectId(), "completed", 3).status_code == 204


def test_call_that_a_machine_took_is_hung_up(session: ConversationSession) -> None:
    call_sid = attempt_of(session).call_sid
    turn(session.id, 0, call_sid=call_sid)

    post(f"/twilio/machine/{session.id}", call_sid=call_sid, AnsweredBy="machine_start")

    assert Simulator().fetch(call_sid).status == "canceled"
    assert reloaded(session).phase == "voicemail"
    assert ends(turn(session.id, 1, call_sid=call_sid, SpeechResult="after the tone"))


def test_machine_is_not_believed_once_somebody_has_answered(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="who is this")

    post(f"/twilio/machine/{session.id}", AnsweredBy="machine_start")

    assert reloaded(session).phase != "voicemail"


def test_human_is_talked_to(session: ConversationSession) -> None:
    turn(session.id, 0)

    response = post(f"/twilio/machine/{session.id}", AnsweredBy="human")

    assert response.status_code == 204
    assert reloaded(session).phase == "identity"


def test_call_that_cannot_be_hung_up_is_only_logged(session: ConversationSession, caplog: object) -> None:
    turn(session.id, 0)

    response = post(f"/twilio/machine/{session.id}", AnsweredBy="machine_start")

    assert response.status_code == 204
    assert f"/twilio/machine/{session.id}" in caplog.text
