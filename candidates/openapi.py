"""Describes the endpoints of candidates in OpenAPI."""

from candidates.documents import MAX_TAGS, Candidate, Language
from candidates.serializers import CandidateSerializer, ListedCandidateSerializer
from config.api.openapi.description import Part
from config.api.openapi.operations import detail_operation, list_operation, not_found, operation, parameter
from config.api.openapi.responses import BODY_ERRORS, QUERY_ERRORS
from config.api.openapi.schemas import (
    EMAIL,
    FILLED_LINE,
    ID,
    LINE,
    LINES,
    NAME,
    NEXT,
    PHONE,
    Schema,
    object_schema,
    page_schema,
    reference,
    request_schema,
    response_schema,
)
from config.mongo.fields import LONGEST_NOTES, LONGEST_TAG

CANDIDATE_FIELDS: dict[str, Schema] = {
    "name": NAME | {"examples": ["Asha Rao"]},
    "phone": PHONE,
    "email": EMAIL,
    "position": LINE,
    "company": LINE,
    "time_zone": {
        "type": "string",
        "format": "iana-time-zone",
        "description": "By default that of the phone number.",
        "examples": ["Asia/Kolkata"],
    },
    "language": {"type": "string", "enum": [str(language) for language in Language]},
    "tags": {
        "type": "array",
        "maxItems": MAX_TAGS,
        "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_TAG, "pattern": FILLED_LINE},
    },
    "notes": {"type": ["string", "null"], "maxLength": LONGEST_NOTES, "pattern": LINES},
}
LISTED: dict[str, Schema] = {
    "status": {"const": "success"},
    "candidates": {"type": "array", "items": response_schema(ListedCandidateSerializer, Candidate)},
    "total": {"type": "integer", "minimum": 0, "description": "How many candidates there are, estimated."},
    "next": NEXT,
}
PHONE_TAKEN = {409: ("Another candidate has this phone number", ("phone_taken",))}

PATHS = {
    "/list-candidates": {
        "get": operation(
            "list_candidates_with_calls",
            "List candidates with every call attempt, the first added first",
            QUERY_ERRORS,
            {200: ("A page of candidates", reference("ListedCandidates"))},
            parameters=("Limit", "After"),
        )
    },
    "/api/candidates/": {
        "get": list_operation("candidates", "Candidate", "After", "Phone"),
        "post": operation(
            "add_candidate",
            "Add a candidate",
            BODY_ERRORS,
            {201: ("The candidate", reference("Candidate"))},
            PHONE_TAKEN,
            body="NewCandidate",
        ),
    },
    "/api/candidates/{id}/": {
        "get": detail_operation("candidate", "Candidate", "candidate"),
        "patch": operation(
            "change_candidate",
            "Change the fields given",
            BODY_ERRORS,
            {200: ("The candidate", reference("Candidate"))},
            not_found("candidate"),
            PHONE_TAKEN,
            body="CandidateChange",
            parameters=("Id",),
        ),
        "delete": operation(
            "delete_candidate",
            "Delete a candidate with the transcripts of their calls, interviews that are over, and mails",
            {
                204: ("Deleted", None),
                409: ("Something needs the candidate yet", ("has_interview", "call_in_progress", "mail_pending")),
            },
            not_found("candidate"),
            parameters=("Id",),
        ),
    },
}
PART = Part(
    paths=PATHS,
    schemas={
        "Candidate": response_schema(CandidateSerializer, Candidate),
        "CandidatePage": page_schema("Candidate"),
        "NewCandidate": request_schema(
            CANDIDATE_FIELDS, required=("name", "phone", "email"), description="A candidate to add."
        ),
        "CandidateChange": request_schema(CANDIDATE_FIELDS, description="What to change."),
        "ListedCandidates": object_schema(LISTED),
    },
    parameters={
        "Candidate": parameter("candidate", ID, "Only those of the candidate with this id."),
        "Phone": parameter("phone", PHONE, "Only the candidate with this number."),
    },
)
