"""What is said in a call, and what the phone service reported of it."""

from datetime import UTC, datetime

from mongoengine import (
    CASCADE,
    BooleanField,
    DateTimeField,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    FloatField,
    IntField,
    ListField,
    ObjectIdField,
    ReferenceField,
    StringField,
)

from candidates.documents import Candidate, Outcome
from interviews.dialogue.session import Phase


class Turn(EmbeddedDocument):
    """One thing heard and our answer; number 0 is our greeting. `hints`, `ends` and `wait_seconds` shape the reply.

    `is_cut` where more was heard than is kept; `also_heard` is what came for the turn once it had its answer;
    `meanwhile` is what the caller on hold heard before our answer.
    """

    meta = {"strict": True}

    number = IntField(required=True, min_value=0)
    at = DateTimeField(required=True)
    heard = StringField()
    keys = StringField()
    confidence = FloatField()
    is_cut = BooleanField()
    also_heard = ListField(StringField(), default=None)
    cue = StringField()
    meanwhile = ListField(StringField(), default=None)
    said = ListField(StringField())
    hints = ListField(StringField())
    wait_seconds = IntField()
    is_slow = BooleanField()
    ends = BooleanField()


class OfferedSlot(EmbeddedDocument):
    """A slot as it was offered on the call."""

    meta = {"strict": True}

    slot_id = ObjectIdField(required=True)
    starts_at = DateTimeField(required=True)


class StatusEvent(EmbeddedDocument):
    """One status callback, in the order the phone service fired them."""

    meta = {"strict": True}

    sequence = IntField(required=True)
    status = StringField(required=True)
    at = DateTimeField(required=True)


class ConversationSession(Document):
    """What is said in one call. `turn_number` is the number of the next turn: who raises it has taken the turn.

    `phone` is the number that was called. `phase`, `offered` and `dialogue` are the state of the conversation;
    `recorded_at` is set once the outcome stands on the candidate.
    """

    meta = {
        "collection": "sessions",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["call_sid"],
                "unique": True,
                "partialFilterExpression": {"call_sid": {"$exists": True}},
            },
            ("-started_at", "-id"),
            ("-started_at", "outcome", "attempt_number"),
            ("candidate", "-started_at", "-id"),
            ("outcome", "-started_at", "-id"),
            ("phase", "-started_at", "-id"),
            ("outcome", "phase", "-started_at", "-id"),
            ("ended_at", "recorded_at"),
        ],
    }

    candidate = ReferenceField(Candidate, required=True, reverse_delete_rule=CASCADE)
    phone = StringField(max_length=20)
    attempt_number = IntField(required=True)
    may_call_again = BooleanField(required=True)
    call_sid = StringField(max_length=64)
    phase = StringField(default=Phase.IDENTITY.value, choices=[str(phase) for phase in Phase])
    offered = EmbeddedDocumentListField(OfferedSlot)
    dialogue = DictField(required=True)
    language = StringField(required=True)
    country = StringField()
    turn_number = IntField(default=0)
    turns = EmbeddedDocumentListField(Turn)
    statuses = EmbeddedDocumentListField(StatusEvent)
    twilio_status = StringField()
    last_sequence = IntField(default=-1)
    outcome = StringField(choices=[str(outcome) for outcome in Outcome])
    notes = StringField()
    started_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))
    answered_at = DateTimeField()
    ended_at = DateTimeField()
    duration_seconds = IntField()
    recorded_at = DateTimeField()

    def __str__(self) -> str:
        return f"Call of {self.started_at:%d %b %Y, %H:%M} UTC"


class Dialling(Document):
    """The switch that stops all dialling, and what the day has used up; there is one. Where there is none, it is on.

    `day` is in the project's time zone. `minutes` are those of the day's calls that are over; those of `under_way`, by
    session, count with one each.
    """

    meta = {"collection": "dialling", "strict": True, "auto_create_index": False}

    id = StringField(primary_key=True)
    is_on = BooleanField(default=True)
    changed_by = StringField()
    changed_at = DateTimeField()
    reason = StringField()
    day = StringField()
    calls = IntField()
    minutes = IntField()
    under_way = ListField(ObjectIdField())
