"""How candidates are written as JSON, and which types and lengths the API takes."""

from rest_framework import serializers

from candidates.documents import has_attempt_left
from config.api.fields import Text
from config.api.serializers import StrictSerializer
from config.mongo.fields import LONGEST_EMAIL, LONGEST_LINE, LONGEST_NOTES, LONGEST_TAG


class CallAttemptSerializer(serializers.Serializer):
    """One dial, read only."""

    number = serializers.IntegerField()
    session_id = serializers.CharField()
    call_sid = serializers.CharField()
    initiated_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    duration_seconds = serializers.IntegerField()
    twilio_status = serializers.CharField()
    outcome = serializers.CharField()
    notes = serializers.CharField()
    error_code = serializers.IntegerField()


class CallTrackingSerializer(serializers.Serializer):
    """A candidate's calls, read only."""

    computed = {
        "can_call_again": lambda raw: has_attempt_left(raw["status"], raw["total_attempts"], raw["max_attempts"])
    }

    total_attempts = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    status = serializers.CharField()
    can_call_again = serializers.BooleanField()
    last_attempt_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField()
    call_history = CallAttemptSerializer(many=True)


class ListedCandidateSerializer(serializers.Serializer):
    """A candidate as /list-candidates shows them."""

    id = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    call_tracking = CallTrackingSerializer()


class CalledCandidateSerializer(serializers.Serializer):
    """A candidate as the answer to a call shows them."""

    id = serializers.CharField()
    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    position = serializers.CharField()
    company = serializers.CharField()


class CandidateSerializer(StrictSerializer):
    """A whole candidate. Types and lengths are checked here; the document validates the values."""

    id = serializers.CharField(read_only=True)
    name = Text(max_length=LONGEST_LINE)
    phone = Text()
    email = Text(max_length=LONGEST_EMAIL)
    position = Text(max_length=LONGEST_LINE, required=False, allow_blank=True, allow_null=True)
    company = Text(max_length=LONGEST_LINE, required=False, allow_blank=True, allow_null=True)
    time_zone = Text(required=False)
    language = Text(required=False)
    tags = serializers.ListField(child=Text(max_length=LONGEST_TAG), required=False)
    notes = Text(max_length=LONGEST_NOTES, required=False, allow_blank=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)
    call_tracking = CallTrackingSerializer(read_only=True)
