"""What each Django lookup is in MongoDB; a folded text is compared as it was folded, so that its index serves."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import Col, ColPairs
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import ExtractYear, TruncDate
from django.db.models.lookups import In, Lookup

from config.mirror.field_paths import FieldPath
from config.mirror.filters import NOTHING, Filter
from config.mirror.unsupported import unsupported


def matching(pattern: str, flags: str = "") -> Callable[[Any], Any]:
    """Return what makes a regular expression of a text, `pattern` saying where it must stand."""

    def make(value: Any) -> dict[str, str]:
        spec = {"$regex": pattern % re.escape(str(value)).replace("\0", r"\x00")}  # no pattern may hold the zero itself
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
        raise unsupported(f"lookup through {name!r}", "a range: field__gte and field__lt")
    return expression, keys, kind


def reject_expressions(value: Any) -> None:
    """Refuse what SQL would work out on its side. :raises NotSupportedError: the value is, or holds, an expression."""
    for part in value if isinstance(value, list | tuple | set) else [value]:
        if hasattr(part, "as_sql"):
            raise unsupported("comparison of one field with another", "a value, or where() with a raw $expr")


def known(table: dict[str, Callable], lookup: Lookup) -> Callable:
    """Return the row of a table for a lookup. :raises NotSupportedError: there is none."""
    if lookup.lookup_name not in table:
        raise unsupported(f"lookup {lookup.lookup_name!r}", f"one of {', '.join(table)}")
    return table[lookup.lookup_name]


def comparison(lookup: Lookup, field_path: FieldPath, path: str, stored: Callable[[Any], Any]) -> Filter:
    operator, value = known(OPERATORS, lookup), lookup.rhs
    if lookup.lookup_name == "contains" and isinstance(lookup.lhs.output_field, JSONField):
        raise unsupported("lookup 'contains' inside values", "field__key, or where() with a raw filter")
    if field_path.fold and lookup.lookup_name in FOLDED:
        folded = field_path.fold(str(value))
        if value and not folded:
            return NOTHING
        return {path: FOLDED[lookup.lookup_name](folded)}
    if lookup.lookup_name in {"exact", "gt", "gte", "lt", "lte"}:
        value = stored(value)
    elif lookup.lookup_name in {"in", "range"}:
        value = [stored(each) for each in value]
    return {path: operator(value)}
