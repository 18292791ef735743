"""The phone page as a browser has it, and a call on the network for it to show."""

import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from calls.telephony.base import CallOrder
from calls.telephony.simulator import leased_calls
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall
from calls.telephony.simulator.leased_calls import LeasedCall
from candidates.documents import Candidate
from tests.clocks import ENDLESS

NOWHERE, LIMITS = "http://127.0.0.1:9/", {"ring_seconds": 25, "limit_seconds": 600}
GATHER = {"input": "speech dtmf", "timeout": "6", "speechTimeout": "2", "numDigits": "1", "actionOnEmptyResult": "true"}


class PhonePage:
    """The phone page as a browser has it: what it shows is what it sends with the next request."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.shown: dict[str, str] = {}
        self.load()

    def load(self) -> HttpResponse:
        return self._remember(self.client.get("/phone/"))

    def now(self) -> HttpResponse:
        return self._remember(self.client.post("/phone/now", self.shown))

    def do(self, action: str, **fields: Any) -> HttpResponse:
        return self.client.post(f"/phone/{action}", self.shown | fields)

    @property
    def phone_id(self) -> str:
        return self.client.cookies["phone"].value

    def _remember(self, response: HttpResponse) -> HttpResponse:
        poll = response.content.decode().partition('id="poll"')[2].partition("</div>")[0]
        self.shown |= dict(re.findall(r'name="(\w+)" value="([^"]*)"', poll))
        return response


class RingingCall:
    """A call on the network, as an exchange brings it forward: dialled, answered, asking, over."""

    def __init__(self, candidate: Candidate | None = None) -> None:
        number = candidate.phone if candidate else "+919811111111"
        order = CallOrder(
            to=number, voice_url=NOWHERE, fallback_url="", status_url="", machine_url="", **LIMITS, lease=ENDLESS
        )
        self.call_sid = Simulator().place(order).call_sid
        leased_calls.claim(exchange_id="ours", now=datetime.now(UTC))
        self.ledger = LeasedCall(self.call_sid, "ours")
        self.ledger.next_number(status="ringing", ringing_at=datetime.now(UTC))

    def answered(self) -> None:
        self.ledger.answered()

    def asks(self, number: int, words: str) -> None:
        self.ledger.shows("Gather", "", GATHER)
        asking = {"number": number, "inputs": ["dtmf", "speech"], "timeout_seconds": 6.0, "num_digits": 1}
        self.ledger.asks(asking | {"language": "en-IN", "began_at": datetime.now(UTC)})
        self.ledger.shows("Say", words, {"voice": "Polly.Kajal-Neural", "language": "en-IN"})

    def heard(self, words: str) -> None:
        self.ledger.asks(None)
        self.ledger.happened("Speech", words)

    def over(self, status: str = "completed") -> None:
        self.ledger.ended(status, 42)
        self.ledger.done()

    @property
    def call(self) -> SimulatedCall:
        return SimulatedCall.objects.get(call_sid=self.call_sid)


def words(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))
