"""Describes the endpoints of the suppression list in OpenAPI."""

from candidates.suppression.documents import MAX_NOTE, REASONS, Suppression, SuppressionReason
from candidates.suppression.serializers import SuppressionSerializer
from config.api.openapi.description import Part
from config.api.openapi.operations import AFTER, list_operation, operation, parameter
from config.api.openapi.responses import BODY_ERRORS
from config.api.openapi.schemas import (
    FILLED_LINE,
    PHONE,
    Schema,
    page_schema,
    reference,
    request_schema,
    response_schema,
)

NUMBER_ID: Schema = {"type": "string", "format": "number-id", "pattern": "^[0-9a-f]{64}$"}
SUPPRESSION_FIELDS: dict[str, Schema] = {
    "phone": PHONE,
    "reason": {"type": "string", "enum": REASONS, "default": SuppressionReason.OFFICE.value},
}
LIFT_FIELDS: dict[str, Schema] = {
    "note": {"type": "string", "minLength": 1, "maxLength": MAX_NOTE, "pattern": FILLED_LINE}
}
FOUND = {200: ("What is kept of the number", reference("Suppression"))}
MISSING = {404: ("Nothing is kept of such a number", ("suppression_not_found",))}

PATHS = {
    "/api/suppression/": {
        "get": list_operation("suppressions", "Suppression", "AfterNumber", "Number"),
        "post": operation(
            "suppress_number",
            "Put a number on the suppression list; whoever has it is not called again",
            BODY_ERRORS,
            {201: ("What is kept of the number", reference("Suppression"))},
            body="NewSuppression",
        ),
    },
    "/api/suppression/{id}/": {
        "get": operation("get_suppression", "Show what is kept of a number", FOUND, MISSING, parameters=("NumberId",))
    },
    "/api/suppression/{id}/lift/": {
        "post": operation(
            "lift_suppression",
            "Take a number off the list; whoever has it may be called again",
            BODY_ERRORS,
            FOUND,
            MISSING,
            {409: ("The number is not on the list", ("not_suppressed",))},
            body="Lift",
            parameters=("NumberId",),
        )
    },
}
PART = Part(
    paths=PATHS,
    schemas={
        "Suppression": response_schema(SuppressionSerializer, Suppression),
        "SuppressionPage": page_schema("Suppression"),
        "NewSuppression": request_schema(
            SUPPRESSION_FIELDS, required=("phone",), description="A number to put on the list."
        ),
        "Lift": request_schema(LIFT_FIELDS, required=("note",), description="Why the number is taken off the list."),
    },
    parameters={
        "NumberId": parameter("id", NUMBER_ID, "The keyed hash of the number.", location="path"),
        "AfterNumber": parameter("after", {"type": "string", "format": "number-page-key"}, AFTER),
        "Number": parameter("phone", PHONE, "Only this number, also where it is erased."),
    },
)
