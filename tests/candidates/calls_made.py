"""Call attempts that were made and closed, what is stored of them, and what happens between two commands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from candidates import attempts
from candidates.documents import Candidate, Outcome
from tests.factories import NOW, an_attempt, reload

LATER = NOW + timedelta(minutes=5)


class AfterCommand(CommandListener):
    """Lets something happen right after the first command of a kind."""

    def __init__(self, event: Callable[[], object], after: str) -> None:
        self.events, self.after = [event], after

    def started(self, event: CommandStartedEvent) -> None:
        """Wait for the answer."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        happening = self.events if event.command_name == self.after else []
        while happening:
            happening.pop()()

    def failed(self, event: CommandFailedEvent) -> None:
        """Leave it."""


def history(candidate: Candidate) -> list[dict[str, Any]]:
    return [attempt.to_mongo().to_dict() for attempt in reload(candidate).call_tracking.call_history]


def close(candidate: Candidate, session_id: ObjectId, outcome: Outcome = Outcome.NO_ANSWER, **facts: Any) -> bool:
    return attempts.close_attempt(
        candidate_id=candidate.id,
        session_id=session_id,
        outcome=outcome,
        **{"now": LATER, "ended_at": LATER} | facts,
    )


def called(
    candidate: Candidate, outcome: Outcome = Outcome.NO_ANSWER, *, times: int = 1, now: datetime = NOW
) -> Candidate:
    """Make attempts that all end so; return the candidate as stored then."""
    for _ in range(times):
        close(candidate, an_attempt(candidate, now=now), outcome, now=now, ended_at=now)
    return reload(candidate)


def given_back(candidate: Candidate, *, times: int) -> None:
    """Make attempts that fail and are given back."""
    for _ in range(times):
        close(candidate, an_attempt(candidate), Outcome.FAILED, gives_back=True)


def due(candidate: Candidate, at: datetime) -> Candidate:
    close(candidate, an_attempt(candidate), next_attempt_at=at)
    return candidate
