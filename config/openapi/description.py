"""The whole API as OpenAPI 3.1: one table of operations, each with every answer that it can give."""

from functools import cache
from typing import Any

from calls.documents import ConversationSession
from calls.serializers import CallSerializer, SessionSerializer
from candidates.documents import Candidate
from candidates.serializers import CalledCandidateSerializer, CandidateSerializer, ListedCandidateSerializer
from candidates.suppression.documents import Suppression
from candidates.suppression.serializers import SuppressionSerializer
from config.api.pagination import LONGEST_PAGE, PAGE
from config.openapi.answers import ERROR, OF_A_BODY, OF_A_QUERY, answers
from config.openapi.schemas import (
    CANDIDATE_FIELDS,
    ID,
    LIFT_FIELDS,
    NEXT,
    NUMBER_ID,
    PHONE,
    SLOT_FIELDS,
    STANDING,
    SUPPRESSION_FIELDS,
    SWITCH_FIELDS,
    Schema,
    page_of,
    reference,
    shown,
    taken,
)
from interviews.documents import Interview, Slot, SlotStatus
from interviews.serializers import InterviewSerializer, SlotSerializer

ABOUT = """Candidates, the calls to them, the times that interviewers offer and the interviews agreed on.

Every address is served with and without its trailing slash; `GET` answers `HEAD` too, and every address `OPTIONS`.
A browser gets the same as pages; `?format=json` shows it JSON. Times are UTC. Texts are trimmed."""


def _parameter(name: str, schema: Schema, text: str, *, place: str = "query") -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "description": text, "schema": schema}


BEHIND = "The key of the last one of the page before; follow `next` instead of making one up."
PARAMETERS = {
    "Id": _parameter("id", ID, "The document's id.", place="path"),
    "Limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE},
        "How many are on a page.",
    ),
    "After": _parameter("after", ID, BEHIND),
    "AfterTime": _parameter("after", {"type": "string", "format": "page-key"}, BEHIND),
    "NumberId": _parameter("id", NUMBER_ID, "The keyed hash of the number.", place="path"),
    "AfterNumber": _parameter("after", {"type": "string", "format": "number-page-key"}, BEHIND),
    "Number": _parameter("phone", PHONE, "Only this number, also where it is erased."),
    "Format": _parameter("format", {"enum": ["json", ""]}, "Answers JSON to whom the header Accept would get a page."),
    "Candidate": _parameter("candidate", ID, "Only those of the candidate with this id."),
    "Phone": _parameter("phone", PHONE, "Only the candidate with this number."),
    "SlotStatus": _parameter("status", {"enum": [str(status) for status in SlotStatus]}, "Only those of this status."),
}


def _operation(name: str, summary: str, *answering: dict[int, Any], **more: Any) -> dict[str, Any]:
    parameters = [reference(each, "parameters") for each in (*more.pop("parameters", ()), "Format")]
    body = more.pop("body", None)
    content = {"content": {"application/json": {"schema": reference(body)}}, "required": True}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        **({"requestBody": content} if body else {}),
        "responses": answers(*answering),
        **more,
    }


def _listing(plural: str, name: str, *parameters: str) -> dict[str, Any]:
    order = "the first added first" if "After" in parameters else "the latest first"
    page = {200: (f"A page of {plural}, {order}", reference(f"{name}Page"))}
    return _operation(f"list_{plural}", f"List {plural}, {order}", OF_A_QUERY, page, parameters=("Limit", *parameters))


def _reading(thing: str, name: str, code: str) -> dict[str, Any]:
    found = {200: (f"The {thing}", reference(name)), 404: (f"There is no such {thing}", (f"{code}_not_found",))}
    return _operation(f"get_{thing}", f"Show one {thing}", found, parameters=("Id",))


def _missing(thing: str) -> dict[int, Any]:
    return {404: (f"There is no such {thing}", (f"{thing}_not_found",))}


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
    413: OF_A_BODY[413],
} | _missing("candidate")


def _calling(name: str) -> dict[str, Any]:
    return _operation(name, "Call a candidate", UNNAMED, PLACING, body="CallOrder")


