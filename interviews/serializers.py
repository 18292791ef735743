"""Slots and interviews as JSON."""

from rest_framework import serializers

from config.api.fields import AwareDateTimeField, Text
from config.api.serializers import StrictSerializer
from config.mongo.fields import LONGEST_EMAIL, LONGEST_LINE


class SlotSerializer(StrictSerializer):
    """A time that an interviewer offers."""

    id = serializers.CharField(read_only=True)
    interviewer_name = Text(max_length=LONGEST_LINE)
    interviewer_email = Text(max_length=LONGEST_EMAIL)
    starts_at = AwareDateTimeField()
    ends_at = AwareDateTimeField()
    status = serializers.CharField(read_only=True)
    held_until = serializers.DateTimeField(read_only=True)


class EvidenceSerializer(serializers.Serializer):
    """The candidate's yes."""

    question = serializers.CharField()
    answer = serializers.CharField()
    confidence = serializers.FloatField()
    call_sid = serializers.CharField()
    at = serializers.DateTimeField()


class DeliverySerializer(serializers.Serializer):
    """Where a mail stands."""

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
    invitation = DeliverySerializer()
    notice = DeliverySerializer()
    created_at = serializers.DateTimeField()
