"""Words for the tests of refusals: who refuses, what is on the list, and two who act at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

from bson import ObjectId

from candidates import suppression
from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.suppression.documents import Suppression
from config.mongo import client
from tests.factories import NOW

ROUNDS = 50
CALLABLE = (TrackingStatus.ACTIVE, TrackingStatus.MAX_ATTEMPTS_REACHED)


def refuse(
    phone: str | None,
    candidate: Candidate | None = None,
    outcome: Outcome = Outcome.OPTED_OUT,
    source: str = "call 1",
    now: datetime = NOW,
) -> None:
    """Let the person on the phone refuse, in a transaction of its own."""
    candidate_id = candidate.id if candidate else ObjectId()
    said = {"phone": phone, "candidate_id": candidate_id, "outcome": outcome, "source": source, "now": now}
    client.transact(lambda transaction: suppression.refuse(**said, transaction=transaction))


def lift(phone: str, note: str = "Wants to be called after all.", now: datetime = NOW) -> None:
    """Take the number off the list."""
    lifted = {"number": suppression.number_id(phone), "note": note, "source": "rita", "now": now}
    client.transact(lambda transaction: suppression.lift(**lifted, transaction=transaction))


def on_list(phone: str) -> Suppression | None:
    return Suppression.objects(id=suppression.number_id(phone)).first()


def status_of(phone: str) -> str | None:
    found = Candidate.objects(phone=phone).first()
    return found and found.call_tracking.status


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Let all begin at the same moment, each in its thread; return what they return."""
    barrier = Barrier(len(actions))

    def act(action: Callable[[], Any]) -> Any:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))
