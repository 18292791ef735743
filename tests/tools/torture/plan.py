"""What a run will do, drawn from its seed alone: each draw has a purpose of its own, so no thread shifts another's."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

DOUBLED, REORDERED, DROPPED = 0.20, 0.20, 0.10  # of the webhooks; of the status callbacks
API_FAULTS, MAIL_FAULTS = 0.15, 0.30
KILLS_EVERY = 20  # calls between two kills of a kind
OUTAGES, OUTAGE_EVERY = 5, 20  # of mongod, in a run; a short run has one for so many calls
LONG_OUTAGE_SECONDS, LONG_OUTAGE_FROM_CALLS = 30.0, 500
FRESH, OPENS_SLOT, RUNS_OUT = 0.6, 0.35, 0.15
DELETED, CLOSED = 0.05, 0.02
STOPS, STOPS_FROM_CALLS = 3, 100  # of a job runner, for longer than a lease; each takes half a minute
FIRST_SLOTS = 6
RECENT = 40  # who is called again is one of the last so many
MORNING = datetime(2027, 2, 1, 8, 0, tzinfo=UTC)  # a Monday
BEFORE_NEW_YORK_CHANGES = datetime(2027, 3, 14, 6, 56, tzinfo=UTC)  # at 7:00 it becomes 3 o'clock there
BEFORE_EUROPE_CHANGES = datetime(2027, 3, 28, 0, 56, tzinfo=UTC)  # at 1:00


class Step(NamedTuple):
    """One thing the recruiters do: have a candidate called, by so many of them at once, or queue the call for a job.

    `opens_slot` offers one time more; `runs_out` lets a hold run out while its call goes on, as in a long call. A
    candidate `is_deleted` and added again, or `is_closed` by the office, perhaps in the middle of a call.
    """

    candidate: int
    callers: int
    is_queued: bool
    opens_slot: bool
    runs_out: bool
    is_deleted: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: how many calls are dialled while faults are injected, and the seed of all that is drawn."""

    seed: int
    calls: int

    def draw(self, *purpose: object) -> random.Random:
        """Return the chance of that purpose: the same for the same seed, whatever else was drawn before."""
        return random.Random(":".join(map(str, (self.seed, *purpose))))  # noqa: S311 - to be repeated, not secret

    def steps(self) -> Iterator[Step]:
        """Return what is done one after the other, without end: candidates new and recently called, then any."""
        fresh = 0
        for number in count():
            draw = self.draw("step", number)
            is_fresh = fresh < self.candidates and (not fresh or draw.random() < FRESH)
            recent = RECENT if fresh < self.candidates else fresh
            candidate = fresh if is_fresh else max(0, fresh - 1 - draw.randrange(recent))
            fresh += is_fresh
            yield Step(
                candidate=candidate,
                callers=draw.choice([1, 1, 1, 1, 2, 3]),
                is_queued=draw.random() < 0.3,
                opens_slot=draw.random() < OPENS_SLOT,
                runs_out=draw.random() < RUNS_OUT,
                is_deleted=draw.random() < DELETED,
                is_closed=draw.random() < CLOSED,
            )

    @property
    def candidates(self) -> int:
        """How many people there are to call."""
        return self.calls + RECENT

    @property
    def slots(self) -> int:
        """How many times can be offered in all."""
        return self.calls + FIRST_SLOTS

    @property
    def changes_clocks(self) -> bool:
        """Whether the run begins minutes before clocks are put forward: one in ten."""
        return self.seed % 10 == 0

    @property
    def begins_at(self) -> datetime:
        """What the application's clock shows first."""
        if not self.changes_clocks:
            return MORNING
        return BEFORE_EUROPE_CHANGES if self.seed % 20 else BEFORE_NEW_YORK_CHANGES

    def stops(self) -> list[int]:
        """Return after which numbers of calls a job runner is stopped between a claim and its dial."""
        stops = STOPS if self.calls >= STOPS_FROM_CALLS else 0
        return [round(self.calls * (nth + 1) / (stops + 1)) for nth in range(stops)]

    def outages(self) -> dict[int, float]:
        """Return after which number of calls mongod is killed, and for how many seconds it then stays away."""
        number = min(OUTAGES, max(1, self.calls // OUTAGE_EVERY))
        lasting = [self.draw("outage", nth).uniform(0.3, 8.0) for nth in range(number)]
        if self.calls >= LONG_OUTAGE_FROM_CALLS:
            lasting[number // 2] = LONG_OUTAGE_SECONDS
        return {round(self.calls * (nth + 0.5) / number): seconds for nth, seconds in enumerate(lasting)}
