"""The algebra of raw MongoDB filters: all of them, any of them, none of them, kept as plain as indexes like them."""

from collections.abc import Iterable
from typing import Any

Filter = dict[str, Any]
NOTHING: Filter = {"_id": {"$in": []}}


def all_of(parts: Iterable[Filter]) -> Filter:
    """Join filters that must all hold, flat where their keys allow it."""
    parts = [part for part in opened("$and", parts) if part]
    parts = [part for part in parts if not is_needless(part, parts)]
    keys = [key for part in parts for key in part]
    if len(keys) == len(set(keys)) and not any(key.startswith("$") for key in keys):
        return {key: value for part in parts for key, value in part.items()}
    return parts[0] if len(parts) == 1 else {"$and": parts}


def opened(operator: str, parts: Iterable[Filter]) -> list[Filter]:
    """Return the parts, those joined by the same operator taken out of it."""
    return [inner for part in parts for inner in (part[operator] if part.keys() == {operator} else [part])]


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
    parts = opened("$or", parts)
    if not all(parts) or not parts:
        return {}
    return parts[0] if len(parts) == 1 else {"$or": parts}


def holds_of_nothing(spec: Filter) -> bool:
    """Return whether a filter would match a document that has none of the fields."""
    return all(
        any(map(holds_of_nothing, condition))
        if key == "$or"
        else all(map(holds_of_nothing, condition))
        if key == "$and"
        else condition is None
        for key, condition in spec.items()
    )
