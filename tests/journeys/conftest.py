"""A whole Callflow on 127.0.0.1, and people to call."""

from collections.abc import Callable, Iterator

import pytest
from pymongo.database import Database
from urllib3 import PoolManager

from calls.placing import Placed, place_call
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.callees import Callee, HungUp, PressedKeys, Prompt, Reaction, SaidNothing, SaidWords
from calls.telephony.simulator.documents import Taking
from calls.telephony.simulator.exchange import Exchange
from candidates.documents import CallAttempt, Candidate
from tests.factories import NOW
from tests.servers import served

KEYS = "0123456789*#"


@pytest.fixture
def callflow(database: Database, settings: object, today: object) -> Iterator[str]:
    """Serve the application, and return its address; webhooks go there."""
    with served(settings) as url:
        yield url


class Someone:
    """A person who says these lines, one at each question: words, keys, "" for silence; and then hangs up."""

    name = "someone"
    taking = Taking.ANSWERS
    rings_seconds = 1.0
    interrupts = False

    def __init__(self, *lines: str) -> None:
        self.heard: list[str] = []
        self._lines = iter(lines)

    def answer(self, question: Prompt) -> Reaction:
        self.heard.append(question.prompt)
        line = next(self._lines, None)
        if line is None:
            return HungUp()
        if not line:
            return SaidNothing()
        return PressedKeys(line) if all(character in KEYS for character in line) else SaidWords(line)


class Unreachable(Someone):
    """A person whose phone does not get answered, in the way given."""

    def __init__(self, taking: Taking) -> None:
        super().__init__()
        self.taking = taking


Ring = Callable[..., CallAttempt]


@pytest.fixture
def ring(callflow: str) -> Iterator[Ring]:
    """Return a function that calls a candidate who says these lines, and returns the attempt as it was recorded."""
    sessions = []

    def ring(candidate: Candidate, person: Callee, *, through: PoolManager | None = None) -> CallAttempt:
        place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())
        exchange = Exchange(pace=0, callee_for=lambda _: person, pools=through)
        sessions.append(exchange)
        exchange.play_all()
        return Candidate.objects.get(id=candidate.id).call_tracking.call_history[-1]

    yield ring
    for exchange in sessions:
        exchange.close()


def place(candidate: Candidate) -> Placed:
    return place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())