def _at_the_root() -> dict[str, dict[str, Any]]:
    return {
        "/list-candidates": {
            "get": _operation(
                "list_candidates_with_calls",
                "List candidates with every call attempt, the first added first",
                OF_A_QUERY,
                {200: ("A page of candidates", reference("ListedCandidates"))},
                parameters=("Limit", "After"),
            )
        },
        "/make-actual-call": {"post": _calling("make_actual_call")},
        "/test-call": {
            "post": _operation(
                "test_call",
                "Call the first candidate who may be called now",
                PLACING,
                {404: ("Nobody may be called now", ("no_callable_candidate", "candidate_not_found"))},
            )
        },
        "/api/": {"get": _operation("list_addresses", "List the addresses", {200: ("Them", reference("Addresses"))})},
        "/api/openapi.json": {
            "get": _operation("describe_api", "Describe the API: this", {200: ("OpenAPI 3.1", {"type": "object"})})
        },
    }


def _candidates() -> dict[str, dict[str, Any]]:
    phone_taken = {409: ("Another candidate has this phone number", ("phone_taken",))}
    return {
        "/api/candidates/": {
            "get": _listing("candidates", "Candidate", "After", "Phone"),
            "post": _operation(
                "add_candidate",
                "Add a candidate",
                OF_A_BODY,
                {201: ("The candidate", reference("Candidate"))},
                phone_taken,
                body="NewCandidate",
            ),
        },
        "/api/candidates/{id}/": {
            "get": _reading("candidate", "Candidate", "candidate"),
            "patch": _operation(
                "change_candidate",
                "Change the fields given",
                OF_A_BODY,
                {200: ("The candidate", reference("Candidate"))},
                _missing("candidate"),
                phone_taken,
                body="CandidateChange",
                parameters=("Id",),
            ),
            "delete": _operation(
                "delete_candidate",
                "Delete a candidate with the transcripts of their calls, interviews that are over, and mails",
                {
                    204: ("Deleted", None),
                    409: ("Something needs the candidate yet", ("has_interview", "call_in_progress", "mail_pending")),
                },
                _missing("candidate"),
                parameters=("Id",),
            ),
        },
    }


def _suppression() -> dict[str, dict[str, Any]]:
    found = {200: ("What is kept of the number", reference("Suppression"))}
    missing = {404: ("Nothing is kept of such a number", ("suppression_not_found",))}
    return {
        "/api/suppression/": {
            "get": _listing("suppressions", "Suppression", "AfterNumber", "Number"),
            "post": _operation(
                "suppress_number",
                "Put a number on the suppression list; whoever has it is not called again",
                OF_A_BODY,
                {201: ("What is kept of the number", reference("Suppression"))},
                body="NewSuppression",
            ),
        },
        "/api/suppression/{id}/": {
            "get": _operation(
                "get_suppression", "Show what is kept of a number", found, missing, parameters=("NumberId",)
            )
        },
        "/api/suppression/{id}/lift/": {
            "post": _operation(
                "lift_suppression",
                "Take a number off the list; whoever has it may be called again",
                OF_A_BODY,
                found,
                missing,
                {409: ("The number is not on the list", ("not_suppressed",))},
                body="Lift",
                parameters=("NumberId",),
            )
        },
    }


def _calls() -> dict[str, dict[str, Any]]:
    return {
        "/api/calls/": {
            "get": _listing("calls", "Call", "AfterTime", "Candidate"),
            "post": _calling("start_call"),
        },
        "/api/calls/{id}/": {"get": _reading("call", "Call", "call")},
        "/api/sessions/": {"get": _listing("sessions", "Session", "AfterTime", "Candidate")},
        "/api/sessions/{id}/": {"get": _reading("session", "Session", "call")},
    }


def _dialling() -> dict[str, dict[str, Any]]:
    standing = {200: ("How dialling stands", reference("Dialling"))}
    return {
        "/api/dialling/": {
            "get": _operation("show_dialling", "Show whether anybody may be called, and the day's counts", standing),
            "put": _operation(
                "switch_dialling", "Turn all dialling on or off at once", OF_A_BODY, standing, body="DiallingSwitch"
            ),
        }
    }


