"""The fields of the API's JSON that are stricter than Django REST framework's."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class Text(serializers.CharField):
    """A text that is one in the JSON too: numbers are not taken for it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text. :raises ValidationError:"""
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:  # counted as it was sent, before it is trimmed
            raise ValidationError(f"Must have at most {self.max_length} characters; this has {len(data)}.")
        return super().to_internal_value(data)


class AwareDateTimeField(serializers.DateTimeField):
    """A time that says its offset from UTC: without it, nobody knows which hour is meant."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the time in UTC. :raises ValidationError: it has no offset."""
        if value.tzinfo is None:
            raise ValidationError("Give the time with its offset, such as 2030-11-25T10:00:00+05:30.")
        return super().enforce_timezone(value)
