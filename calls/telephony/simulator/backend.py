"""The phone network without a phone: an honest stand-in for Twilio, which keeps its calls in MongoDB.

Placing a call only writes it down; an Exchange, in this process or another, plays it.
"""

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from django.conf import settings

from calls.telephony.base import CallList, CallOrder, CallUnknown, DialledTooLate, OutgoingLine, PlacedCall
from calls.telephony.simulator.documents import CANCELED, QUEUED, UNDER_WAY, calls
from calls.telephony.twilio import errors
from config.doctor.findings import Finding, right
from config.lease import LeaseOver

OWN_NUMBER = "+15005550006"  # the number that Twilio's test credentials may call from
MAX_CALLS_LISTED = 20_000
INVALID_TO, INVALID_URL = 21211, 21205
# Twilio's magic numbers (docs/iam/test-credentials, "Test making a call") and the code each is refused with
MAGIC_NUMBERS = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}


class Simulator:
    """Telephony (see base) by simulation; holds no state, so that any process may ask about any call."""

    def place(self, order: CallOrder) -> PlacedCall:
        """Queue the call. :raises CallRefused: as Twilio would, with its code: 21211 where no phone has the number.

        :raises DialledTooLate:
        """
        code = _objection(order)
        if code is not None:
            raise errors.refusal(code, 400)
        now = datetime.now(UTC)
        call: dict[str, Any] = {
            "_id": f"CA{secrets.token_hex(16)}",
            "to": order.to,
            "from_number": settings.TWILIO_PHONE_NUMBER or OWN_NUMBER,
            "voice_url": order.voice_url,
            "fallback_url": order.fallback_url,
            "status_url": order.status_url,
            "machine_url": order.machine_url,
            "ring_seconds": order.ring_seconds,
            "limit_seconds": order.limit_seconds,
            "status": QUEUED,
            "placed_at": now.replace(microsecond=now.microsecond // 1000 * 1000),
            "sequence_number": 0,
            "lease_until": now,
            "is_done": False,
            "hang_up_requested": False,
            "person_hung_up": False,
            "script": [],
        }
        try:
            order.lease.check()
        except LeaseOver as error:
            raise DialledTooLate from error
        calls().insert_one(call)
        return _placed(call)

    def fetch(self, call_sid: str) -> PlacedCall:
        """Return the call as it stands. :raises CallUnknown: there is none with that sid."""
        return _placed(_found(call_sid, calls().find_one({"_id": call_sid})))

    def hang_up(self, call_sid: str) -> None:
        """Cancel a call that no exchange has taken up yet, silently as Twilio does; have any other ended.

        :raises CallUnknown: there is none with that sid.
        """
        untouched = {"_id": call_sid, "status": QUEUED, "claimed_by": None}
        over = {"status": CANCELED, "is_done": True, "ended_at": datetime.now(UTC), "duration_seconds": 0}
        if calls().update_one(untouched, {"$set": over}).matched_count:
            return
        running = {"_id": call_sid, "status": {"$in": UNDER_WAY}}
        if not calls().update_one(running, {"$set": {"hang_up_requested": True}}).matched_count:
            _found(call_sid, calls().find_one({"_id": call_sid}, {"_id": True}))

    def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
        """Return the calls to `phone` placed at or after `since`, the oldest first."""
        found = calls().find({"to": phone, "placed_at": {"$gte": since}}).sort("placed_at")
        return [_placed(call) for call in found]

    def placed_between(self, since: datetime, until: datetime) -> CallList:
        """Return the calls placed in that time, of those that are still kept."""
        spec = {"placed_at": {"$gte": since, "$lt": until}}
        found = [_placed(call) for call in calls().find(spec).sort("placed_at").limit(MAX_CALLS_LISTED + 1)]
        return CallList(tuple(found[:MAX_CALLS_LISTED]), is_whole=len(found) <= MAX_CALLS_LISTED)

    @staticmethod
    def line() -> OutgoingLine:
        number = settings.TWILIO_PHONE_NUMBER or OWN_NUMBER
        return OutgoingLine("Simulated: nobody's phone rings.", number, is_set_up=True)

    def examine(self, now: datetime) -> list[Finding]:
        return [
            right("Phone account", "Simulated: no real phone rings."),
            right("Caller id", f"Simulated: calls come from {OWN_NUMBER}."),
        ]


def _found(call_sid: str, call: dict[str, Any] | None) -> dict[str, Any]:
    if call is None:
        raise CallUnknown(f"The simulator knows no call {call_sid}.")
    return call


def _placed(call: dict[str, Any]) -> PlacedCall:
    return PlacedCall(
        call_sid=call["_id"],
        status=call["status"],
        placed_at=call["placed_at"],
        duration_seconds=call.get("duration_seconds"),
        to=call["to"],
    )


def _objection(order: CallOrder) -> int | None:
    """Return the code of Twilio's that refuses the order, None where nothing does."""
    if order.to in MAGIC_NUMBERS:
        return MAGIC_NUMBERS[order.to]
    if not _is_e164(order.to):
        return INVALID_TO
    needed = (order.voice_url, order.fallback_url, order.status_url, order.machine_url)
    addresses = [urlsplit(url) for url in needed if url]
    is_usable = order.voice_url and all(url.scheme in {"http", "https"} and url.hostname for url in addresses)
    return None if is_usable else INVALID_URL


def _is_e164(number: str) -> bool:
    if not (number.startswith("+") and number[1:].isascii() and number[1:].isdigit()):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
