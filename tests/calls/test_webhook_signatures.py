from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from pymongo.database import Database
from twilio.request_validator import RequestValidator

from calls import webhooks
from calls.documents import ConversationSession
from calls.telephony.twilio.signature import compute
from tests.calls.webhooks import CALL_SID, CONTENT_TYPE, post, said, turn
from tests.factories import a_session

pytestmark = pytest.mark.usefixtures("database", "today")


@pytest.fixture
def session() -> ConversationSession:
    return a_session()


def reloaded(session: ConversationSession) -> ConversationSession:
    return ConversationSession.objects(id=session.id).no_dereference().get()


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
