"""Serializers that take no field that nobody knows."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses fields it does not know, or that are not the caller's to write."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the validated fields. :raises ValidationError:"""
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            extra = {
                name: ["Read only."] if name in self.fields else ["Unknown field."] for name in set(data) - writable
            }
            if extra:
                raise ValidationError(dict(sorted(extra.items())))
        return super().to_internal_value(data)
