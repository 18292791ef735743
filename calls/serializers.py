"""Calls and conversation sessions as JSON."""

from rest_framework import serializers

from calls.dialling import LONGEST_REASON
from calls.placing import Placed
from candidates.serializers import CalledCandidateSerializer
from config.api.fields import Text
from config.api.serializers import StrictSerializer


class StatusEventSerializer(serializers.Serializer):
    """One status of the call, in the order they were fired."""

    sequence = serializers.IntegerField()
    status = serializers.CharField()
    at = serializers.DateTimeField()


class TurnSerializer(serializers.Serializer):
    """One thing heard and our answer."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    heard = serializers.CharField()
    keys = serializers.CharField()
    confidence = serializers.FloatField()
    cue = serializers.CharField()
    said = serializers.ListField(child=serializers.CharField())


class OfferedSlotSerializer(serializers.Serializer):
    """A slot that was offered on the call."""

    slot_id = serializers.CharField()
    starts_at = serializers.DateTimeField()


class CallSerializer(serializers.Serializer):
    """A call, without what was said on it; `id` is its session's too."""

    id = serializers.CharField()
    candidate = serializers.CharField(source="candidate.id")
    attempt_number = serializers.IntegerField()
    call_sid = serializers.CharField()
    status = serializers.CharField(source="twilio_status")
    outcome = serializers.CharField()
    notes = serializers.CharField()
    started_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    duration_seconds = serializers.IntegerField()


class SessionSerializer(CallSerializer):
    """A conversation session: the call with its phase, transcript, offer and timeline."""

    phase = serializers.CharField()
    language = serializers.CharField()
    turn_number = serializers.IntegerField()
    turns = TurnSerializer(many=True)
    offered = OfferedSlotSerializer(many=True)
    statuses = StatusEventSerializer(many=True)


CALLED_CANDIDATE = CalledCandidateSerializer()  # made once: it copies its fields each time it is made


def placed_call(placed: Placed) -> dict[str, object]:
    """Return the answer to a call that was placed."""
    tracking = placed.candidate.call_tracking
    return {
        "status": "success",
        "message": f"Call initiated to {placed.candidate.phone}",
        "call_sid": placed.call_sid,
        "call_status": placed.status,
        "session_id": str(placed.session_id),
        "candidate": CALLED_CANDIDATE.to_representation(placed.candidate),
        "call_tracking": {
            "total_attempts": tracking.total_attempts,
            "max_attempts": tracking.max_attempts,
            "can_call_again": tracking.can_call_again,
        },
    }


class YesOrNo(serializers.BooleanField):
    """A yes or no that is one in the JSON too: a number or a word may have been meant otherwise."""

    def to_internal_value(self, data: object) -> bool:
        """Return it. :raises ValidationError:"""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SwitchSerializer(StrictSerializer):
    """Which way to turn all dialling, and why."""

    is_on = YesOrNo()
    reason = Text(max_length=LONGEST_REASON)


class RefusalSerializer(serializers.Serializer):
    """Why nobody may be called now."""

    code = serializers.CharField()
    reason = serializers.CharField()


class StandingSerializer(serializers.Serializer):
    """How dialling stands; `refusal` is null while calls pass, a bound is null where there is none."""

    is_on = serializers.BooleanField()
    changed_by = serializers.CharField()
    changed_at = serializers.DateTimeField()
    reason = serializers.CharField()
    refusal = RefusalSerializer()
    day = serializers.CharField()
    calls = serializers.IntegerField()
    calls_a_day = serializers.IntegerField()
    minutes = serializers.IntegerField()
    cost = serializers.CharField()
    cost_a_day = serializers.CharField()