def _slots_and_interviews() -> dict[str, dict[str, Any]]:
    return {
        "/api/slots/": {
            "get": _listing("slots", "Slot", "AfterTime", "SlotStatus"),
            "post": _operation(
                "add_slot",
                "Offer a time",
                OF_A_BODY,
                {201: ("The slot", reference("Slot")), 409: ("The interviewer has a slot then", ("slot_taken",))},
                body="NewSlot",
            ),
        },
        "/api/slots/{id}/": {
            "get": _reading("slot", "Slot", "slot"),
            "delete": _operation(
                "withdraw_slot",
                "Withdraw a slot that is not booked; it stays, as withdrawn",
                {204: ("Withdrawn", None), 409: ("The slot is booked", ("slot_booked",))},
                _missing("slot"),
                parameters=("Id",),
            ),
        },
        "/api/interviews/": {"get": _listing("interviews", "Interview", "AfterTime", "Candidate")},
        "/api/interviews/{id}/": {"get": _reading("interview", "Interview", "interview")},
    }


def _schemas() -> dict[str, Schema]:
    placed_call = {
        "status": {"const": "success"},
        "message": {"type": "string"},
        "call_sid": {"type": "string"},
        "call_status": {"type": "string"},
        "session_id": ID,
        "candidate": shown(CalledCandidateSerializer, Candidate),
        "call_tracking": _of_tracking("total_attempts", "max_attempts", "can_call_again"),
    }
    listed = {
        "status": {"const": "success"},
        "candidates": {"type": "array", "items": shown(ListedCandidateSerializer, Candidate)},
        "total": {"type": "integer", "minimum": 0, "description": "How many candidates there are, estimated."},
        "next": NEXT,
    }
    order = {"candidate_id": {"type": "string", "pattern": "\\S", "description": "The id of the candidate to call."}}
    required = ("name", "phone", "email")
    return {
        "Error": ERROR,
        "Addresses": {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
        "Candidate": shown(CandidateSerializer, Candidate),
        "NewCandidate": taken(CANDIDATE_FIELDS, required=required, description="A candidate to add."),
        "CandidateChange": taken(CANDIDATE_FIELDS, description="What to change."),
        "Suppression": shown(SuppressionSerializer, Suppression),
        "NewSuppression": taken(SUPPRESSION_FIELDS, required=("phone",), description="A number to put on the list."),
        "Lift": taken(LIFT_FIELDS, required=("note",), description="Why the number is taken off the list."),
        "CallOrder": {"type": "object", "properties": order, "required": ["candidate_id"]},
        "Dialling": _whole(STANDING),
        "DiallingSwitch": taken(SWITCH_FIELDS, required=tuple(SWITCH_FIELDS), description="Which way, and why."),
        "Call": shown(CallSerializer, ConversationSession),
        "Session": shown(SessionSerializer, ConversationSession),
        "Slot": shown(SlotSerializer, Slot),
        "NewSlot": taken(SLOT_FIELDS, required=tuple(SLOT_FIELDS), description="A time to offer."),
        "Interview": shown(InterviewSerializer, Interview),
        "ListedCandidates": _whole(listed),
        "PlacedCall": _whole(placed_call),
        **{
            f"{name}Page": page_of(name)
            for name in ("Candidate", "Suppression", "Call", "Session", "Slot", "Interview")
        },
    }


def _whole(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _of_tracking(*names: str) -> Schema:
    tracking = shown(CandidateSerializer, Candidate)["properties"]["call_tracking"]
    return _whole({name: tracking["properties"][name] for name in names})


SECURITY_SCHEMES = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token `, then a token of a member of staff, as manage.py drf_create_token makes it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "Of a member of staff who signed in; what changes something needs the header X-CSRFToken too.",
    },
}


@cache
def description() -> dict[str, Any]:
    """Return the description; asked again it is the same object, which nobody is to change."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Callflow", "version": "1", "description": ABOUT},
        "paths": (_at_the_root() | _candidates() | _suppression() | _calls() | _dialling() | _slots_and_interviews()),
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "components": {
            "schemas": _schemas(),
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
