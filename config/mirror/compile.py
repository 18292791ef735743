"""Turns the conditions that Django's Query collects into a raw MongoDB filter; what has no counterpart is refused."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db import NotSupportedError
from django.db.models import JSONField
from django.db.models.expressions import Col, ColPairs
from django.db.models.fields.json import KeyTransform
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.functions import ExtractYear, TruncDate
from django.db.models.lookups import In, Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.utils import timezone

from config.mirror.places import Place

Filter = dict[str, Any]
NOTHING: Filter = {"_id": {"$in": []}}


class RawFilter:
    """A raw MongoDB filter among the conditions of a queryset."""

    contains_aggregate = contains_over_clause = conditional = False

    def __init__(self, spec: Filter) -> None:
        self.spec = spec


def all_of(parts: Iterable[Filter]) -> Filter:
    """Join filters that must all hold, flat where their keys allow it."""
    parts = [part for part in parts if part]
    parts = [part for part in parts if not is_needless(part, parts)]
    keys = [key for part in parts for key in part]
    if len(keys) == len(set(keys)) and not any(key.startswith("$") for key in keys):
        return {key: value for part in parts for key, value in part.items()}
    return parts[0] if len(parts) == 1 else {"$and": parts}


def is_needless(part: Filter, parts: list[Filter]) -> bool:
    """Return whether a part asks that something be there which another part finds: Django guards negations so."""
    if list(part.values()) != [{"$ne": None}]:
        return False
    (path,) = part
    return any(finds(other.get(path)) for other in parts if other is not part)


def finds(condition: Any) -> bool:
    """Return whether a condition can only hold of a value that is there."""
    if not isinstance(condition, dict):
        return condition is not None
    if condition.keys() == {"$in"}:
        return None not in condition["$in"]
    return condition.keys() <= {"$gt", "$gte", "$lt", "$lte", "$regex", "$options"} and None not in condition.values()


def none_of(spec: Filter) -> Filter:
    """Return the opposite of a filter, as conditions that an index can serve where there are such."""
    if spec.keys() == {"$or"}:
        return all_of(map(none_of, spec["$or"]))
    if spec.keys() == {"$nor"}:
        return spec["$nor"][0]
    if len(spec) == 1:
        ((path, condition),) = spec.items()
        for operator, opposite in (("$ne", None), ("$in", "$nin"), ("$nin", "$in")):
            if isinstance(condition, dict) and condition.keys() == {operator}:
                return {path: {opposite: condition[operator]} if opposite else condition[operator]}
        if not path.startswith("$") and not isinstance(condition, dict):
            return {path: {"$ne": condition}}
    return {"$nor": [spec]}


def any_of(parts: list[Filter]) -> Filter:
    """Join filters of which one must hold."""
    if not all(parts):
        return {}
    return parts[0] if len(parts) == 1 else {"$or": parts}


def matching(pattern: str, flags: str = "") -> Callable[[Any], Any]:
    """Return what makes a regular expression of a text, `pattern` saying where it must stand."""

    def make(value: Any) -> dict[str, str]:
        spec = {"$regex": pattern % re.escape(str(value))}
        return spec | {"$options": flags} if flags else spec

    return make


OPERATORS: dict[str, Callable[[Any], Any]] = {
    "exact": lambda value: value,
    "gt": lambda value: {"$gt": value},
    "gte": lambda value: {"$gte": value},
    "lt": lambda value: {"$lt": value},
    "lte": lambda value: {"$lte": value},
    "in": lambda values: {"$in": list(values)},
    "range": lambda ends: {"$gte": ends[0], "$lte": ends[1]},
    "isnull": lambda is_null: None if is_null else {"$ne": None},
    "iexact": matching("^%s$", "i"),
    "startswith": matching("^%s"),
    "istartswith": matching("^%s", "i"),
    "endswith": matching("%s$"),
    "iendswith": matching("%s$", "i"),
    "contains": matching("%s"),
    "icontains": matching("%s", "i"),
    "regex": lambda value: {"$regex": value},
    "iregex": lambda value: {"$regex": value, "$options": "i"},
}
FOLDED: dict[str, Callable[[Any], Any]] = {
    "iexact": OPERATORS["exact"],
    "istartswith": OPERATORS["startswith"],
    "icontains": OPERATORS["contains"],
    "iendswith": OPERATORS["endswith"],
}
SPANS: dict[str, Callable[[Any, Any], Any]] = {
    "exact": lambda start, end: {"$gte": start, "$lt": end},
    "gt": lambda start, end: {"$gte": end},
    "gte": lambda start, end: {"$gte": start},
    "lt": lambda start, end: {"$lt": start},
    "lte": lambda start, end: {"$lt": end},
}


def span_of(kind: str, value: Any, zone: dt.tzinfo | None) -> tuple[dt.datetime, dt.datetime]:
    """Return the first moment of a year or a day in a zone, and that of the next."""
    if kind == "year":
        start, end = dt.date(value, 1, 1), dt.date(value + 1, 1, 1)
    else:
        start, end = value, value + dt.timedelta(days=1)
    midnight = dt.time(tzinfo=zone)
    return dt.datetime.combine(start, midnight), dt.datetime.combine(end, midnight)


class Compiler:
    """Compiles the conditions of one query; a condition on a related document becomes the ids that it holds for."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.base = query.get_initial_alias()

    def compile(self, where: WhereNode) -> Filter:
        """Return the filter for a tree of conditions."""
        return self._node(where)

    def _node(self, node: Any) -> Filter:
        if isinstance(node, RawFilter):
            return node.spec
        if isinstance(node, NothingNode):
            return NOTHING
        if isinstance(node, WhereNode):
            return self._branch(node)
        if isinstance(node, Lookup):
            alias, spec = self._lookup(node)
            return self._from_base(alias, spec)
        raise refusal(f"the condition {type(node).__name__}", "filter() on plain fields, or where() with a raw filter")

    def _branch(self, node: WhereNode) -> Filter:
        if node.connector == AND:
            spec = all_of(self._grouped(node.children))
        elif node.connector == OR:
            spec = any_of([self._node(child) for child in node.children])
        else:
            raise refusal("^ between conditions", "| and & with ~")
        return none_of(spec) if node.negated else spec

    def _grouped(self, children: list[Any]) -> Iterable[Filter]:
        """Yield a filter for each condition; those on one related document are looked up together."""
        related: dict[str, list[Filter]] = {}
        for child in children:
            if not isinstance(child, Lookup) or is_missing(child):
                yield self._node(child)
                continue
            alias, spec = self._lookup(child)
            if alias == self.base:
                yield spec
            else:
                related.setdefault(alias, []).append(spec)
        for alias, specs in related.items():
            yield self._from_base(alias, all_of(specs))

    def _lookup(self, lookup: Lookup) -> tuple[str, Filter]:
        """Return the relation that a lookup is about, and its filter on the documents over there."""
        lookup = single_column(lookup)
        column, path, kind = unwrapped(lookup.lhs)
        place = column.target.model.mirrored.places[column.target.attname]
        path = ".".join([place.path, *path])
        if isinstance(lookup.rhs, Query):
            return column.alias, ids_of(lookup.rhs, place, path)
        refuse_expressions(lookup.rhs)
        if kind:
            start, end = span_of(kind, lookup.rhs, timezone.get_current_timezone())
            return column.alias, {path: known(SPANS, lookup)(start, end)}
        stored = (lambda value: value) if path != place.path else place.stored
        return column.alias, comparison(lookup, place, path, stored)

    def _from_base(self, alias: str, spec: Filter) -> Filter:
        """Return the condition on the queried documents that amounts to one on a related document."""
        if alias == self.base:
            return spec
        is_missing_there = list(spec.values()) == [None]
        if is_missing_there:
            return none_of(self._from_base(alias, {key: {"$ne": None} for key in spec}))
        join = self.query.alias_map[alias]
        relation = join.join_field
        if isinstance(relation, ForeignObjectRel):
            there, here = relation.field.model.mirrored.places[relation.field.attname].path, "_id"
            collection = relation.field.model.mirrored.collection
        else:
            there, here = "_id", relation.model.mirrored.places[relation.attname].path
            collection = relation.related_model.mirrored.collection
        ids = sorted({row[there] for row in collection.find(spec, {there: 1}) if row.get(there) is not None})
        return self._from_base(join.parent_alias, {here: {"$in": ids}})


