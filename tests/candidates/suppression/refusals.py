"""Numbers put on the suppression list and taken off it, and what the list and the candidates say then."""

from datetime import datetime

from bson import ObjectId

from candidates import suppression
from candidates.documents import Candidate, Outcome
from candidates.suppression.documents import Suppression
from config.mongo import client
from tests.factories import NOW


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
