"""Versioned data changes: what brings documents that an older version wrote to the form of this one.

An app declares its own in `data_changes.py` as `CHANGES`. They are applied in the order of their names, which begin
with a number that no other has. Nothing keeps two processes from applying the same one at once, and a process may die
in the middle of one: so each looks for what is not changed yet, and a second time finds nothing to do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings

from config.mongo.documents import AppliedChange


@dataclass(frozen=True, slots=True)
class DataChange:
    """A change of stored documents; `apply` is given the time and returns how many documents it looked at."""

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


def apply_pending(*, now: datetime) -> Iterator[tuple[DataChange, int]]:
    """Apply what was not applied yet, one after the other; yield each with how many documents it looked at.

    :raises UnknownChange: a change was applied that is not declared here; nothing was changed.
    """
    changes, done = declared(), applied()
    if unknown := done.keys() - {change.name for change in changes}:
        raise UnknownChange(
            f"The database has data changes that this version does not know ({', '.join(sorted(unknown))}): a newer "
            "version wrote it. Run that one, or restore the backup made before the update."
        )
    for change in changes:
        if change.name in done:
            continue
        count = change.apply(now=now)
        # Only now: whoever dies before this line begins the change again
        AppliedChange.objects(name=change.name).update_one(set_on_insert__applied_at=now, upsert=True)
        yield change, count
