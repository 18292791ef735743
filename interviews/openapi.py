"""What the API of slots and interviews is, as OpenAPI."""

from config.api.openapi.description import Part
from config.api.openapi.operations import detail_operation, list_operation, not_found, operation, parameter
from config.api.openapi.responses import BODY_ERRORS
from config.api.openapi.schemas import (
    DATE_TIME,
    EMAIL,
    NAME,
    Schema,
    page_schema,
    reference,
    request_schema,
    response_schema,
)
from interviews.documents import Interview, Slot, SlotStatus
from interviews.serializers import InterviewSerializer, SlotSerializer

SLOT_FIELDS: dict[str, Schema] = {
    "interviewer_name": NAME | {"examples": ["Priya Sharma"]},
    "interviewer_email": EMAIL,
    "starts_at": DATE_TIME | {"description": "With its offset from UTC; in the future, and within two years."},
    "ends_at": DATE_TIME | {"description": "With its offset from UTC; after it starts, and within a day."},
}

PATHS = {
    "/api/slots/": {
        "get": list_operation("slots", "Slot", "AfterTime", "SlotStatus"),
        "post": operation(
            "add_slot",
            "Offer a time",
            BODY_ERRORS,
            {201: ("The slot", reference("Slot")), 409: ("The interviewer has a slot then", ("slot_taken",))},
            body="NewSlot",
        ),
    },
    "/api/slots/{id}/": {
        "get": detail_operation("slot", "Slot", "slot"),
        "delete": operation(
            "withdraw_slot",
            "Withdraw a slot that is not booked; it stays, as withdrawn",
            {204: ("Withdrawn", None), 409: ("The slot is booked", ("slot_booked",))},
            not_found("slot"),
            parameters=("Id",),
        ),
    },
    "/api/interviews/": {"get": list_operation("interviews", "Interview", "AfterTime", "Candidate")},
    "/api/interviews/{id}/": {"get": detail_operation("interview", "Interview", "interview")},
}
PART = Part(
    paths=PATHS,
    schemas={
        "Slot": response_schema(SlotSerializer, Slot),
        "SlotPage": page_schema("Slot"),
        "NewSlot": request_schema(SLOT_FIELDS, required=tuple(SLOT_FIELDS), description="A time to offer."),
        "Interview": response_schema(InterviewSerializer, Interview),
        "InterviewPage": page_schema("Interview"),
    },
    parameters={
        "SlotStatus": parameter(
            "status", {"enum": [str(status) for status in SlotStatus]}, "Only those of this status."
        ),
    },
)
