from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from bson import ObjectId
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from pymongo.database import Database
from twilio.request_validator import RequestValidator

from calls import telephony, webhooks
from calls.documents import ConversationSession
from calls.telephony.simulator.backend import Simulator
from calls.telephony.twilio.signature import compute
from candidates.documents import Candidate, Outcome
from interviews.documents import Interview, Slot, SlotStatus
from tests.calls.webhooks import CALL_SID, CONTENT_TYPE, goes_on_at, post, status, turn
from tests.factories import NOBODY, NOW, a_session, a_slot

pytestmark = pytest.mark.usefixtures("database", "today")


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def said(response: HttpResponse) -> str:
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/xml")
    return "".join(ElementTree.fromstring(response.content).itertext())


def ends(response: HttpResponse) -> bool:
    return ElementTree.fromstring(response.content).find("Hangup") is not None


def reloaded(session: ConversationSession) -> ConversationSession:
    return ConversationSession.objects(id=session.id).no_dereference().get()


def attempt_of(session: ConversationSession) -> object:
    return Candidate.objects(id=session.candidate.id).get().call_tracking.call_history[-1]


def reach_the_read_back(session: ConversationSession) -> None:
    turn(session.id, 0)
    turn(session.id, 1, SpeechResult="yes")
    turn(session.id, 2, Digits="1")


# --- Signatures


@pytest.mark.parametrize("path", ["voice/{id}", "turn/{id}/1", "fallback/{id}", "status/{id}", "machine/{id}"])
@pytest.mark.parametrize("signature", ["", "bm90IHRoZSBzaWduYXR1cmU=", "ü"])
def test_unsigned_request_is_refused_and_changes_nothing(
    path: str, signature: str, session: ConversationSession, database: Database
) -> None:
    before = database["sessions"].find_one({"_id": session.id})

    response = post("/twilio/" + path.format(id=session.id), signature=signature, CallStatus="completed")

    assert response.status_code == 403
    assert database["sessions"].find_one({"_id": session.id}) == before


def test_signature_of_another_address_is_refused(session: ConversationSession) -> None:
    path = f"/twilio/turn/{session.id}/1"
    signature = RequestValidator(webhooks.settings.WEBHOOK_AUTH_TOKEN).compute_signature(
        webhooks.settings.PUBLIC_BASE_URL + f"/twilio/turn/{session.id}/2", {"CallSid": CALL_SID}
    )

    assert post(path, signature=signature).status_code == 403


def test_signature_covers_what_was_said(session: ConversationSession) -> None:
    path = f"/twilio/turn/{session.id}/1"
    signature = RequestValidator(webhooks.settings.WEBHOOK_AUTH_TOKEN).compute_signature(
        webhooks.settings.PUBLIC_BASE_URL + path, {"CallSid": CALL_SID, "SpeechResult": "no"}
    )

    assert post(path, signature=signature, SpeechResult="yes").status_code == 403


def test_signature_with_the_token_before_holds_during_a_rotation(
    session: ConversationSession, settings: object
) -> None:
    path = f"/twilio/voice/{session.id}"
    signature = RequestValidator("the token before").compute_signature(
        settings.PUBLIC_BASE_URL + path, {"CallSid": CALL_SID}
    )
    before = post(path, signature=signature).status_code

    settings.WEBHOOK_AUTH_TOKENS = [settings.WEBHOOK_AUTH_TOKEN, "the token before"]

    assert (before, post(path, signature=signature).status_code, post(path).status_code) == (403, 200, 200)


def test_signature_holds_behind_a_tls_proxy(session: ConversationSession, settings: object) -> None:
    settings.PUBLIC_BASE_URL = "https://calls.example.com"

    response = turn(session.id, 0)

    assert "Am I speaking with Asha Rao?" in said(response)
    assert f'action="https://calls.example.com/twilio/turn/{session.id}/1#' in response.content.decode()


def test_signed_request_that_a_proxy_brings_by_http_is_not_redirected(
    session: ConversationSession, settings: object
) -> None:
    settings.PUBLIC_BASE_URL = "https://calls.example.com"
    settings.SECURE_SSL_REDIRECT = True

    assert turn(session.id, 0).status_code == 200


def test_webhooks_are_only_posted_to(session: ConversationSession) -> None:
    assert Client().get(f"/twilio/voice/{session.id}").status_code == 405


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


# --- Status


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


# --- Machines


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


def test_backend_is_the_simulator_without_credentials() -> None:
    assert isinstance(telephony.backend(), Simulator)


def test_body_that_is_too_large_is_refused(session: ConversationSession) -> None:
    response = turn(session.id, 1, SpeechResult="a" * 3_000_000)

    assert response.status_code == 400
    assert reloaded(session).turn_number == 0


def test_form_of_more_fields_than_may_be_is_refused(session: ConversationSession) -> None:
    response = turn(session.id, 1, **{f"Field{number}": "1" for number in range(2_000)})

    assert response.status_code == 400
    assert reloaded(session).turn_number == 0


def test_form_that_is_no_text_is_refused(session: ConversationSession) -> None:
    kind = "application/x-www-form-urlencoded"
    response = Client().generic("POST", f"/twilio/voice/{session.id}", b"\xff\xfe=\x80", content_type=kind)

    assert response.status_code == 403


def test_of_a_field_sent_twice_the_last_counts(session: ConversationSession) -> None:
    turn(session.id, 0)
    form = [("CallSid", CALL_SID), ("SpeechResult", "no"), ("SpeechResult", "yes")]
    signed = compute(
        url=f"{settings.PUBLIC_BASE_URL}/twilio/turn/{session.id}/1",
        form={"CallSid": [CALL_SID], "SpeechResult": ["no", "yes"]},
        token=settings.WEBHOOK_AUTH_TOKEN,
    )
    path, headers = f"/twilio/turn/{session.id}/1", {"X-Twilio-Signature": signed}
    Client().post(path, urlencode(form), content_type=CONTENT_TYPE, headers=headers)

    assert reloaded(session).turns[1].heard == "yes"
