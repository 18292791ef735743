"""What the API of slots and interviews is, as OpenAPI."""

from config.api.openapi.answers import OF_A_BODY
from config.api.openapi.description import Part
from config.api.openapi.operations import listing, missing, operation, parameter, reading
from config.api.openapi.schemas import EMAIL, MOMENT, NAME, Schema, page_of, reference, shown, taken
from interviews.documents import Interview, Slot, SlotStatus
from interviews.serializers import InterviewSerializer, SlotSerializer

SLOT_FIELDS: dict[str, Schema] = {
    "interviewer_name": NAME | {"examples": ["Priya Sharma"]},
    "interviewer_email": EMAIL,
    "starts_at": MOMENT | {"description": "With its offset from UTC; in the future, and within two years."},
    "ends_at": MOMENT | {"description": "With its offset from UTC; after it starts, and within a day."},
}

PATHS = {
    "/api/slots/": {
        "get": listing("slots", "Slot", "AfterTime", "SlotStatus"),
        "post": operation(
            "add_slot",
            "Offer a time",
            OF_A_BODY,
            {201: ("The slot", reference("Slot")), 409: ("The interviewer has a slot then", ("slot_taken",))},
            body="NewSlot",
        ),
    },
    "/api/slots/{id}/": {
        "get": reading("slot", "Slot", "slot"),
        "delete": operation(
            "withdraw_slot",
            "Withdraw a slot that is not booked; it stays, as withdrawn",
            {204: ("Withdrawn", None), 409: ("The slot is booked", ("slot_booked",))},
            missing("slot"),
            parameters=("Id",),
        ),
    },
    "/api/interviews/": {"get": listing("interviews", "Interview", "AfterTime", "Candidate")},
    "/api/interviews/{id}/": {"get": reading("interview", "Interview", "interview")},
}
PART = Part(
    paths=PATHS,
    schemas={
        "Slot": shown(SlotSerializer, Slot),
        "SlotPage": page_of("Slot"),
        "NewSlot": taken(SLOT_FIELDS, required=tuple(SLOT_FIELDS), description="A time to offer."),
        "Interview": shown(InterviewSerializer, Interview),
        "InterviewPage": page_of("Interview"),
    },
    parameters={
        "SlotStatus": parameter(
            "status", {"enum": [str(status) for status in SlotStatus]}, "Only those of this status."
        ),
    },
)
