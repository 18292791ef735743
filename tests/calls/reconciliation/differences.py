"""Calls that stand otherwise at the phone service than here, and a comparison of the two."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from calls import placing, reconciliation
from calls.documents import ConversationSession
from calls.reconciliation import Kind, Report
from calls.telephony.base import CallOrder, PlacedCall, PlacementUnknown
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import calls
from candidates.documents import Candidate
from tests.calls.webhooks import status
from tests.clocks import ENDLESS
from tests.factories import NOW, a_candidate, a_session

LATER = NOW + timedelta(minutes=10)
HOUR = timedelta(hours=1)


class Mute(Simulator):
    """A phone service that places the call, and whose answer gets lost."""

    def place(self, order: CallOrder) -> PlacedCall:
        super().place(order)
        raise PlacementUnknown("No answer.")


def placed_now() -> None:
    """Let the calls that the simulator placed by its own clock be placed at the time that the tests go by."""
    calls().update_many({"placed_at": {"$gt": NOW + HOUR}}, {"$set": {"placed_at": NOW}})


def reconciled(*, repairs: bool = True, since: datetime = NOW - HOUR, until: datetime = LATER) -> Report:
    placed_now()
    return reconciliation.reconcile(since=since, until=until, now=LATER, telephony=Simulator(), repairs=repairs)


def kinds(report: Report) -> list[Kind]:
    return [finding.kind for finding in report.findings]


def a_call_there(phone: str) -> str:
    """Place a call past us, as another program with our number would; return its sid."""
    base = "https://elsewhere.example"
    order = CallOrder(phone, f"{base}/voice", f"{base}/fallback", f"{base}/status", f"{base}/machine", 25, 600, ENDLESS)
    return Simulator().place(order).call_sid


def ended_there(database: Database, call_sid: str, ended_as: str = "completed", duration_seconds: int = 42) -> None:
    database["simulated_calls"].update_one(
        {"_id": call_sid}, {"$set": {"status": ended_as, "duration_seconds": duration_seconds, "is_done": True}}
    )


def last_attempt(candidate: Candidate) -> Any:
    return Candidate.objects.get(id=candidate.id).call_tracking.call_history[-1]


def a_call_with_an_end(database: Database, ended_as: str = "no-answer", duration_seconds: int = 0) -> tuple[Any, str]:
    """Place a call, end it there, and have the end told; return its session and sid."""
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    call_sid = last_attempt(candidate).call_sid
    ended_there(database, call_sid, ended_as, duration_seconds)
    status(session.id, ended_as, 3, call_sid=call_sid, CallDuration=duration_seconds)
    ConversationSession.objects(id=session.id).update_one(set__ended_at=NOW)
    return session, call_sid


def lost_call(candidate: Candidate) -> str:
    """Place a call whose answer is lost; return the sid that the phone service gave it."""
    with pytest.raises(PlacementUnknown):
        placing.place_call(candidate_id=candidate.id, now=NOW, telephony=Mute())
    return Simulator().placed_to(candidate.phone, since=NOW - HOUR)[0].call_sid


def open_here_and_over_there(database: Database) -> None:
    candidate = a_candidate(now=NOW)
    a_session(candidate, now=NOW)
    ended_there(database, last_attempt(candidate).call_sid)
