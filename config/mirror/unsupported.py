"""The methods of a QuerySet that only SQL can answer: each is refused with what to do instead."""

from collections.abc import Callable
from typing import Any, NoReturn

from django.db import NotSupportedError

PIPELINE = "a method of your own over `Model.mirrored.document.objects.aggregate([...])`"
INSTEAD = {
    "annotate": PIPELINE,
    "alias": PIPELINE,
    "extra": "where() with a raw MongoDB filter",
    "raw": "where() with a raw MongoDB filter",
    "union": "| between querysets of one model",
    "intersection": "& between querysets of one model",
    "difference": "exclude()",
    "select_for_update": "update() with the expected state in filter(): it is one conditional update",
    "update_or_create": "get_or_create(), then save()",
    "bulk_create": "save() on each, or `Model.mirrored.document.objects.insert([...])`",
    "bulk_update": "update(), or save() on each",
    "_update": "update()",
    "_insert": "save()",
    "_raw_delete": "delete()",
}


def unsupported(what: str, instead: str) -> NotSupportedError:
    """Return the error that says what cannot be done over documents, and what can be done instead."""
    return NotSupportedError(f"Documents have no {what}. Use {instead}.")


def unsupported_method(name: str, instead: str) -> Callable[..., NoReturn]:
    """Return a method that says what to do instead of it."""

    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise unsupported(f"{name}()", instead)

    method.__name__ = name
    method.__doc__ = f"Refuse: use {instead}."
    return method


SqlOnly = type(
    "SqlOnly", (), {"__doc__": __doc__} | {name: unsupported_method(name, how) for name, how in INSTEAD.items()}
)
