"""Slots and interviews as JSON."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from config.api import Moment, StrictSerializer, Text

LONGEST, FARTHEST = timedelta(days=1), timedelta(days=730)


class SlotSerializer(StrictSerializer):
    """A time that an interviewer offers."""

    id = serializers.CharField(read_only=True)
    interviewer_name = Text()
    interviewer_email = Text()
    starts_at = Moment()
    ends_at = Moment()
    status = serializers.CharField(read_only=True)
    held_until = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is a mistyped year rather than a slot: overlaps are looked for among slots of up to a day."""
        if attrs["starts_at"] > timezone.now() + FARTHEST:
            raise serializers.ValidationError({"starts_at": [f"Must lie within the next {FARTHEST.days} days."]})
        if attrs["ends_at"] > attrs["starts_at"] + LONGEST:
            raise serializers.ValidationError({"ends_at": ["A slot lasts a day at most."]})
        return attrs


class EvidenceSerializer(serializers.Serializer):
    """The candidate's yes."""

    question = serializers.CharField()
    answer = serializers.CharField()
    confidence = serializers.FloatField()
    call_sid = serializers.CharField()
    at = serializers.DateTimeField()


class InvitationSerializer(serializers.Serializer):
    """Where the invitation stands."""

    status = serializers.CharField()
    tries = serializers.IntegerField()
    sent_at = serializers.DateTimeField()
    error = serializers.CharField()


class InterviewSerializer(serializers.Serializer):
    """A booked slot, read only: interviews are agreed on the phone."""

    id = serializers.CharField()
    candidate = serializers.CharField(source="candidate.id")
    slot = serializers.CharField(source="slot.id")
    session_id = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    status = serializers.CharField()
    evidence = EvidenceSerializer()
    ics_uid = serializers.CharField()
    ics_sequence = serializers.IntegerField()
    invitation = InvitationSerializer()
    created_at = serializers.DateTimeField()
