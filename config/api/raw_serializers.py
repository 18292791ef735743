"""Serializes raw MongoDB documents for lists: neither a document nor a serializer is instantiated for each.

A field's source is looked up as it is stored: `id` is `_id`, and a reference is the id that it holds. What is computed
has a function of the raw document in the serializer's `computed`. Ids and times stay what they are: config.api.renderer
turns them into text.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

Raw = Mapping[str, Any]
Write = Callable[[Any], Any]


class RawSerializer:
    """Gives for a raw document what the serializer gives for the hydrated one; `projection` is what it reads of it."""

    def __init__(self, serializer: type[serializers.Serializer]) -> None:
        fields = serializer().fields
        self._computed: Mapping[str, Write] = getattr(serializer, "computed", {})
        self._keys = {name: _key(field) for name, field in fields.items()}
        self._rewritten = {name: write for name, field in fields.items() if (write := _rewriter(field))}
        self.projection = {key: True for name, key in self._keys.items() if name not in self._computed}

    def __call__(self, raw: Raw) -> dict[str, Any]:
        written = {name: raw.get(key) for name, key in self._keys.items()}
        for name, write in self._rewritten.items():
            written[name] = write(written[name])
        for name, compute in self._computed.items():
            written[name] = compute(raw)
        return written


@cache
def raw_serializer(serializer: type[serializers.Serializer]) -> RawSerializer:
    """Return the raw serializer of a serializer class; asked again, it is the same object."""
    return RawSerializer(serializer)


def _key(field: serializers.Field) -> str:
    key = field.source.removesuffix(".id")
    return "_id" if key == "id" else key


def _rewriter(field: serializers.Field) -> Write | None:
    """Return what writes the stored value; nothing where it is written as it is."""
    if isinstance(field, serializers.ListSerializer):
        write = raw_serializer(type(field.child))
        return lambda found: [write(each) for each in found or ()]
    if isinstance(field, serializers.ListField):
        return lambda found: found or []
    if isinstance(field, serializers.Serializer):
        write = raw_serializer(type(field))
        return lambda found: found and write(found)
    return None
