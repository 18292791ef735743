"""One turn of a conversation, with the work it asks for: slots searched and held, a slot booked, a call back agreed."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.utils.module_loading import import_string

from calls import records
from calls.schedule import CallingHours, time_to_call_back
from calls.twiml import ANSWER_SECONDS, HOLD_SECONDS, Input, Keys, Machine, Reply, Speech
from interviews import services as interviews
from interviews.dialogue import engine, wording
from interviews.dialogue.engine import Step
from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Event,
    Heard,
    MachineAnswered,
    Pressed,
    Silence,
    SlotGone,
    SlotsFound,
)
from interviews.dialogue.session import Offered, Phase, Session
from interviews.dialogue.table import Effect
from interviews.documents import Evidence
from interviews.understanding.meaning import Understanding, Utterance


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn led to: the state after it, the reply, and the cue that what was heard meant."""

    session: Session
    reply: Reply
    cue: str | None


@cache
def understanding() -> Understanding:
    """Return what the setting UNDERSTANDING names."""
    return import_string(settings.UNDERSTANDING)()


def calling_hours() -> CallingHours:
    """Return the hours that the settings allow."""
    return CallingHours(settings.CALLING_FROM_HOUR, settings.CALLING_TO_HOUR)


def begin(stored: dict[str, Any], heard: Input) -> Answer:
    """Greet; or, where a machine took the call, end it."""
    session = records.session_from(stored)
    if isinstance(heard, Machine):
        return _answer(engine.step(session, MachineAnswered()))
    return _answer(engine.begin(session))


def answer(stored: dict[str, Any], heard: Input, *, now: datetime) -> Answer:
    """Take what was heard, do what follows from it, and return what to say.

    :raises interviews.services.CandidateNotBookable: the candidate may not be booked any more.
    """
    session = records.session_from(stored)
    event = _event(stored, session, heard, now)
    taken = engine.advance(session, event, lambda taken: _perform(taken, stored, heard, now))
    if session.phase is Phase.CONFIRM and taken.session.phase is not Phase.AGREED:
        taken = _as_booked(session, stored) or taken
    return _answer(taken)


def _as_booked(session: Session, stored: dict[str, Any]) -> Step | None:
    """Return the step that tells of a booking already saved: the request with its yes broke, and we asked again."""
    booked = str(interviews.booked_slot(session_id=stored["_id"]))
    chosen = next((index for index, slot in enumerate(session.offered) if slot.slot_id == booked), None)
    if chosen is None:
        return None
    return engine.step(replace(session, phase=Phase.BOOKING, chosen=chosen), Booked())


def _answer(taken: Step) -> Answer:
    session = taken.session
    reply = Reply(
        said=taken.words,
        ends=session.has_ended,
        hints=() if session.has_ended else wording.hints(session),
        wait_seconds=HOLD_SECONDS if taken.effect is Effect.WAIT else ANSWER_SECONDS,
        is_slow=session.is_slow,
    )
    return Answer(session, reply, taken.cue.value if taken.cue else None)


def _event(stored: dict[str, Any], session: Session, heard: Input, now: datetime) -> Event:
    match heard:
        case Speech(text, confidence, is_cut):
            utterance = Utterance(
                text=text,
                now=now,
                time_zone=session.person.time_zone,
                offered=tuple(session.offered[index].starts_at for index in session.options),
                asked=_last_words(stored),
                confidence=confidence,
                country=stored.get("country"),
            )
            meaning = understanding().understand(utterance)
            return Heard(replace(meaning, is_cut=meaning.is_cut or is_cut))
        case Keys(digits) if digits:
            return Pressed(digits)
        case Machine():
            return MachineAnswered()
    return Silence()


def _perform(taken: Step, stored: dict[str, Any], heard: Input, now: datetime) -> Event:
    session, session_id = taken.session, stored["_id"]
    if taken.effect is Effect.FIND:
        found = interviews.hold_slots(
            session_id=session_id,
            wish=session.wish,
            time_zone=session.person.time_zone,
            now=now,
            is_first=not session.offered,
        )
        return SlotsFound(tuple(Offered(str(slot.id), slot.starts_at) for slot in found.slots), found.as_wished)
    if taken.effect is Effect.SCHEDULE:
        return CallBackSet(_call_back_at(session, stored, now))
    try:
        interviews.book_slot(
            slot_id=ObjectId(session.choice.slot_id),
            candidate_id=stored["candidate"],
            session_id=session_id,
            evidence=_evidence(stored, heard, now),
            time_zone=session.person.time_zone,
            now=now,
        )
    except interviews.SlotGone:
        return SlotGone()
    return Booked()


def _call_back_at(session: Session, stored: dict[str, Any], now: datetime) -> datetime | None:
    if not stored["may_call_again"]:
        return None
    return time_to_call_back(session.wish, now=now, hours=calling_hours(), time_zone=session.person.time_zone)


def _evidence(stored: dict[str, Any], heard: Input, now: datetime) -> Evidence:
    said = heard.text if isinstance(heard, Speech) else f"key {heard.digits}" if isinstance(heard, Keys) else ""
    return Evidence(
        question=_last_words(stored),
        answer=said,
        confidence=heard.confidence if isinstance(heard, Speech) else None,
        call_sid=stored.get("call_sid"),
        at=now,
    )


def _last_words(stored: dict[str, Any]) -> str:
    return " ".join(stored["turns"][-1]["said"])
