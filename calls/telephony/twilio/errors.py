"""What Twilio's refusals mean for us: whose mistake each is, and what to do about it (twilio.com/docs/api/errors)."""

import ssl
from typing import NamedTuple

from twilio.base.exceptions import TwilioException
from urllib3.exceptions import ConnectTimeoutError, LocationValueError, ProxyError, SSLError

from calls.telephony.base import CallRefused, DialledTooLate, PlacementUnknown, TelephonyError
from config.lease import LeaseOver

TOO_MANY_REQUESTS = 20429
CALL_IS_OVER = 21220
NOT_FOUND = 20404
# Twilio's side failed; it says itself that the call may have been placed (docs/api/errors/20500)
UNDECIDED = {20500, 20503, 20504}

REFUSED_BY_PROXY = "Tunnel connection failed"  # what http.client says of a proxy that leads us no further


class Refusal(NamedTuple):
    """What a code means, in a sentence that says what to do, and whether it is ours to fix."""

    sentence: str
    is_ours: bool = True


_NUMBER = "check the candidate's phone number"
_PERMISSION = "allow the country under Voice > Settings > Geo permissions in Twilio's console"
_TRIAL = "verify the candidate's number in Twilio's console, or upgrade the trial account"
_BUG = "this is a mistake in Callflow, please report it"

REFUSALS = {
    10001: Refusal("Twilio's account is not active: reactivate it in Twilio's console"),
    10002: Refusal("a Twilio trial account may not do this: upgrade it"),
    10004: Refusal("Twilio's account has as many calls under way as it may: call again later"),
    10005: Refusal("voice is disabled for Twilio's account: ask Twilio's support to enable it"),
    13223: Refusal(f"Twilio cannot read the number's format: {_NUMBER}", is_ours=False),
    13224: Refusal(f"Twilio does not support the number: {_NUMBER}", is_ours=False),
    13225: Refusal(f"Twilio blocks calls to the number: {_NUMBER}", is_ours=False),
    13226: Refusal(f"Twilio knows no country with the number's code: {_NUMBER}", is_ours=False),
    13227: Refusal(f"Twilio may not call the number's country: {_PERMISSION}"),
    20003: Refusal("Twilio refused the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
    20005: Refusal("Twilio's account is suspended or closed: reactivate it in Twilio's console"),
    20008: Refusal("Twilio's test credentials cannot place calls: set the live ones"),
    NOT_FOUND: Refusal("Twilio knows no such account: check TWILIO_ACCOUNT_SID"),
    TOO_MANY_REQUESTS: Refusal("Twilio gets too many requests from the account at once: call again later"),
    21201: Refusal(f"Twilio was given no number to call: {_BUG}"),
    21202: Refusal(f"the number is a premium one, which Twilio does not call: {_NUMBER}", is_ours=False),
    21203: Refusal("Twilio's account may not call abroad: enable international calls in Twilio's console"),
    21205: Refusal("Twilio cannot use our address: check PUBLIC_BASE_URL"),
    21210: Refusal("TWILIO_PHONE_NUMBER is not verified for Twilio's account: use a number that it owns"),
    21211: Refusal(f"Twilio says that the number is not valid: {_NUMBER}", is_ours=False),
    21212: Refusal("TWILIO_PHONE_NUMBER is not a valid number: use one that Twilio's account owns"),
    21213: Refusal("Twilio was given no number to call from: set TWILIO_PHONE_NUMBER"),
    21214: Refusal(f"Twilio cannot reach the number: {_NUMBER}", is_ours=False),
    21215: Refusal(f"Twilio may not call the number's country: {_PERMISSION}"),
    21216: Refusal(f"Twilio blocks calls to the number: {_NUMBER}", is_ours=False),
    21217: Refusal(f"Twilio says that the number is not valid: {_NUMBER}", is_ours=False),
    21219: Refusal(f"a Twilio trial account calls verified numbers only: {_TRIAL}"),
    21264: Refusal("TWILIO_PHONE_NUMBER is not verified for Twilio's account: use a number that it owns"),
    573002: Refusal(f"the Twilio trial account has another number for this recipient: {_TRIAL}"),
    573005: Refusal(f"the Twilio trial account has not verified this recipient yet: {_TRIAL}"),
}


def code_of(error: TwilioException) -> int | None:
    """Return Twilio's own code; None where the answer held none (the SDK then repeats the HTTP status)."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) and code >= 1000 else None


def http_status_of(error: TwilioException) -> int | None:
    """Return the HTTP status; the SDK's Page raises a bare TwilioException with the response as its argument."""
    status = getattr(error, "status", None)
    if status is None and len(error.args) > 1:
        status = getattr(error.args[1], "status_code", None)
    return status if isinstance(status, int) else None


def is_rate_limit(error: TwilioException) -> bool:
    """Tell whether Twilio never looked at the request, so that it may be sent again."""
    return code_of(error) == TOO_MANY_REQUESTS or http_status_of(error) == 429


def is_not_found(error: TwilioException) -> bool:
    """Tell whether the resource asked for does not exist."""
    return code_of(error) == NOT_FOUND or http_status_of(error) == 404


def was_never_sent(error: BaseException) -> bool:
    """Tell whether no connection to Twilio came about: name, route, port, TLS certificate or proxy failed.

    urllib3 says "unable to connect to proxy" of an answer that the proxy broke off, too: what it was caused by decides.
    """
    if isinstance(error, ProxyError):
        cause = error.original_error
        return was_never_sent(cause) or str(cause).startswith(REFUSED_BY_PROXY)
    if isinstance(error, SSLError):
        return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)
    return isinstance(error, ConnectTimeoutError | LocationValueError)


