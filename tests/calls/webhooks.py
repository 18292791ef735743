"""The phone service's side of a webhook: signs a form as Twilio does and sends it through Django's test client."""

from urllib.parse import urldefrag, urlencode
from xml.etree import ElementTree

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

CALL_SID = "CA" + "a" * 32
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"


def post(path: str, *, signature: str | None = None, call_sid: str = CALL_SID, **form: object) -> HttpResponse:
    """Send the form to the path, signed for PUBLIC_BASE_URL unless a signature is given."""
    fields = {"CallSid": call_sid, **{name: str(value) for name, value in form.items()}}
    url = settings.PUBLIC_BASE_URL + path
    signed = RequestValidator(settings.WEBHOOK_AUTH_TOKEN).compute_signature(url, fields)
    headers = {"X-Twilio-Signature": signed if signature is None else signature}
    client = Client(raise_request_exception=False)
    return client.post(path, urlencode(fields), content_type=CONTENT_TYPE, headers=headers)


def status(session_id: object, status: str, sequence: int, **form: object) -> HttpResponse:
    return post(f"/twilio/status/{session_id}", CallStatus=status, SequenceNumber=sequence, **form)


def turn(session_id: object, number: int, **form: object) -> HttpResponse:
    """Send what was heard, or pressed, in a turn; number 0 asks for the greeting."""
    path = f"/twilio/turn/{session_id}/{number}" if number else f"/twilio/voice/{session_id}"
    return post(path, **form)


def goes_on_at(response: HttpResponse) -> str:
    """Return the path and query that a call on hold is redirected to."""
    redirect = ElementTree.fromstring(response.content).find("Redirect")
    return urldefrag(redirect.text).url.removeprefix(settings.PUBLIC_BASE_URL)


def said(response: HttpResponse) -> str:
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/xml")
    return "".join(ElementTree.fromstring(response.content).itertext())


def ends(response: HttpResponse) -> bool:
    return ElementTree.fromstring(response.content).find("Hangup") is not None
