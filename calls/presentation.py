"""What the admin's pages show of calls, read from the stored sessions; nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from calls import dialling, telephony
from calls.documents import ConversationSession
from calls.eligibility import Condition, conditions_of, in_words, zone_of
from calls.sessions import call_sid_of, load_session
from candidates.documents import Candidate, Outcome
from interviews.dialogue.session import Phase
from interviews.documents import Interview, InterviewStatus, Slot, SlotStatus

PHASES: dict[str, str] = {
    Phase.IDENTITY: "Asking for the person",
    Phase.REACHABLE: "Asking where to reach the person",
    Phase.OFFER: "Offering times",
    Phase.WISH: "Asking for a time",
    Phase.CONFIRM: "Confirming a time",
    Phase.CALLBACK: "Asking when to call again",
    Phase.STANDING: "Asking whether to cancel",
    Phase.AGREED: "Agreed",
    Phase.PUT_OFF: "To be called again",
    Phase.HANDED_OVER: "Handed to a person",
    Phase.NO_AGREEMENT: "No agreement",
    Phase.NOT_INTERESTED: "Not interested",
    Phase.OPTED_OUT: "Opted out",
    Phase.WRONG_NUMBER: "Wrong number",
    Phase.VOICEMAIL: "Voicemail",
}
# What a call can have come to; the others are an attempt's, while it is under way
ENDINGS = [
    outcome
    for outcome in Outcome
    if outcome not in {Outcome.PLACING, Outcome.INITIATED, Outcome.IN_PROGRESS, Outcome.UNKNOWN}
]


class ShownTurn(NamedTuple):
    """One exchange: what was heard of them (None at the greeting), and what we said, `meanwhile` to hold the line."""

    number: int
    at: datetime
    heard: str | None
    keys: str | None
    cue: str
    confidence: str
    also_heard: list[str]
    meanwhile: list[str]
    said: list[str]


class TimelineEntry(NamedTuple):
    """A status of the call, and how long after its start."""

    words: str
    at: datetime
    after: str


class Offer(NamedTuple):
    """An offered time, in the person's own zone, and what became of it."""

    local: str
    became: str
    is_booked: bool


@dataclass(frozen=True, slots=True)
class CallPage:
    """All that the page of one call shows; `stored` is the session's document."""

    stored: dict[str, Any]
    candidate: Candidate | None
    interview: Interview | None
    call_sid: str | None
    turns: list[ShownTurn]
    timeline: list[TimelineEntry]
    offers: list[Offer]

    @property
    def id(self) -> str:
        return str(self.stored["_id"])

    @property
    def name(self) -> str:
        """The candidate's name, as it was on the call where the candidate is gone."""
        return self.candidate.name if self.candidate else _person(self.stored).get("name", "")

    @property
    def is_over(self) -> bool:
        return bool(self.stored.get("ended_at"))

    @property
    def outcome(self) -> str:
        return outcome_in_words(self.stored.get("outcome"))

    @property
    def phase(self) -> str:
        """How far the conversation got, in words."""
        return phase_in_words(self.stored["phase"], self.stored.get("answered_at"))

    @property
    def duration(self) -> str:
        """How long the call lasted, from being answered."""
        return duration_in_words(self.stored.get("duration_seconds"))

    @property
    def confidence(self) -> str:
        """How sure the recogniser was, on average."""
        sure = [turn["confidence"] for turn in self.stored.get("turns", ()) if turn.get("confidence") is not None]
        return percent(sum(sure) / len(sure)) if sure else ""

    @property
    def interview_in_words(self) -> str:
        """When the interview is, in its own zone, and how it stands."""
        if self.interview is None:
            return ""
        at = self.interview.starts_at.astimezone(zone_of(self.interview.time_zone))
        return f"Interview on {in_words(at)}: {self.interview.status.replace('_', ' ')}"

    @property
    def evidence_sureness(self) -> str:
        """How sure the recogniser was of the answer that the booking rests on."""
        return percent(self.interview.evidence.confidence if self.interview and self.interview.evidence else None)


def call_page(session_id: object) -> CallPage:
    """Return what the page of a call shows. :raises SessionNotFound:"""
    stored = load_session(session_id)
    interview = Interview.objects(session_id=stored["_id"]).no_dereference().order_by("-created_at").first()
    return CallPage(
        stored=stored,
        candidate=Candidate.objects(id=stored["candidate"]).first(),
        interview=interview,
        call_sid=call_sid_of(stored),
        turns=[_turn(turn) for turn in stored.get("turns", ())],
        timeline=_timeline(stored),
        offers=_offers(stored, interview),
    )


