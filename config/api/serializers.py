"""Serializers that refuse unknown fields, so that a misspelt one is not silently dropped."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, and those that are read only."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            extra = {
                name: ["Read only."] if name in self.fields else ["Unknown field."] for name in set(data) - writable
            }
            if extra:
                raise ValidationError(dict(sorted(extra.items())))
        return super().to_internal_value(data)
