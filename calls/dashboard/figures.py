"""The figures of the admin's first page: each number is counted by the very lookups of the list that it links to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from calls.dashboard.queries import CHARTED, REACHED, Listing, Lists, midnight, week_start
from calls.models import ConversationSession
from calls.presentation import outcome_in_words
from config.mirror.aggregates import limited
from config.mirror.model import MirrorModel

# What is charted of past calls: the latest of the last weeks, so that the page costs the same however many there are
CHARTED_CALLS = 5_000
# What needs a person is counted like the lists: up to 1,000, and then "1,000+"
COUNT_LIMIT = 1_001
PATIENCE_MS = 10_000

Stages = list[dict[str, Any]]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A list, and what is to be made of its rows."""

    listing: Listing
    stages: Stages

    def pipeline(self, name: str) -> Stages:
        """Return the question as a pipeline that makes one document of its rows: an answer is never a second batch."""
        spec = self.listing.spec()
        first: Stages = [{"$match": spec}] if spec else []
        return [*first, *self.stages, {"$group": {"_id": name, "rows": {"$push": "$$ROOT"}}}]


def counted(listing: Listing, *, limit: int | None = None) -> Aggregation:
    """Return the question how many there are, up to a limit; of all there are, MongoDB knows the number."""
    if not listing.lookups:
        return Aggregation(listing, [{"$collStats": {"count": {}}}, {"$project": {"_id": None, "n": "$count"}}])
    capping = [{"$limit": limit}] if limit else []
    return Aggregation(listing, [*capping, {"$group": {"_id": None, "n": {"$sum": 1}}}])


def ask(aggregations: Mapping[str, Aggregation]) -> dict[str, Rows]:
    """Ask everything in one round trip, each question on its own index; return the rows by question.

    In one batch, too: MongoDB 6.0.5 fails with "BufBuilder attempted to grow()" on a second one of such a union.
    """
    answers: dict[str, Rows] = {name: [] for name in aggregations}
    asked = [(each.listing.model.mirrored.collection, each.pipeline(name)) for name, each in aggregations.items()]
    if not asked:
        return answers
    collection, pipeline = asked[0]
    others = [{"$unionWith": {"coll": other.name, "pipeline": stages}} for other, stages in asked[1:]]
    found = collection.aggregate(pipeline + others, maxTimeMS=PATIENCE_MS)
    return answers | {each["_id"]: each["rows"] for each in found}


def aggregations(lists: Lists, *, seen: Iterable[type[MirrorModel]]) -> dict[str, Aggregation]:
    """Return what to ask for somebody who may see these mirrors, and nothing else."""
    zone = str(lists.zone)
    local = {"date": "$started_at", "timezone": zone}
    by_call = {"weekday": {"$isoDayOfWeek": local}, "hour": {"$hour": local}, "attempt": "$attempt_number"}
    reached = {"$sum": {"$cond": [{"$in": ["$outcome", REACHED]}, 1, 0]}}
    latest: Stages = [{"$sort": {"started_at": -1}}, {"$limit": CHARTED_CALLS}]
    day = {"$dateToString": {"date": "$starts_at", "timezone": zone, "format": "%Y-%m-%d"}}
    asked = {
        "today": Aggregation(lists.today, [_grouped("$outcome")]),
        "calls": Aggregation(
            lists.past_calls, [*latest, _grouped(by_call, since={"$min": "$started_at"}, reached=reached)]
        ),
        "week": Aggregation(lists.week, [_grouped(day)]),
        "free slots": counted(lists.free_slots, limit=COUNT_LIMIT),
    }
    asked |= {name: counted(listing) for name, listing in lists.funnel().items()}
    asked |= {name: counted(listing, limit=COUNT_LIMIT) for name, listing in lists.for_a_person().items()}
    visible = set(seen)
    return {name: each for name, each in asked.items() if each.listing.model in visible}


def _grouped(key: Any, **more: Any) -> dict[str, Any]:
    return {"$group": {"_id": key, "n": {"$sum": 1}, **more}}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it is of, and its list."""

    label: str
    number: int
    listing: Listing


@dataclass(frozen=True, slots=True)
class Tried:
    """How many calls there were of a kind, how many of them reached somebody, and their list."""

    calls: int
    reached: int
    listing: Listing

    @property
    def share(self) -> float:
        """How many of the calls reached somebody, from 0 to 1."""
        return self.reached / self.calls if self.calls else 0.0


def number_of(rows: Sequence[Mapping[str, Any]], limit: int | None = None) -> int:
    """Return the count that a question was answered with."""
    return limited(sum(row["n"] for row in rows), limit)


def figures(lists: Mapping[str, Listing], answers: Mapping[str, Rows], *, limit: int | None = None) -> list[Figure]:
    """Return the counts of those lists that were asked for."""
    return [
        Figure(name, number_of(answers[name], limit), listing) for name, listing in lists.items() if name in answers
    ]


def ended_today(lists: Lists, rows: Rows) -> list[Figure]:
    """Return how today's calls ended, the most frequent first, and those under way."""
    named = [
        Figure(outcome_in_words(row["_id"]), row["n"], lists.today.narrowed(outcome__exact=row["_id"]))
        for row in sorted(rows, key=lambda row: (-row["n"], str(row["_id"])))
        if row["_id"]
    ]
    under_way = sum(row["n"] for row in rows if not row["_id"])
    standing = Figure(outcome_in_words(None), under_way, lists.today.narrowed(outcome__isnull=True))
    return [*named, standing] if under_way else named


def charted_calls(lists: Lists, rows: Rows) -> Listing:
    """Return the list of the calls that are charted: all of the last weeks, or the latest of them."""
    since = min((row["since"] for row in rows), default=lists.now - CHARTED)
    return Listing(ConversationSession, {"started_at__gte": since})


def tried(rows: Iterable[Mapping[str, Any]], listing: Listing) -> Tried:
    """Return how many calls the rows stand for, and how many of those reached somebody."""
    found = [*rows]
    return Tried(sum(row["n"] for row in found), sum(row["reached"] for row in found), listing)


def by_attempt(lists: Lists, rows: Rows) -> dict[int, Tried]:
    """Return how the first, second … attempts went; the lists are those that reached somebody."""
    reached = charted_calls(lists, rows).narrowed(outcome__in=REACHED)
    numbers = sorted({row["_id"]["attempt"] for row in rows})
    return {
        number: tried(
            [row for row in rows if row["_id"]["attempt"] == number], reached.narrowed(attempt_number__exact=number)
        )
        for number in numbers
    }


def by_hour(lists: Lists, rows: Rows) -> dict[tuple[int, int], Tried]:
    """Return how the calls of each weekday (0 is Monday) and hour went."""
    calls = charted_calls(lists, rows)
    at: dict[tuple[int, int], Rows] = {}
    for row in rows:
        at.setdefault((row["_id"]["weekday"] - 1, row["_id"]["hour"]), []).append(row)
    return {
        (weekday, hour): tried(found, calls.narrowed(hour_of_week=f"{weekday}-{hour}"))
        for (weekday, hour), found in at.items()
    }


def by_day(lists: Lists, rows: Rows) -> list[Figure]:
    """Return the interviews of each day of this week."""
    found = {row["_id"]: row["n"] for row in rows}
    begins = week_start(lists.now, lists.zone)
    days = [midnight(begins, lists.zone, days=number) for number in range(8)]
    return [
        Figure(
            f"{day:%a} {day.day}",
            found.get(f"{day:%Y-%m-%d}", 0),
            lists.week.narrowed(starts_at__gte=day, starts_at__lt=following),
        )
        for day, following in pairwise(days)
    ]