def placement_failure(error: Exception) -> TelephonyError:
    """Return what `error`, raised while a call was being placed, means to who asked for the call."""
    if isinstance(error, LeaseOver):
        return DialledTooLate()
    if was_never_sent(error):
        return CallRefused(
            "Twilio could not be reached: check the network and TWILIO_API_BASE_URL.", error_code=None, is_ours=True
        )
    if not isinstance(error, TwilioException):
        return PlacementUnknown(f"Twilio's answer did not arrive whole ({type(error).__name__}).")
    code, status = code_of(error), http_status_of(error)
    if code in UNDECIDED or status is None or status == 408 or not 400 <= status < 500:
        return PlacementUnknown(f"Twilio failed ({code or status or 'no usable answer'}).")
    return refusal(code, status)


def refusal(code: int | None, status: int) -> CallRefused:
    """Return the refusal that a code of Twilio's, or an HTTP status without one, stands for."""
    by_status = {401: 20003, 403: 20003, 404: NOT_FOUND, 429: TOO_MANY_REQUESTS}
    known = REFUSALS.get(code or by_status.get(status, 0))
    if known is None:
        page = f"see https://www.twilio.com/docs/errors/{code}" if code else "check TWILIO_API_BASE_URL"
        known = Refusal(f"Twilio refused the call: {page}")
    what, _, advice = known.sentence.partition(": ")
    message = f"{what[0].upper()}{what[1:]} ({code or f'HTTP {status}'}): {advice}."
    return CallRefused(message, error_code=code, is_ours=known.is_ours)


def question_failure(error: Exception) -> TelephonyError:
    """Return what `error`, raised while the account was asked about, means: the refusals' words, or that it is away."""
    if isinstance(error, TwilioException):
        status = http_status_of(error)
        return refusal(code_of(error), status) if status and 400 <= status < 500 else other_failure(error)
    if was_never_sent(error):
        return TelephonyError("Twilio could not be reached: check the network and TWILIO_API_BASE_URL.")
    return other_failure(error)


def other_failure(error: Exception) -> TelephonyError:
    """Return what `error`, raised while a call was looked at or ended, means to who asked."""
    if isinstance(error, TwilioException):
        code = code_of(error) or http_status_of(error)
        advice = REFUSALS.get(code_of(error) or 0)
        return TelephonyError(f"Twilio failed ({code}){f': {advice.sentence}' if advice else ''}.")
    return TelephonyError(f"Twilio could not be asked ({type(error).__name__}).")