def refusal(what: str, instead: str) -> NotSupportedError:
    """Return the error that says what cannot be done over documents, and what can be done instead."""
    return NotSupportedError(f"Documents have no {what}. Use {instead}.")


def is_missing(lookup: Lookup) -> bool:
    """Return whether the lookup asks for the absence of something."""
    return lookup.lookup_name == "isnull" and lookup.rhs is True


def single_column(lookup: Lookup) -> Lookup:
    """Return a lookup among tuples of one (which is how prefetching asks) as one among values."""
    pairs = lookup.lhs
    if not isinstance(pairs, ColPairs) or len(pairs.targets) > 1:
        return lookup
    plain = In(Col(pairs.alias, pairs.targets[0]), [value for (value,) in lookup.rhs])
    return plain if lookup.lookup_name == "in" else lookup


def unwrapped(expression: Any) -> tuple[Col, list[str], str | None]:
    """Return the column that an expression starts from, the keys it digs to, and the span of time it cuts out."""
    keys: list[str] = []
    while isinstance(expression, KeyTransform):
        keys.insert(0, str(expression.key_name))
        expression = expression.lhs
    kind = None
    if isinstance(expression, ExtractYear | TruncDate):
        kind = expression.lookup_name if isinstance(expression, ExtractYear) else "date"
        expression = expression.lhs
    if not isinstance(expression, Col):
        name = getattr(expression, "lookup_name", None) or type(expression).__name__
        raise refusal(f"lookup through {name!r}", "a range: field__gte and field__lt")
    return expression, keys, kind


