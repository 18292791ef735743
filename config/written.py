"""Writes raw MongoDB documents as a serializer describes them, without hydrating either: for lists.

A field's source is looked up as it is stored: `id` is `_id`, and a reference is the id that it holds. What is computed
has a function of the raw document in the serializer's `computed`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from rest_framework import serializers

Raw = Mapping[str, Any]
Write = Callable[[Any], Any]


class Writer:
    """Gives for a raw document what the serializer gives for the hydrated one; `projection` is what it reads of it."""

    def __init__(self, serializer: type[serializers.Serializer]) -> None:
        """Look through the serializer's fields, once."""
        computed = getattr(serializer, "computed", {})
        self._columns = [_column(name, field, computed) for name, field in serializer().fields.items()]
        self.projection = {key: True for _, key, _ in self._columns if key}

    def __call__(self, raw: Raw) -> dict[str, Any]:
        """Write the document."""
        return {name: write(raw.get(key) if key else raw) for name, key, write in self._columns}


@cache
def writer(serializer: type[serializers.Serializer]) -> Writer:
    """Return the writer of a serializer, the same for all."""
    return Writer(serializer)


def _column(name: str, field: serializers.Field, computed: Mapping[str, Write]) -> tuple[str, str | None, Write]:
    """Return a field's name, the key of what it is written from (None: the whole document), and what writes it."""
    if name in computed:
        return name, None, computed[name]
    key = field.source.removesuffix(".id")
    return name, "_id" if key == "id" else key, _write(field)


def _write(field: serializers.Field) -> Write:
    if isinstance(field, serializers.ListSerializer):
        write = writer(type(field.child))
        return lambda found: [write(each) for each in found or ()]
    if isinstance(field, serializers.ListField):
        return lambda found: found or []
    if isinstance(field, serializers.Serializer):
        write = writer(type(field))
        return lambda found: found and write(found)
    if isinstance(field, serializers.DateTimeField):
        return _time
    if isinstance(field, serializers.CharField):
        return _text
    return lambda found: found


def _text(found: Any) -> str | None:
    return found if found is None or type(found) is str else str(found)


def _time(found: datetime | None) -> str | None:
    """Write a time as Django REST framework does: in the project's zone, and UTC as Z."""
    if found is None:
        return None
    text = found.astimezone(timezone.get_current_timezone()).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
