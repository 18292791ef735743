"""What the simulator remembers: each simulated call, and the phones that people have open."""

from enum import StrEnum
from typing import Any

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField
from pymongo.collection import Collection

KEPT_SECONDS = 7 * 24 * 3600
QUEUED, RINGING, IN_PROGRESS = "queued", "ringing", "in-progress"
COMPLETED, BUSY, NO_ANSWER, FAILED, CANCELED = "completed", "busy", "no-answer", "failed", "canceled"
UNDER_WAY = (QUEUED, RINGING, IN_PROGRESS)


class Taking(StrEnum):
    """How a call is taken at the other end."""

    ANSWERS = "answers"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    RINGS_OUT = "rings_out"
    UNREACHABLE = "unreachable"


class SimulatedCall(Document):
    """A call on the simulated network; `status` is one of Twilio's, the id is the call's sid.

    Three write to it, each with conditional updates of its own fields: who orders the call (`hang_up_requested`), the
    person at the other end (`taking`, `phone_id`, `reply`, `asking.begun_at`, `person_hung_up`), and all else by the
    exchange that holds the lease. `is_done` once the last status callback is out.
    """

    meta = {
        "collection": "simulated_calls",
        "strict": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["lease_until"], "partialFilterExpression": {"is_done": False}},
            {"fields": ["status", "placed_at"], "partialFilterExpression": {"is_done": False}},
            ("to", "placed_at"),
            "placed_at",
            {"fields": ["ended_at"], "expireAfterSeconds": KEPT_SECONDS},
        ],
    }

    call_sid = StringField(primary_key=True)
    to = StringField(required=True)
    from_number = StringField(required=True)
    voice_url = StringField(required=True)
    fallback_url = StringField()
    status_url = StringField()
    machine_url = StringField()
    ring_seconds = IntField(required=True)
    limit_seconds = IntField(required=True)

    status = StringField(required=True)
    placed_at = DateTimeField(required=True)
    ringing_at = DateTimeField()
    answered_at = DateTimeField()
    ended_at = DateTimeField()
    duration_seconds = IntField()
    sequence_number = IntField(required=True)  # of the next status callback
    application_error = DictField(default=None)  # code, url, message: what Twilio would have said of our answer

    claimed_by = StringField()
    lease_until = DateTimeField(required=True)
    is_done = BooleanField(required=True)
    hang_up_requested = BooleanField(required=True)

    persona = StringField()
    taking = StringField()
    phone_id = StringField()
    person_hung_up = BooleanField(required=True)
    script = ListField(DictField())  # at, verb, text: our verbs (with attributes) and what the person did
    running = DictField(default=None)  # the entry of the TwiML verb under way
    asking = DictField(default=None)  # the open Gather: see Prompt, and began_at, begun_at
    reply = DictField(default=None)  # number, kind, text, confidence: the person's answer to Gather `number`


class SimulatedPhone(Document):
    """A phone that a person has open, in a terminal or a browser; `to` narrows it to one number's calls."""

    meta = {
        "collection": "simulated_phones",
        "strict": True,
        "auto_create_index": False,
        "indexes": [{"fields": ["seen_at"], "expireAfterSeconds": 3600}],
    }

    phone_id = StringField(primary_key=True)
    to = StringField()
    seen_at = DateTimeField(required=True)


def calls() -> Collection[dict[str, Any]]:
    """Return the collection of simulated calls, for single updates."""
    collection: Collection[dict[str, Any]] = SimulatedCall._get_collection()
    return collection


def phones() -> Collection[dict[str, Any]]:
    """Return the collection of open phones, for single updates."""
    collection: Collection[dict[str, Any]] = SimulatedPhone._get_collection()
    return collection
