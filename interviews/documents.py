"""The stored documents of slots, interviews and mails."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mongoengine import (
    CASCADE,
    DENY,
    DateTimeField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    FloatField,
    IntField,
    ObjectIdField,
    ReferenceField,
    StringField,
    ValidationError,
)

from candidates.documents import Candidate
from config.mongo import fields

# A search for overlapping slots looks back no further than this, so no slot may be longer
LONGEST_SLOT = timedelta(days=1)


class SlotStatus(StrEnum):
    """A held slot is being offered on a call; from `held_until` on it counts as open."""

    OPEN = "open"
    HELD = "held"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"


class InterviewStatus(StrEnum):
    """What became of a booked interview."""

    CONFIRMED = "confirmed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


class DeliveryStatus(StrEnum):
    """A mail that is `sending` is claimed by a job, which marks it or loses the claim when `due_at` comes."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Slot(Document):
    """A time that an interviewer offers."""

    meta = {
        "collection": "slots",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["interviewer_email", "starts_at"], "unique": True},
            ("-starts_at", "-id"),
            ("status", "-starts_at", "-id"),
            ("interviewer_email", "-starts_at", "-id"),
            ("interviewer_email", "status", "-starts_at", "-id"),
            {"fields": ["held_by"], "partialFilterExpression": {"held_by": {"$exists": True}}},
            {"fields": ["held_until"], "partialFilterExpression": {"held_until": {"$exists": True}}},
        ],
    }

    interviewer_name = fields.line(max_length=fields.LONGEST_LINE, required=True)
    interviewer_email = fields.address()
    starts_at = DateTimeField(required=True)
    ends_at = DateTimeField(required=True)
    status = StringField(default=SlotStatus.OPEN.value, choices=[str(status) for status in SlotStatus])
    held_by = ObjectIdField()
    held_until = DateTimeField()
    created_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))

    def __str__(self) -> str:
        return f"{self.interviewer_name}, {self.starts_at:%a %d %b %Y %H:%M} UTC"

    def clean(self) -> None:
        """Normalise the interviewer. :raises ValidationError: the slot ends before it starts, or lasts over a day."""
        self.interviewer_name = (self.interviewer_name or "").strip()
        self.interviewer_email = (self.interviewer_email or "").strip().lower()
        if self.starts_at and self.ends_at and not timedelta() < self.ends_at - self.starts_at <= LONGEST_SLOT:
            message = "A slot must end after it starts, and within a day."
            raise ValidationError(message, errors={"ends_at": ValidationError(message, field_name="ends_at")})


class InterviewerDay(Document):
    """One UTC day of one interviewer, written to by every transaction that adds a slot on it or opens one again.

    MongoDB has no index that forbids overlapping times. Two transactions that both write this document conflict, so one
    of them runs again and sees the slot of the other. The document is needed only while slots can be added on that day.
    """

    meta = {
        "collection": "interviewer_days",
        "strict": True,
        "auto_create_index": False,
        # The server deletes it two days after the day began
        "indexes": [{"fields": ["day"], "expireAfterSeconds": 2 * 24 * 3600}],
    }

    id = StringField(primary_key=True)
    day = DateTimeField(required=True)
    version = IntField(required=True)

    def __str__(self) -> str:
        return str(self.id)


class Evidence(EmbeddedDocument):
    """The candidate's yes: our question, their words or digits, and the recogniser's confidence (0 to 1)."""

    meta = {"strict": True}

    question = StringField(required=True, verbose_name="question")
    answer = StringField(required=True, verbose_name="answer")
    confidence = FloatField(verbose_name="confidence")
    call_sid = StringField(max_length=64)
    at = DateTimeField(required=True)


class Delivery(EmbeddedDocument):
    """A mail to be sent, or sent. It keeps its `message_id`, so that readers can tell a repeated delivery."""

    meta = {"strict": True}

    status = StringField(
        default=DeliveryStatus.PENDING.value, choices=[str(status) for status in DeliveryStatus], verbose_name="status"
    )
    tries = IntField(default=0, verbose_name="tries")
    due_at = DateTimeField()
    sent_at = DateTimeField()
    message_id = StringField(verbose_name="Message-ID")
    error = StringField(verbose_name="last error")


class Cancellation(EmbeddedDocument):
    """Why and when an interview was cancelled; the candidate is never given the reason."""

    meta = {"strict": True}

    reason = fields.line(max_length=500, required=True)
    at = DateTimeField(required=True)


class Interview(Document):
    """A booked slot. Two unique indexes allow one confirmed interview for a slot, and one for a candidate.

    The interviewer is copied from the slot, where it never changes, so that lists can be filtered by an index.
    """

    meta = {
        "collection": "interviews",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["slot"],
                "name": "one_confirmed_for_a_slot",
                "unique": True,
                "partialFilterExpression": {"status": InterviewStatus.CONFIRMED.value},
            },
            {
                "fields": ["candidate"],
                "name": "one_confirmed_for_a_candidate",
                "unique": True,
                "partialFilterExpression": {"status": InterviewStatus.CONFIRMED.value},
            },
            "session_id",
            ("-starts_at", "-id"),
            ("status", "-starts_at", "-id"),
            ("interviewer_email", "-starts_at", "-id"),
            ("interviewer_email", "status", "-starts_at", "-id"),
            ("candidate", "-starts_at"),
            ("-invitation.due_at", "-id"),
            ("invitation.status", "-invitation.due_at", "-id"),
            ("-notice.due_at", "-id"),
            ("notice.status", "-notice.due_at", "-id"),
        ],
    }

    candidate = ReferenceField(Candidate, required=True, reverse_delete_rule=CASCADE)
    slot = ReferenceField(Slot, required=True, reverse_delete_rule=DENY)
    session_id = ObjectIdField()
    interviewer_name = StringField()
    interviewer_email = StringField()
    starts_at = DateTimeField(required=True)
    ends_at = DateTimeField(required=True)
    time_zone = StringField(required=True, validation=fields.validate_possible_time_zone)
    status = StringField(default=InterviewStatus.CONFIRMED.value, choices=[str(status) for status in InterviewStatus])
    evidence = EmbeddedDocumentField(Evidence)
    ics_uid = StringField(required=True, verbose_name="UID")
    ics_sequence = IntField(default=0, verbose_name="sequence")
    invitation = EmbeddedDocumentField(Delivery)
    notice = EmbeddedDocumentField(Delivery)
    cancellation = EmbeddedDocumentField(Cancellation)
    created_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))

    def __str__(self) -> str:
        return f"Interview on {self.starts_at:%a %d %b %Y at %H:%M} UTC"


class FollowUp(Document):
    """The mail promised at the end of a call without an agreed time; at most one for a session."""

    meta = {
        "collection": "follow_ups",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["session_id"], "unique": True},
            "candidate",
            ("-delivery.due_at", "-id"),
            ("delivery.status", "-delivery.due_at", "-id"),
        ],
    }

    candidate = ReferenceField(Candidate, required=True, reverse_delete_rule=CASCADE)
    session_id = ObjectIdField(required=True)
    delivery = EmbeddedDocumentField(Delivery, required=True)
    created_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))

    def __str__(self) -> str:
        return f"Follow-up of a call on {self.created_at:%a %d %b %Y}"