def refuse_expressions(value: Any) -> None:
    """Refuse what SQL would work out on its side. :raises NotSupportedError: the value is, or holds, an expression."""
    for part in value if isinstance(value, list | tuple | set) else [value]:
        if hasattr(part, "as_sql"):
            raise refusal("comparison of one field with another", "a value, or where() with a raw $expr")


def known(table: dict[str, Callable], lookup: Lookup) -> Callable:
    """Return the row of a table for a lookup. :raises NotSupportedError: there is none."""
    if lookup.lookup_name not in table:
        raise refusal(f"lookup {lookup.lookup_name!r}", f"one of {', '.join(table)}")
    return table[lookup.lookup_name]


def comparison(lookup: Lookup, place: Place, path: str, stored: Callable[[Any], Any]) -> Filter:
    """Return the filter for a plain lookup."""
    operator, value = known(OPERATORS, lookup), lookup.rhs
    if lookup.lookup_name == "contains" and isinstance(lookup.lhs.output_field, JSONField):
        raise refusal("lookup 'contains' inside values", "field__key, or where() with a raw filter")
    if place.fold and lookup.lookup_name in FOLDED:
        folded = place.fold(str(value))
        if value and not folded:
            return NOTHING
        return {path: FOLDED[lookup.lookup_name](folded)}
    if lookup.lookup_name in {"exact", "gt", "gte", "lt", "lte"}:
        value = stored(value)
    elif lookup.lookup_name in {"in", "range"}:
        value = [stored(each) for each in value]
    return {path: operator(value)}


def ids_of(query: Query, place: Place, path: str) -> Filter:
    """Return the filter for `field in (another queryset)`: its own conditions where it is about the same ids."""
    inner = query.model._base_manager.all()
    inner.query = query
    column = query.select[0] if query.select else None
    same = place.path == "_id" and place is query.model.mirrored.places[query.model._meta.pk.attname]
    if same and not query.is_sliced and (column is None or column.target.primary_key):
        return inner.spec()
    target = column.target if column else query.model._meta.pk
    inner = inner if query.is_sliced else inner.order_by()
    return {path: {"$in": [place.stored(value) for value in inner.values_list(target.attname, flat=True)]}}
