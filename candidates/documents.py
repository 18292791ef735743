"""The candidate's document, which holds every call attempt: so one update can check and change both."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import combinations

from django.conf import settings
from mongoengine import (
    DateTimeField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
    ValidationError,
)

from candidates import phones
from candidates.deletion import CandidateQuerySet
from candidates.search import search_words
from config.mongo import fields

MAX_TAGS = 30


class TrackingStatus(StrEnum):
    """What is settled with a candidate; only an active one is called."""

    ACTIVE = "active"
    INTERVIEW_SCHEDULED = "interview_scheduled"
    MAX_ATTEMPTS_REACHED = "max_attempts_reached"
    NOT_INTERESTED = "not_interested"
    DO_NOT_CALL = "do_not_call"
    WRONG_NUMBER = "wrong_number"


# Neither an interview nor a refusal is recorded: a booking, an outcome or a reset may change these
UNDECIDED = (TrackingStatus.ACTIVE.value, TrackingStatus.MAX_ATTEMPTS_REACHED.value)


class Outcome(StrEnum):
    """The outcome of a call. The first three are under way; `unknown` stays until the call is reconciled."""

    PLACING = "placing"
    INITIATED = "initiated"
    IN_PROGRESS = "in_progress"
    INTERVIEW_SCHEDULED = "interview_scheduled"
    CALLBACK_REQUESTED = "callback_requested"
    NO_AGREEMENT = "no_agreement"
    NOT_INTERESTED = "not_interested"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    HUNG_UP = "hung_up"
    UNKNOWN = "unknown"


class Language(StrEnum):
    """The language that the speech recogniser expects, as a BCP 47 tag."""

    INDIAN_ENGLISH = "en-IN"
    AMERICAN_ENGLISH = "en-US"
    BRITISH_ENGLISH = "en-GB"
    AUSTRALIAN_ENGLISH = "en-AU"
    HINDI = "hi-IN"

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").title()


def validate_tags(tags: Sequence[str]) -> None:
    if len(tags) > MAX_TAGS:
        raise ValidationError(f"Must be at most {MAX_TAGS} tags; these are {len(tags)}.")


def validate_phone(text: object) -> None:
    try:
        phones.parse(text)
    except phones.ImpossiblePhone as error:
        raise ValidationError(str(error)) from error


class CallAttempt(EmbeddedDocument):
    """One dial. `ended_at` is empty while it is open; `number` counts from 1 among those that counted."""

    meta = {"strict": True}

    number = IntField(required=True, min_value=1)
    session_id = ObjectIdField(required=True)
    call_sid = StringField(max_length=64)
    initiated_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    duration_seconds = IntField(min_value=0)
    twilio_status = StringField(max_length=20)
    outcome = StringField(required=True, choices=[str(outcome) for outcome in Outcome])
    notes = StringField(max_length=2000)
    error_code = IntField()


class CallTracking(EmbeddedDocument):
    """The candidate's calls. `open_session_id` names the attempt under way: only who sets it may dial."""

    meta = {"strict": True}

    total_attempts = IntField(default=0, min_value=0)
    max_attempts = IntField(default=lambda: settings.MAX_ATTEMPTS, min_value=0, max_value=10)
    status = StringField(
        default=TrackingStatus.ACTIVE.value,
        choices=[str(status) for status in TrackingStatus],
        verbose_name="tracking status",
    )
    last_outcome = StringField(choices=[str(outcome) for outcome in Outcome], verbose_name="last outcome")
    last_attempt_at = DateTimeField(verbose_name="last attempt")
    next_attempt_at = DateTimeField(verbose_name="next attempt")
    open_session_id = ObjectIdField()
    call_history = EmbeddedDocumentListField(CallAttempt)

    @property
    def can_call_again(self) -> bool:
        """Whether the candidate is active with an attempt left; a call may still be under way."""
        return has_attempt_left(self.status, self.total_attempts, self.max_attempts)


def has_attempt_left(status: str, total_attempts: int, max_attempts: int) -> bool:
    return status == TrackingStatus.ACTIVE and total_attempts < max_attempts


def _listed_by(*fields: str) -> list[tuple[str, ...]]:
    """Return one index for each field and each pair of them: what the admin filters by, newest first."""
    return [(*names, "-created_at", "-id") for number in (1, 2) for names in combinations(fields, number)]


class Candidate(Document):
    """A person who applied and is to be called. `phone` is E.164."""

    meta = {
        "collection": "candidates",
        "queryset_class": CandidateQuerySet,
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["phone"], "unique": True},
            ("-created_at", "-id"),
            ("search_words", "-created_at", "-id"),
            ("name", "id"),
            *_listed_by("call_tracking.status", "call_tracking.last_outcome", "position"),
            ("-call_tracking.total_attempts", "-id"),
            "call_tracking.call_history.outcome",
            "call_tracking.call_history.call_sid",
            {
                "fields": ["call_tracking.next_attempt_at"],
                "partialFilterExpression": {"call_tracking.next_attempt_at": {"$exists": True}},
            },
            {
                "fields": ["call_tracking.open_session_id"],
                "partialFilterExpression": {"call_tracking.open_session_id": {"$exists": True}},
            },
        ],
    }

    name = fields.line(max_length=fields.LONGEST_LINE, required=True)
    phone = StringField(required=True, validation=validate_phone)
    email = fields.address()
    position = fields.line(max_length=fields.LONGEST_LINE)
    company = fields.line(max_length=fields.LONGEST_LINE)
    time_zone = StringField(validation=fields.validate_time_zone)
    language = StringField(choices=[(str(language), language.label) for language in Language])
    tags = ListField(fields.line(max_length=fields.LONGEST_TAG), validation=validate_tags)
    notes = fields.notes()
    search_words = ListField(StringField())
    created_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))
    updated_at = DateTimeField(required=True, default=lambda: datetime.now(UTC))
    call_tracking = EmbeddedDocumentField(CallTracking, default=CallTracking)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Trim texts, write the phone as E.164, and derive search words, and zone and language where none is given."""
        for field in ("name", "email", "position", "company", "notes"):
            value = getattr(self, field)
            if isinstance(value, str):
                setattr(self, field, value.strip())
        try:
            number = phones.parse(self.phone)
        except phones.ImpossiblePhone:
            return  # validate_phone reports it, with the other fields' errors
        self.phone = phones.e164(number)
        self.search_words = search_words(self.name, self.email, self.phone, str(number.national_number))
        self.time_zone = self.time_zone or phones.time_zone_of(number) or settings.TIME_ZONE
        self.language = self.language or phones.language_of(number)

    @property
    def first_name(self) -> str:
        return next(iter(self.name.split()), self.name)
