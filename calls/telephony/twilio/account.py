"""Whether Twilio's account and number may place our calls: questions that ring nowhere.

Sources: docs/iam/api/account, docs/phone-numbers/api/incomingphonenumber-resource, docs/voice/api/outgoing-caller-ids.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from twilio.rest import Client

from calls.telephony.twilio import errors
from config.doctor.clock import compare_clocks, date_header
from config.doctor.findings import Finding, doubtful, right, wrong

ACCOUNT, CALLER_ID = "Phone account", "Caller id"
USE_ANOTHER = "Set TWILIO_PHONE_NUMBER to a voice number of the account, or verify it in Twilio's console."


def examine(client: Client, *, phone_number: str, now: datetime) -> list[Finding]:
    """Return what is found of the account, its clock and the number; `now` is the time by our clock."""
    try:
        answer = client.api.v2010.account.fetch_with_http_info()
    except Exception as error:
        return [_failed(ACCOUNT, error)]
    found = [_standing(answer.data), *_clock(answer.headers, now)]
    try:
        return [*found, _caller_id(client, phone_number)]
    except Exception as error:
        return [*found, _failed(CALLER_ID, error)]


def _failed(name: str, error: Exception) -> Finding:
    """Return the failure, its sentence split into what is the case and what to do."""
    what, _, advice = str(errors.question_failure(error)).partition(": ")
    advice = advice[:1].upper() + advice[1:] or "See status.twilio.com, and look again."
    return wrong(name, f"{what.rstrip('.')}.", advice)


def _standing(account: Any) -> Finding:
    if account.status != "active":
        return wrong(ACCOUNT, f"Twilio's account is {account.status}.", "Reactivate it in Twilio's console.")
    if account.type == "Trial":
        advice = "Upgrade it in Twilio's console before going live."
        return doubtful(ACCOUNT, "The credentials are those of a Twilio trial: it calls verified numbers only.", advice)
    return right(ACCOUNT, "Twilio takes the credentials, and the account is active.")


def _clock(headers: Any, now: datetime) -> Iterator[Finding]:
    theirs = date_header(headers.get("Date"))
    if theirs:
        yield compare_clocks("Twilio's clock", theirs=theirs, ours=now)


def _caller_id(client: Client, number: str) -> Finding:
    """Return whether the account owns the number, and may call with it, or has verified it."""
    account = client.api.v2010.account
    owned = [each for each in account.incoming_phone_numbers.list(phone_number=number) if each.phone_number == number]
    if owned and not (owned[0].capabilities or {}).get("voice", True):
        return wrong(CALLER_ID, f"The account owns {number}, which cannot call.", USE_ANOTHER)
    if owned:
        return right(CALLER_ID, f"The account owns {number}.")
    if any(each.phone_number == number for each in account.outgoing_caller_ids.list(phone_number=number)):
        return right(CALLER_ID, f"{number} is verified for the account.")
    return wrong(CALLER_ID, f"{number} is neither the account's nor verified for it.", USE_ANOTHER)
