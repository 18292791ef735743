"""The documents of the suppression list: a number with its history, and the key that numbers are hashed with."""

from enum import StrEnum

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    StringField,
)

MAX_NOTE, MAX_SOURCE = 500, 200


class SuppressionReason(StrEnum):
    """Why a number is not to be called: what was said on the phone, or that the office decided so."""

    OPTED_OUT = "opted_out"
    NOT_INTERESTED = "not_interested"
    WRONG_NUMBER = "wrong_number"
    OFFICE = "office"


REASONS = [str(reason) for reason in SuppressionReason]


class SuppressionEvent(EmbeddedDocument):
    """A number put on the list, for a reason, or taken off it, with a note that says why."""

    meta = {"strict": True}

    at = DateTimeField(required=True)
    is_active = BooleanField(required=True)
    reason = StringField(choices=REASONS)
    source = StringField(required=True, max_length=MAX_SOURCE)
    note = StringField(max_length=MAX_NOTE)


class Suppression(Document):
    """One number, whoever has it. `id` is its keyed hash; `phone` is in clear text until it is erased.

    `reason`, `source` and `suppressed_at` are those of the current refusal, or of the last. `touched` counts up when a
    candidate is given the number, so that this and a refusal at the same moment conflict (see services).
    """

    meta = {
        "collection": "suppressions",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            ("-suppressed_at", "-id"),
            ("reason", "-suppressed_at", "-id"),
            ("is_active", "-suppressed_at", "-id"),
            ("is_active", "reason", "-suppressed_at", "-id"),
        ],
    }

    id = StringField(primary_key=True)
    phone = StringField()
    is_active = BooleanField(required=True)
    reason = StringField(required=True, choices=REASONS)
    source = StringField(required=True, max_length=MAX_SOURCE)
    suppressed_at = DateTimeField(required=True)
    history = EmbeddedDocumentListField(SuppressionEvent)
    touched = IntField(default=0)

    def __str__(self) -> str:
        """Name it without the number itself: this is copied into the admin's history, which outlasts the erasure."""
        return f"Number ending in {self.phone[-4:]}" if self.phone else f"Erased number {self.id[:8]}"


class SuppressionKey(Document):
    """The key that numbers are hashed with, made once; it is in every backup and the same on all machines.

    `earlier_written_at` stands where the refusals of before the list were put on it before there were data changes:
    it says when. Nothing writes it any more.
    """

    meta = {"collection": "suppression_keys", "strict": True, "auto_create_index": False}

    id = StringField(primary_key=True)
    key = BinaryField(required=True)
    earlier_written_at = DateTimeField()
