"""The fields of the API's JSON that are stricter than Django REST framework's."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class Text(serializers.CharField):
    """A string, and no number: CharField would turn numbers and booleans into text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:  # counted as it was sent, before it is trimmed
            raise ValidationError(f"Must have at most {self.max_length} characters; this has {len(data)}.")
        return super().to_internal_value(data)


class AwareDateTimeField(serializers.DateTimeField):
    """A time with its offset from UTC: without one, nobody knows which hour is meant."""

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValidationError("Give the time with its offset, such as 2030-11-25T10:00:00+05:30.")
        return super().enforce_timezone(value)