def _person(stored: dict[str, Any]) -> dict[str, Any]:
    return stored.get("dialogue", {}).get("person", {})


def _turn(turn: dict[str, Any]) -> ShownTurn:
    is_ours_alone = not turn["number"]
    heard = None if is_ours_alone else turn.get("heard") or ""
    cue = (turn.get("cue") or "").replace("_", " ")
    confidence = percent(turn.get("confidence"))
    words = {name: turn.get(name, []) for name in ("also_heard", "meanwhile", "said")}
    return ShownTurn(turn["number"], turn["at"], heard, turn.get("keys"), cue, confidence, **words)


def _timeline(stored: dict[str, Any]) -> list[TimelineEntry]:
    """Return the statuses between our asking for the call and our closing it."""
    reported = [(event["status"].replace("-", " "), event["at"]) for event in stored.get("statuses", ())]
    closing = [("recorded as over", stored["ended_at"])] if stored.get("ended_at") else []
    started_at = stored["started_at"]
    return [
        TimelineEntry(words.capitalize(), at, f"+{duration_in_words(max(0, round((at - started_at).total_seconds())))}")
        for words, at in [("asked for", started_at), *reported, *closing]
    ]


def _offers(stored: dict[str, Any], interview: Interview | None) -> list[Offer]:
    offered = stored.get("offered", ())
    slots = Slot.objects.in_bulk([each["slot_id"] for each in offered])
    zone = zone_of(_person(stored).get("time_zone"))
    return [
        Offer(
            local=in_words(each["starts_at"].astimezone(zone)),
            became=_became(slots.get(each["slot_id"]), each["slot_id"], stored["_id"], interview),
            is_booked=bool(interview and interview.slot.id == each["slot_id"]),
        )
        for each in offered
    ]


def _became(slot: Slot | None, slot_id: ObjectId, session_id: ObjectId, interview: Interview | None) -> str:
    if interview and interview.slot.id == slot_id:
        later = interview.status.replace("_", " ")
        return "Booked on this call" + (
            "" if interview.status == InterviewStatus.CONFIRMED else f"; since then {later}"
        )
    if slot is None:
        return "Deleted since"
    if slot.status == SlotStatus.HELD and slot.held_by == session_id:
        return "Held for this call"
    return {
        SlotStatus.OPEN: "Free",
        SlotStatus.HELD: "Held for another call",
        SlotStatus.BOOKED: "Booked by somebody else",
        SlotStatus.WITHDRAWN: "Withdrawn",
    }[SlotStatus(slot.status)]


def add_names_and_confidence(rows: Iterable[Any]) -> None:
    """Give each listed call its candidate's name, and how sure the recogniser was on average; two queries for all."""
    rows = list(rows)
    ids, candidates = [ObjectId(row.pk) for row in rows], [ObjectId(row.candidate_id) for row in rows]
    shown = {"person": "$dialogue.person.name", "confidence": {"$avg": "$turns.confidence"}}
    pipeline = [{"$match": {"_id": {"$in": ids}}}, {"$project": shown}]
    found = {str(each["_id"]): each for each in ConversationSession._get_collection().aggregate(pipeline)}
    named = Candidate._get_collection().find({"_id": {"$in": candidates}}, {"name": 1})
    names = {str(each["_id"]): each["name"] for each in named}
    for row in rows:
        of_call = found.get(row.pk, {})
        row.person_name = names.get(row.candidate_id) or f"{of_call.get('person', '')} (deleted)".strip()
        row.confidence = percent(of_call.get("confidence"))


def conditions(candidate: Candidate, now: datetime) -> tuple[Condition, ...]:
    """Return the conditions of a call at that time: by the settings, the switch, and the day's bounds."""
    refusal = dialling.standing(now=now).refusal
    return conditions_of(candidate, line=telephony.line(), why_closed=refusal.reason if refusal else "")


def outcome_in_words(outcome: str | None) -> str:
    """Return an outcome in words; a call without one is under way."""
    return outcome.replace("_", " ").capitalize() if outcome else "Under way"


def phase_in_words(phase: str, answered_at: datetime | None) -> str:
    """Return how far a conversation got."""
    if phase == Phase.IDENTITY and answered_at is None:
        return "Not answered"
    return PHASES.get(phase) or phase.capitalize()


def duration_in_words(seconds: int | None) -> str:
    """Write a number of seconds as minutes and seconds, such as 1:05; nothing where there is none."""
    return "" if seconds is None else str(timedelta(seconds=seconds)).removeprefix("0:").removeprefix("0")


def percent(share: float | None) -> str:
    """Write a share of one as a percentage; nothing where there is none."""
    return "" if share is None else f"{share:.0%}"
