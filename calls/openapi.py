"""What the API of calls is, as OpenAPI: starting them, their sessions, and the switch of all dialling."""

from typing import Any

from calls.dialling import LONGEST_REASON
from calls.documents import ConversationSession
from calls.serializers import CallSerializer, SessionSerializer
from candidates.documents import Candidate
from candidates.serializers import CalledCandidateSerializer, CandidateSerializer
from config.api.openapi.description import Part
from config.api.openapi.operations import detail_operation, list_operation, not_found, operation
from config.api.openapi.responses import BODY_ERRORS
from config.api.openapi.schemas import (
    FILLED_LINE,
    ID,
    Schema,
    object_schema,
    page_schema,
    reference,
    request_schema,
    response_schema,
)

SWITCH_FIELDS: dict[str, Schema] = {
    "is_on": {"type": "boolean"},
    "reason": {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": FILLED_LINE},
}
STANDING: dict[str, Schema] = {
    "is_on": {"type": "boolean"},
    "changed_by": {"type": ["string", "null"]},
    "changed_at": {"type": ["string", "null"], "format": "date-time"},
    "reason": {"type": ["string", "null"]},
    "refusal": {
        "type": ["object", "null"],
        "description": "Why nobody may be called now; null while calls pass.",
        "properties": {"code": {"type": "string"}, "reason": {"type": "string"}},
        "required": ["code", "reason"],
        "additionalProperties": False,
    },
    "day": {"type": "string", "format": "date", "description": "The day counted, in the project's time zone."},
    "calls": {"type": "integer", "minimum": 0},
    "calls_a_day": {"type": ["integer", "null"], "description": "How many there may be; null: no bound."},
    "minutes": {"type": "integer", "minimum": 0, "description": "Started minutes; a call under way counts with one."},
    "cost": {"type": "string", "description": "What they cost, by the price set."},
    "cost_a_day": {"type": ["string", "null"], "description": "What they may cost; null: no bound."},
}
CLOSED_TO_ALL = ("dialling_off", "daily_limit_reached")
CLOSED_TO_CALLS = ("already_scheduled", "do_not_call", "call_in_progress", "call_limit_reached", *CLOSED_TO_ALL)
PLACING: dict[int, Any] = {
    201: ("The call is on its way", reference("PlacedCall")),
    409: ("The candidate, or anybody, may not be called now", CLOSED_TO_CALLS),
    422: ("The number cannot be called", ("invalid_phone_number",)),
    502: ("The phone service refused the call, or did not answer in time", ("call_failed",)),
    503: ("The database cannot be reached now, or the telephony is not set up", ("telephony_not_configured",)),
}
UNNAMED: dict[int, Any] = {
    400: ("No candidate_id, or the body is no JSON", ("candidate_id_required",)),
    413: BODY_ERRORS[413],
} | not_found("candidate")
DIALLING = {200: ("How dialling stands", reference("Dialling"))}
ORDER: dict[str, Schema] = {
    "candidate_id": {"type": "string", "pattern": "\\S", "description": "The id of the candidate to call."}
}


def calling(name: str) -> dict[str, Any]:
    """Return an operation that calls the candidate named in its body."""
    return operation(name, "Call a candidate", UNNAMED, PLACING, body="CallOrder")


def of_tracking(*names: str) -> Schema:
    tracking = response_schema(CandidateSerializer, Candidate)["properties"]["call_tracking"]
    return object_schema({name: tracking["properties"][name] for name in names})


PLACED_CALL: dict[str, Schema] = {
    "status": {"const": "success"},
    "message": {"type": "string"},
    "call_sid": {"type": "string"},
    "call_status": {"type": "string"},
    "session_id": ID,
    "candidate": response_schema(CalledCandidateSerializer, Candidate),
    "call_tracking": of_tracking("total_attempts", "max_attempts", "can_call_again"),
}
PATHS = {
    "/make-actual-call": {"post": calling("make_actual_call")},
    "/test-call": {
        "post": operation(
            "test_call",
            "Call the first candidate who may be called now",
            PLACING,
            {404: ("Nobody may be called now", ("no_callable_candidate", "candidate_not_found"))},
        )
    },
    "/api/calls/": {
        "get": list_operation("calls", "Call", "AfterTime", "Candidate"),
        "post": calling("start_call"),
    },
    "/api/calls/{id}/": {"get": detail_operation("call", "Call", "call")},
    "/api/sessions/": {"get": list_operation("sessions", "Session", "AfterTime", "Candidate")},
    "/api/sessions/{id}/": {"get": detail_operation("session", "Session", "call")},
    "/api/dialling/": {
        "get": operation("show_dialling", "Show whether anybody may be called, and the day's counts", DIALLING),
        "put": operation(
            "switch_dialling", "Turn all dialling on or off at once", BODY_ERRORS, DIALLING, body="DiallingSwitch"
        ),
    },
}
PART = Part(
    paths=PATHS,
    schemas={
        "CallOrder": {"type": "object", "properties": ORDER, "required": ["candidate_id"]},
        "PlacedCall": object_schema(PLACED_CALL),
        "Dialling": object_schema(STANDING),
        "DiallingSwitch": request_schema(
            SWITCH_FIELDS, required=tuple(SWITCH_FIELDS), description="Which way, and why."
        ),
        "Call": response_schema(CallSerializer, ConversationSession),
        "CallPage": page_schema("Call"),
        "Session": response_schema(SessionSerializer, ConversationSession),
        "SessionPage": page_schema("Session"),
    },
)
