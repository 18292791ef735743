"""What a queryset works out over many documents: counts in one round, extremes and periods by steps on an index."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bson import MinKey
from django.db import models
from django.db.models.query import (
    FlatValuesListIterable,
    NamedValuesListIterable,
    ValuesIterable,
    create_namedtuple_class,
)
from django.db.models.sql import Query
from django.utils import timezone

from config.mirror.compile import Compiler
from config.mirror.field_paths import FieldPath, dig
from config.mirror.filters import Filter, all_of
from config.mirror.unsupported import unsupported

MEANS = {models.Sum: "$sum", models.Avg: "$avg"}
EXTREMES = {models.Min: 1, models.Max: -1}


class AtLeast(int):
    """A count that stopped at its limit: written as one less and a plus."""

    def __str__(self) -> str:
        return f"{int(self) - 1:,}+"


def limited(number: int, limit: int | None) -> int:
    """Return a count, marked where it reached its limit."""
    return AtLeast(number) if limit is not None and number >= limit else number


def shaped(iterable: type, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Return rows as values() or values_list() promised them."""
    if issubclass(iterable, FlatValuesListIterable):
        return (row[0] for row in rows)
    if issubclass(iterable, NamedValuesListIterable):
        return map(create_namedtuple_class(*names)._make, rows)
    if issubclass(iterable, ValuesIterable):
        return (dict(zip(names, row, strict=True)) for row in rows)
    return iter(rows)


def distinct(collection: Any, spec: Filter, field_path: FieldPath) -> list[tuple[Any]]:
    """Return the different values at a field path in their own order, None first where any document lacks one."""
    values = [value for value in collection.distinct(field_path.path, spec) if value is not None]
    lacking = collection.find_one(all_of([spec, {field_path.path: None}]), {"_id": 1})
    read = field_path.element_reader
    found = sorted(map(read, values)) + ([None] if lacking else [])
    return [(value,) for value in ([None] if lacking else []) + found[: len(values)]]


def aggregate(query: Query, base: Filter, wanted: dict[str, Any], *, limit: int | None) -> dict[str, Any]:
    """Return counts, extremes, sums and means by name of the documents in `base`, which is what the query finds.

    Counts go together in one round, each on its own index, each up to the limit.
    """
    if query.is_sliced or query.distinct_fields:
        raise unsupported("aggregate() of a slice", "aggregate() before slicing")
    query = query.chain()
    counts: dict[str, Filter] = {}
    answers: dict[str, Any] = {}
    for name, expression in wanted.items():
        resolved = expression.resolve_expression(query, allow_joins=True, reuse=None, summarize=True)
        condition = getattr(resolved, "filter", None)
        spec = all_of([base, Compiler(query).compile(condition)]) if condition is not None else base
        if isinstance(resolved, models.Count) and not resolved.distinct:
            counts[name] = all_of([spec, counted(resolved)])
        else:
            answers[name] = single(query.model, resolved, spec)
    return answers | count_all(query.model.mirrored.collection, counts, limit)


def counted(expression: models.Count) -> Filter:
    """Return which documents a Count takes: those that have the field."""
    target = getattr(expression.get_source_expressions()[0], "target", None)
    if target is None or target.primary_key:
        return {}
    return {target.model.mirrored.field_paths[target.attname].path: {"$ne": None}}


def count_all(collection: Any, counts: dict[str, Filter], limit: int | None) -> dict[str, int]:
    """Count for several filters in one round trip, each up to the limit."""
    if not counts:
        return {}
    capping = [{"$limit": limit}] if limit is not None else []
    branches = [
        [
            {"$match": spec or {"_id": {"$gte": MinKey()}}},
            *capping,
            {"$count": "n"},
            {"$addFields": {"name": {"$literal": name}}},
        ]
        for name, spec in counts.items()
    ]
    unions = [{"$unionWith": {"coll": collection.name, "pipeline": branch}} for branch in branches[1:]]
    found = {row["name"]: row["n"] for row in collection.aggregate(branches[0] + unions)}
    return {name: limited(found.get(name, 0), limit) for name in counts}


def single(model: type[models.Model], expression: Any, spec: Filter) -> Any:
    """Return one extreme, sum or mean. :raises NotSupportedError: another aggregate."""
    column = next(iter(expression.get_source_expressions()), None)
    kind, target = type(expression), getattr(column, "target", None)
    if target is None or target.model is not model or kind not in {*EXTREMES, *MEANS}:
        raise unsupported(f"aggregate {kind.__name__}", "Count, Min, Max, Sum or Avg of own fields, or a pipeline")
    field_path = model.mirrored.field_paths[target.attname]
    collection = model.mirrored.collection
    spec = all_of([spec, {field_path.path: {"$ne": None}}])
    if kind in EXTREMES:
        row = collection.find_one(spec, {field_path.path: 1}, sort=[(field_path.path, EXTREMES[kind])])
        return row and field_path.read(row)
    group = {"_id": None, "value": {MEANS[kind]: f"${field_path.path}"}}
    row = next(collection.aggregate([{"$match": spec}, {"$group": group}]), None)
    return row and row["value"]


STARTS: dict[str, Callable[[dt.datetime], dt.datetime]] = {
    "year": lambda day: day.replace(month=1, day=1),
    "month": lambda day: day.replace(day=1),
    "week": lambda day: day - dt.timedelta(days=day.weekday()),
    "day": lambda day: day,
}
MAX_DAYS = {"year": 366, "month": 31, "week": 7, "day": 1}


def start_of(kind: str, moment: dt.datetime) -> dt.datetime:
    """Return the first moment of the period that a moment lies in."""
    return STARTS[kind](moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def periods(collection: Any, spec: Filter, field_path: FieldPath, kind: str, zone: dt.tzinfo) -> list[dt.datetime]:
    """Return the starts of the periods in which there are documents, stepping over the index from one to the next."""
    if kind not in STARTS:
        raise unsupported(f"periods of one {kind}", ", ".join(STARTS))
    found: list[dt.datetime] = []
    bound: Filter = {"$ne": None}
    while row := collection.find_one(
        all_of([spec, {field_path.path: bound}]), {field_path.path: 1}, sort=[(field_path.path, 1)]
    ):
        moment = dig(row, field_path.path)
        moment = moment if timezone.is_aware(moment) else moment.replace(tzinfo=dt.UTC)
        found.append(start_of(kind, moment.astimezone(zone)))
        bound = {"$gte": start_of(kind, found[-1] + dt.timedelta(days=MAX_DAYS[kind]))}
    return found
