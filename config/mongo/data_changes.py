"""Versioned data changes: they bring documents that an older version wrote to the form of this one.

An app declares its own in `data_changes.py` as `CHANGES`. They are applied in the order of their names. A name begins
with a number that no other change of any app has, and never changes again: the database keeps which were applied.

Nothing keeps two processes from applying the same change at once, and a process may die in the middle of one. So a
change looks only for what it has not changed yet, and does harm neither twice nor half-way. It writes at most AT_ONCE
documents by one command or transaction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from pymongo.collection import Collection

from config.mongo.documents import AppliedChange

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DataChange:
    """A change of stored documents; `apply` is given the time as `now` and returns how many documents it changed."""

    name: str
    apply: Callable[..., int]


class UnknownChange(Exception):
    """The database was written by a newer version."""


def declared() -> list[DataChange]:
    """Return the changes of all apps, in the order in which they are applied."""
    modules = [
        import_module(f"{app.name}.data_changes")
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR and find_spec(f"{app.name}.data_changes")
    ]
    return sorted((change for module in modules for change in module.CHANGES), key=lambda change: change.name)


def applied() -> dict[str, datetime]:
    """Return when each change was applied to this database, by its name."""
    return {each.name: each.applied_at for each in AppliedChange.objects.order_by("name")}


def unknown() -> list[str]:
    """Return the names of the changes that were applied and are not declared here: a newer version did that."""
    return sorted(applied().keys() - {change.name for change in declared()})


def apply_pending(*, now: datetime) -> Iterator[tuple[DataChange, int]]:
    """Apply what was not applied yet, one after the other; yield each with how many documents it changed.

    :raises UnknownChange: a newer version wrote this database; nothing was changed.
    """
    if names := unknown():
        raise UnknownChange(
            f"The database has data changes that this version does not know ({', '.join(names)}): a newer "
            "version wrote it. Run that one, or restore the backup made before the update."
        )
    done = applied()
    for change in declared():
        if change.name in done:
            continue
        count = change.apply(now=now)
        # Noted only now: where a process dies before this line, the next one begins the change again
        AppliedChange.objects(name=change.name).update_one(set_on_insert__applied_at=now, upsert=True)
        yield change, count


def id_ranges(collection: Collection[Any]) -> Iterator[dict[str, Any]]:
    """Yield conditions on `_id`, each true for AT_ONCE documents at most, that lead through the whole collection.

    One command over millions of documents would outlast the driver's `socketTimeoutMS`, and with it the connection.
    """
    rest: dict[str, Any] = {}
    while ids := [each["_id"] for each in collection.find(rest, {"_id": 1}).sort("_id").limit(AT_ONCE)]:
        yield {"$gte": ids[0], "$lte": ids[-1]}
        rest = {"_id": {"$gt": ids[-1]}}
