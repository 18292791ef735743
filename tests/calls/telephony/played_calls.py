"""Words for the tests that play simulated calls: whom to call, how to play, what to look at afterwards."""

import time
from collections.abc import Callable
from typing import Any

from calls.telephony.base import CallOrder
from calls.telephony.simulator.callees import Callee, Reaction
from calls.telephony.simulator.documents import SimulatedCall, Taking
from calls.telephony.simulator.exchange import Exchange
from calls.telephony.simulator.personas import Scripted
from tests.calls.telephony.http_servers import OurSide
from tests.clocks import ENDLESS

NUMBER = "+919876543210"
STANDARD_FIELDS = {"CallSid", "AccountSid", "From", "To", "Caller", "Called", "CallStatus", "ApiVersion", "Direction"}

Play = Callable[..., SimulatedCall]


def order_to(our_side: OurSide, **changes: Any) -> CallOrder:
    """Return the order of a call whose webhooks are our side's."""
    fields = {
        "to": NUMBER,
        "voice_url": f"{our_side.url}/voice/?session=1#rc=2&rp=all",
        "fallback_url": f"{our_side.url}/fallback/",
        "status_url": f"{our_side.url}/status/",
        "machine_url": "",
        "ring_seconds": 25,
        "limit_seconds": 600,
        "lease": ENDLESS,
    }
    return CallOrder(**fields | changes)


def exchange_with(person: Callee, **options: Any) -> Exchange:
    """Return an exchange where one person lives at every number, and nobody waits."""
    return Exchange(**{"pace": 0, "callee_for": lambda number: person} | options)


def scripted(*replies: Reaction) -> Scripted:
    """Return somebody who does these things, and then nothing."""
    return Scripted(replies)


def unanswered(taking: Taking) -> Scripted:
    """Return somebody who does not answer, in that way."""
    person = scripted()
    person.taking = taking
    return person


def spoken(call: SimulatedCall) -> list[str]:
    return [entry["text"] for entry in call.script if entry["verb"] == "Say"]


def verbs(call: SimulatedCall) -> list[str]:
    return [entry["verb"] for entry in call.script]


def statuses(our_side: OurSide) -> list[str]:
    """Return the statuses that our side was told, in turn."""
    return [asked.fields["CallStatus"] for asked in our_side.asked_at("/status/")]


def until(is_so: Callable[[], object], seconds: float = 5) -> None:
    """Wait until it is so; fail where it does not come to pass in time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
