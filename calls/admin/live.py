"""What a call's page follows: whether it has changed, by one small query for all viewers, and how the call stands."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from time import monotonic
from typing import Any, NamedTuple, Self

from bson import ObjectId
from django.utils.crypto import constant_time_compare, salted_hmac

from calls.documents import ConversationSession
from calls.presentation import PHASES, duration_in_words, outcome_in_words
from config.mongo.ids import object_id
from interviews.dialogue.session import ENDS
from interviews.documents import Interview, Slot

# Between two looks of a page, and how long its viewers share one: together less than the second that all may take
POLL_MILLISECONDS = 800
SHARED_SECONDS = 0.15
MAX_CALLS = 512  # whose versions a process remembers

UNANSWERED = {
    "": "Being placed",
    "queued": "Waiting to be dialled",
    "initiated": "Dialling",
    "ringing": "Ringing",
    "in-progress": "Answered",
}
# Everything on the page that changes by itself is behind one of these
WATCHED = {
    **dict.fromkeys(("phase", "turn_number", "twilio_status", "call_sid", "outcome"), 1),
    **dict.fromkeys(("answered_at", "ended_at", "recorded_at"), 1),
    **dict.fromkeys(("slots._id", "slots.status", "slots.held_by"), 1),
    **dict.fromkeys(("interviews._id", "interviews.status"), 1),
    "statuses": {"$size": {"$ifNull": ["$statuses", []]}},
}


class Version(NamedTuple):
    """A digest that differs whenever the call's page would, and whether it will never differ again."""

    digest: str
    is_final: bool

    def mark(self, sign_in: str | None) -> str:
        """Return what a page that was shown this version can name as proof; no other sign-in (its session key) can.

        Who names it may be answered that nothing has changed, without another look at what they may see.
        """
        return salted_hmac("calls.live", f"{sign_in}:{self.digest}", algorithm="sha256").hexdigest()[:32]

    def is_shown(self, *, mark: str, sign_in: str | None) -> bool:
        """Return whether a page of this sign-in shows this version already."""
        is_somewhere = bool(self.digest and sign_in)
        return is_somewhere and constant_time_compare(mark, self.mark(sign_in))


NOWHERE = Version("", False)


class Seen(NamedTuple):
    """What a page shows already: how many turns, which buttons, whether that the call is over, and its version."""

    turns: int
    buttons: str
    is_over: bool
    mark: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Read it from what the page sends; where that is nonsense, it has seen nothing."""
        turns = query.get("turns", "")
        count = int(turns) if re.fullmatch(r"[0-9]{1,6}", turns) else 0
        return cls(count, query.get("buttons", ""), bool(query.get("over")), query.get("mark", ""))


class State(NamedTuple):
    """How a call stands, in words, and for how many seconds it has: ringing, or talking. None where it is over."""

    words: str
    seconds: int | None

    @property
    def clock(self) -> str:
        return duration_in_words(self.seconds)


def version_of(session_id: object) -> Version:
    """Return the version of a call; those who ask at about the same time share the answer.

    Of a call that is not there, it is one that no page shows.
    """
    key = object_id(session_id)
    return _look(key, int(monotonic() / SHARED_SECONDS)) if key else NOWHERE


@lru_cache(maxsize=MAX_CALLS)
def _look(session_id: ObjectId, moment: int) -> Version:
    """Look a call up; what is cached is of this moment."""
    slots = {"from": Slot._get_collection_name(), "localField": "offered.slot_id", "foreignField": "_id", "as": "slots"}
    interviews = {
        "from": Interview._get_collection_name(),
        "localField": "_id",
        "foreignField": "session_id",
        "as": "interviews",
    }
    pipeline = [{"$match": {"_id": session_id}}, {"$lookup": slots}, {"$lookup": interviews}, {"$project": WATCHED}]
    found = next(iter(ConversationSession._get_collection().aggregate(pipeline)), None)
    if found is None:
        return NOWHERE
    return Version(blake2b(repr(found).encode(), digest_size=8).hexdigest(), is_final(found))


def is_final(stored: Mapping[str, Any]) -> bool:
    """Return whether a stored session is over, and reported to everybody whom it concerns."""
    return bool(stored.get("ended_at") and stored.get("recorded_at"))


def state_of(stored: Mapping[str, Any], *, now: datetime) -> State:
    """Return how a stored session stands."""
    if stored.get("ended_at"):
        return State(f"Over: {outcome_in_words(stored.get('outcome')).lower()}", None)
    answered_at, phase = stored.get("answered_at"), stored["phase"]
    if answered_at is None:
        statuses = stored.get("statuses") or [{"status": "", "at": stored["started_at"]}]
        words = UNANSWERED.get(stored.get("twilio_status", ""), "Ending")
        return State(words, _seconds(statuses[-1]["at"], now))
    words = PHASES.get(phase, "Looking for times")
    return State(f"{words}: saying goodbye" if phase in ENDS else words, _seconds(answered_at, now))


def _seconds(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))
