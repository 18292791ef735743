"""Which numbers are not to be called, and the key that they are hashed with."""

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

LONGEST_NOTE, LONGEST_SOURCE = 500, 200


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
    source = StringField(required=True, max_length=LONGEST_SOURCE)
    note = StringField(max_length=LONGEST_NOTE)


class Suppression(Document):
    """What was refused of one number, whoever has it; `id` is its keyed hash, and `phone` is in clear until erasure.

    `reason`, `source` and `suppressed_at` are those of the refusal that stands, or stood last. `touched` is raised by
    whoever adds a candidate with the number, so that this and a refusal cannot both go by the other.
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
    source = StringField(required=True, max_length=LONGEST_SOURCE)
    suppressed_at = DateTimeField(required=True)
    history = EmbeddedDocumentListField(SuppressionEvent)
    touched = IntField(default=0)

    def __str__(self) -> str:
        """Tell it from others without telling the number: this stands in the history, which outlasts its erasure."""
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
