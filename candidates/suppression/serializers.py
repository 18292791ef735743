"""How the suppression list is written as JSON, and what the API takes."""

from rest_framework import serializers

from candidates.suppression.documents import MAX_NOTE, REASONS, SuppressionReason
from config.api.fields import Text
from config.api.serializers import StrictSerializer


class SuppressionEventSerializer(serializers.Serializer):
    """A number put on the list or taken off it."""

    at = serializers.DateTimeField()
    is_active = serializers.BooleanField()
    reason = serializers.CharField()
    source = serializers.CharField()
    note = serializers.CharField()


class SuppressionSerializer(serializers.Serializer):
    """A number and its history; `phone` is null once the number is erased."""

    id = serializers.CharField()
    phone = serializers.CharField()
    is_active = serializers.BooleanField()
    reason = serializers.CharField()
    source = serializers.CharField()
    suppressed_at = serializers.DateTimeField()
    history = SuppressionEventSerializer(many=True)


class NewSuppressionSerializer(StrictSerializer):
    """A number to put on the list."""

    phone = Text()
    reason = serializers.ChoiceField(choices=REASONS, default=SuppressionReason.OFFICE.value)


class LiftSerializer(StrictSerializer):
    """Why a number is taken off the list."""

    note = Text(max_length=MAX_NOTE)
