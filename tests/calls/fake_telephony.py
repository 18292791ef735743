"""A phone service that does what it is told to, and what stands on the candidate afterwards."""

from datetime import datetime, timedelta

from calls.telephony.base import CallOrder, CallUnknown, PlacedCall
from candidates.documents import Candidate
from tests.factories import NOW

LATER = NOW + timedelta(minutes=5)


class FakeTelephony:
    """A phone service that does what it is told to: refuse, keep silent, or place the call and list it or not."""

    def __init__(self, *, answer: Exception | None = None, calls: tuple[PlacedCall, ...] = ()) -> None:
        self.orders: list[CallOrder] = []
        self._answer = answer
        self._calls = calls

    def place(self, order: CallOrder) -> PlacedCall:
        self.orders.append(order)
        if self._answer:
            raise self._answer
        return PlacedCall("CA" + "1" * 32, "queued", NOW)

    def fetch(self, call_sid: str) -> PlacedCall:
        found = [call for call in self._calls if call.call_sid == call_sid]
        if not found:
            raise CallUnknown(call_sid)
        return found[0]

    def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
        return list(self._calls)

    def hang_up(self, call_sid: str) -> None:
        raise CallUnknown(call_sid)


def tracking_of(candidate: Candidate) -> object:
    return Candidate.objects.get(id=candidate.id).call_tracking


def last_attempt(candidate: Candidate) -> object:
    return tracking_of(candidate).call_history[-1]
