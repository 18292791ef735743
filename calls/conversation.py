"""One turn of a conversation, with the work it asks for: slots searched and held, a slot booked, a call back agreed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.utils.module_loading import import_string
from pymongo.client_session import ClientSession

from calls import records
from calls.schedule import CallingHours, time_to_call_back
from calls.telephony.twilio.twiml import ANSWER_SECONDS, HOLD_SECONDS, Input, Keys, Machine, Reply, Speech
from interviews import bookings, errors, holds
from interviews.dialogue import engine, wording
from interviews.dialogue.engine import Step
from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Cancelled,
    Event,
    Heard,
    MachineAnswered,
    NoInput,
    NotBookable,
    OfPerson,
    Pressed,
    SlotGone,
    SlotsFound,
    Trouble,
)
from interviews.dialogue.session import CLOSES, Offered, Phase, Session
from interviews.dialogue.table import Effect
from interviews.documents import Evidence
from interviews.understanding.meaning import Understanding, Utterance


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn led to: the state after it, the reply, and the cue that what was heard meant.

    `is_kept` where it stands on the transcript already.
    """

    session: Session
    reply: Reply
    cue: str | None
    is_kept: bool = False


@cache
def understanding() -> Understanding:
    return import_string(settings.UNDERSTANDING)()


def calling_hours() -> CallingHours:
    return CallingHours(settings.CALLING_FROM_HOUR, settings.CALLING_TO_HOUR)


def begin(stored: dict[str, Any], heard: Input) -> Answer:
    """Greet; or, where a machine took the call, end it."""
    session = records.session_from(stored)
    if isinstance(heard, Machine):
        return _answer(engine.step(session, MachineAnswered()))
    return _answer(engine.begin(session))


# Writes an answer on the call's transcript, as part of the transaction that makes it true
Keep = Callable[[Answer, ClientSession], None]


def answer(stored: dict[str, Any], heard: Input, *, now: datetime, keep: Keep) -> Answer:
    """Take what was heard, do what follows from it, and return what to say.

    What books or cancels an interview has kept its answer in the same transaction, and says so by `is_kept`.

    :raises Exception: what `keep` raises; then nothing was booked or cancelled.
    """
    work = _Work(stored, heard, now, keep)
    taken = engine.advance(records.session_from(stored), hear(stored, heard, now), work.perform)
    return replace(_answer(taken), is_kept=work.is_kept)


def overhear(stored: dict[str, Any]) -> Answer:
    """Leave the conversation as it was left: what was said came after the end, and nobody hears an answer."""
    return Answer(records.session_from(stored), Reply(said=(), ends=True), None)


def apologise(stored: dict[str, Any]) -> Answer:
    """Return how the call ends where something went wrong on our side."""
    return _answer(engine.step(records.session_from(stored), Trouble()))


def decides(stored: dict[str, Any], heard: Input, *, now: datetime) -> bool:
    """Tell whether what was heard, as an answer to what was asked last, settles something: it agrees or refuses."""
    taken = _first_step(stored, heard, now)
    return taken is not None and (taken.effect in {Effect.BOOK, Effect.CANCEL} or _refuses(stored, taken))


def refuses(stored: dict[str, Any], heard: Input, *, now: datetime) -> bool:
    """Tell whether what was heard, whatever it answers, closes the candidate or is a no to what was booked."""
    taken = _first_step(stored, heard, now)
    return taken is not None and _refuses(stored, taken)


def _first_step(stored: dict[str, Any], heard: Input, now: datetime) -> Step | None:
    session, event = records.session_from(stored), hear(stored, heard, now)
    return engine.step(session, event) if engine.is_answered(session, event) else None


def _refuses(stored: dict[str, Any], taken: Step) -> bool:
    return taken.session.phase in CLOSES or Phase(stored["phase"]) is Phase.AGREED


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


def hear(stored: dict[str, Any], heard: Input, now: datetime) -> OfPerson:
    """Return what was heard, understood as an answer to what was last said."""
    session = records.session_from(stored)
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
                name=session.person.name,
            )
            meaning = understanding().understand(utterance)
            return Heard(replace(meaning, is_cut=meaning.is_cut or is_cut))
        case Keys(digits) if digits:
            return Pressed(digits)
        case Machine():
            return MachineAnswered()
    return NoInput()


@dataclass
class _Work:
    """The work of one turn. What changes an interview keeps the turn's answer with it."""

    stored: dict[str, Any]
    heard: Input
    now: datetime
    keep: Keep
    is_kept: bool = False

    def perform(self, taken: Step) -> Event:
        work: dict[Effect | None, Callable[[Step], Event]] = {
            Effect.FIND: self._find,
            Effect.SCHEDULE: self._schedule,
            Effect.BOOK: self._book,
            Effect.CANCEL: self._cancel,
        }
        return work[taken.effect](taken)

    def _find(self, taken: Step) -> Event:
        session = taken.session
        found = holds.hold_slots(
            session_id=self.stored["_id"],
            wish=session.wish,
            time_zone=session.person.time_zone,
            now=self.now,
            is_first=not session.offered,
        )
        return SlotsFound(tuple(Offered(str(slot.id), slot.starts_at) for slot in found.slots), found.as_wished)

    def _schedule(self, taken: Step) -> Event:
        return CallBackSet(_call_back_at(taken.session, self.stored, self.now))

    def _book(self, taken: Step) -> Event:
        session = taken.session
        try:
            bookings.book_slot(
                slot_id=ObjectId(session.choice.slot_id),
                candidate_id=self.stored["candidate"],
                session_id=self.stored["_id"],
                evidence=_evidence(self.stored, self.heard, self.now),
                time_zone=session.person.time_zone,
                now=self.now,
                also=self._kept(engine.follow(taken, Booked())),
            )
        except errors.SlotGone:
            return SlotGone()
        except errors.CandidateNotBookable:
            return NotBookable()
        self.is_kept = True
        return Booked()

    def _cancel(self, taken: Step) -> Event:
        self.is_kept = bookings.cancel_on_call(
            session_id=self.stored["_id"],
            reason="Cancelled by the candidate in the call in which it was booked.",
            now=self.now,
            also=self._kept(engine.follow(taken, Cancelled())),
        )
        return Cancelled()

    def _kept(self, done: Step) -> Callable[[ClientSession], None]:
        """Return what keeps the answer to be given once that is done."""
        return lambda transaction: self.keep(_answer(done), transaction)


def _call_back_at(session: Session, stored: dict[str, Any], now: datetime) -> datetime | None:
    if not stored["may_call_again"]:
        return None
    return time_to_call_back(session.wish, now=now, hours=calling_hours(), time_zone=session.person.time_zone)


def _evidence(stored: dict[str, Any], heard: Input, now: datetime) -> Evidence:
    return Evidence(
        question=_last_words(stored),
        answer=records.words_of(heard),
        confidence=heard.confidence if isinstance(heard, Speech) else None,
        call_sid=stored.get("call_sid"),
        at=now,
    )


def _last_words(stored: dict[str, Any]) -> str:
    return " ".join(stored["turns"][-1]["said"])
