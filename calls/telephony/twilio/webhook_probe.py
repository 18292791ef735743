"""Asks our own webhooks from outside, as Twilio would: once signed and once not."""

from collections.abc import Iterator
from urllib.parse import urldefrag, urlencode

import certifi
from django.conf import settings
from django.utils import timezone
from twilio.request_validator import RequestValidator
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, SSLError

from config.doctor.clock import compare_clocks, date_header
from config.doctor.findings import Finding, describe_error, right, wrong

NAME = "Public address"
CONNECT_SECONDS, READ_SECONDS = 5, 15  # as long as Twilio waits
LET_IN, TURNED_AWAY = 204, 403
FORM = "application/x-www-form-urlencoded"
FIELDS = {"CallSid": f"CA{'0' * 32}", "CallStatus": "ringing", "SequenceNumber": "0"}


def probe(url: str) -> Iterator[Finding]:
    """Yield whether a status callback to `url`, of a call that is not there, is let in signed, and only then."""
    address, base = urldefrag(url).url, settings.PUBLIC_BASE_URL
    signature = RequestValidator(settings.WEBHOOK_AUTH_TOKEN).compute_signature(address, FIELDS)
    try:
        signed = _post(address, {"X-Twilio-Signature": signature})
        answered_at = timezone.now()
        unsigned = _post(address, {})
    except SSLError as error:
        advice = "Twilio refuses it, too: renew the certificate, and have the whole chain sent."
        yield wrong(NAME, f"The certificate of {base} does not hold: {describe_error(error)}", advice)
        return
    except HTTPError as error:
        advice = "See that the web server runs, and that PUBLIC_BASE_URL leads to it."
        yield wrong(NAME, f"{base} does not answer ({type(error).__name__}).", advice)
        return
    yield _judged(signed, unsigned)
    theirs = date_header(signed.headers.get("Date"))
    if theirs:
        yield compare_clocks(f"The clock at {base}", theirs=theirs, ours=answered_at)


def _post(address: str, headers: dict[str, str]) -> BaseHTTPResponse:
    """Post the fields, by no proxy: Twilio does not come by this machine's. :raises HTTPError: no answer."""
    with PoolManager(ca_certs=certifi.where()) as pools:
        return pools.urlopen(
            "POST",
            address,
            redirect=False,
            body=urlencode(FIELDS),
            headers=headers | {"Content-Type": FORM, "User-Agent": "TwilioProxy/1.1"},
            timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
        )


def _judged(signed: BaseHTTPResponse, unsigned: BaseHTTPResponse) -> Finding:
    base, status = settings.PUBLIC_BASE_URL, signed.status
    if location := signed.get_redirect_location():
        advice = "Set PUBLIC_BASE_URL to where that ends: a signature holds for one address, a redirect loses the form."
        return wrong(NAME, f"{base} redirects to {location}.", advice)
    if status == TURNED_AWAY:
        advice = (
            "Give the web server the same TWILIO_AUTH_TOKEN and PUBLIC_BASE_URL as here, and have the proxy before it "
            "change neither path nor body."
        )
        return wrong(NAME, f"{base} turns a well-signed request away.", advice)
    if status == 400:
        return wrong(NAME, f"{base} answers 400.", "Have the proxy pass the Host on, or add it to ALLOWED_HOSTS.")
    if status != LET_IN:
        advice = "Something else answers there, or the web server is not well: see its log and the proxy's."
        return wrong(NAME, f"{base} answers a signed request with {status}, not {LET_IN}.", advice)
    if unsigned.status != TURNED_AWAY:
        advice = "Let nothing before the web server answer in its place: whoever likes could play Twilio."
        return wrong(NAME, f"{base} answers an unsigned request with {unsigned.status}, not 403.", advice)
    return right(NAME, f"{base} lets signed requests in, and no others.")
