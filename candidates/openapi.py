"""What the API of candidates is, as OpenAPI."""

from candidates.documents import MAX_TAGS, Candidate, Language
from candidates.serializers import CandidateSerializer, ListedCandidateSerializer
from config.api.openapi.answers import OF_A_BODY, OF_A_QUERY
from config.api.openapi.description import Part
from config.api.openapi.operations import listing, missing, operation, parameter, reading
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
    page_of,
    reference,
    shown,
    taken,
    whole,
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
    "candidates": {"type": "array", "items": shown(ListedCandidateSerializer, Candidate)},
    "total": {"type": "integer", "minimum": 0, "description": "How many candidates there are, estimated."},
    "next": NEXT,
}
PHONE_TAKEN = {409: ("Another candidate has this phone number", ("phone_taken",))}

PATHS = {
    "/list-candidates": {
        "get": operation(
            "list_candidates_with_calls",
            "List candidates with every call attempt, the first added first",
            OF_A_QUERY,
            {200: ("A page of candidates", reference("ListedCandidates"))},
            parameters=("Limit", "After"),
        )
    },
    "/api/candidates/": {
        "get": listing("candidates", "Candidate", "After", "Phone"),
        "post": operation(
            "add_candidate",
            "Add a candidate",
            OF_A_BODY,
            {201: ("The candidate", reference("Candidate"))},
            PHONE_TAKEN,
            body="NewCandidate",
        ),
    },
    "/api/candidates/{id}/": {
        "get": reading("candidate", "Candidate", "candidate"),
        "patch": operation(
            "change_candidate",
            "Change the fields given",
            OF_A_BODY,
            {200: ("The candidate", reference("Candidate"))},
            missing("candidate"),
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
            missing("candidate"),
            parameters=("Id",),
        ),
    },
}
PART = Part(
    paths=PATHS,
    schemas={
        "Candidate": shown(CandidateSerializer, Candidate),
        "CandidatePage": page_of("Candidate"),
        "NewCandidate": taken(CANDIDATE_FIELDS, required=("name", "phone", "email"), description="A candidate to add."),
        "CandidateChange": taken(CANDIDATE_FIELDS, description="What to change."),
        "ListedCandidates": whole(LISTED),
    },
    parameters={
        "Candidate": parameter("candidate", ID, "Only those of the candidate with this id."),
        "Phone": parameter("phone", PHONE, "Only the candidate with this number."),
    },
)
