"""Taking the turns of a call, each once: compare-and-set on the turn's number, the reply stored with it.

A turn that books, cancels or closes is one transaction with all that it changes; the others are one read, one update.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from calls import conversation, records
from calls.conversation import Answer
from calls.documents import ConversationSession
from calls.sessions import (
    BY_PHASE,
    LATEST,
    AnothersCall,
    CallIsOver,
    announce_end,
    call_sid_of,
    keep_refusal,
    load_session,
)
from calls.telephony.base import Telephony
from calls.telephony.twilio.twiml import Input, Nothing, Reply
from candidates import attempts
from candidates.documents import Outcome
from config.mongo import client
from interviews import bookings
from interviews.dialogue.session import CALLS_OFF, CLOSES, ENDS, Phase


class StaleTurn(Exception):
    """The session changed since it was read: another request took the turn, or the call ended."""


def take_turn(
    *, session_id: object, number: int, call_sid: str, heard: Input, now: datetime, holds: int = 0
) -> tuple[Reply, str]:
    """Return the reply to turn `number`, having stored it, and the language to speak; turn 0 is the greeting.

    A turn already taken is answered as it was the first time; what was done for it is not done again. Other words at
    such a turn are one of their own where they refuse; they never agree, as nobody knows what they answer. Words that
    come after the end are, where they settle something. `holds` counts how often the caller was asked to hold.

    :raises SessionNotFound: :raises CallIsOver:
    """
    stored = load_session(session_id, LATEST)
    if not call_sid or stored.get("call_sid", call_sid) != call_sid:
        raise AnothersCall(call_sid)
    if number < stored["turn_number"]:
        stored = load_session(session_id)
        if not _is_refusal_beside(stored, number, heard, now):
            return _as_before(stored, number, heard), stored["language"]
    if number > stored["turn_number"]:
        raise CallIsOver(f"Turn {number} was not asked for.")
    turn = _Turn(stored, call_sid, heard, now, holds)
    try:
        reply = turn.take()
    except StaleTurn:
        return take_turn(session_id=session_id, number=number, call_sid=call_sid, heard=heard, now=now, holds=holds)
    return reply, stored["language"]


def _taken_for(stored: dict[str, Any], number: int, heard: Input) -> dict[str, Any] | None:
    """Return the turn that was taken for those words at turn `number`: it, or a refusal's own after it."""
    return next((turn for turn in stored["turns"][number:] if records.is_same(turn, heard)), None)


def _is_refusal_beside(stored: dict[str, Any], number: int, heard: Input, now: datetime) -> bool:
    """Tell whether this is no repeated request, but a refusal that came for a turn already taken."""
    return _taken_for(stored, number, heard) is None and conversation.refuses(stored, heard, now=now)


def _as_before(stored: dict[str, Any], number: int, heard: Input) -> Reply:
    """Return the answer that was given; other words than it answered are noted beside them."""
    turn = _taken_for(stored, number, heard)
    if turn is None and (words := records.words_of(heard)):
        noted = {f"turns.{number}.also_heard": words}
        ConversationSession._get_collection().update_one({"_id": stored["_id"]}, {"$addToSet": noted})
    return records.reply_from(turn or stored["turns"][number])


@dataclass(frozen=True, slots=True)
class _Turn:
    """The next turn of a stored session, and what came for it."""

    stored: dict[str, Any]
    call_sid: str
    heard: Input
    now: datetime
    holds: int

    def take(self) -> Reply:
        """Answer it and store the answer. :raises StaleTurn: :raises CallIsOver: nothing was changed."""
        answer = self._answer()
        if answer.session.phase in CLOSES:
            client.transact(lambda transaction: self._close(answer, transaction))
        elif not answer.is_kept:
            self.keep(answer)
        if self._corrects(answer):
            announce_end(session_id=self.stored["_id"], now=self.now)
        if not self.stored["turn_number"]:
            self._note_answering()
        return answer.reply

    def _answer(self) -> Answer:
        is_over = self.stored.get("ended_at") or Phase(self.stored["phase"]) in ENDS
        if not is_over and not self.stored["turn_number"]:
            return conversation.begin(self.stored, self.heard)
        if not is_over or conversation.decides(self.stored, self.heard, now=self.now):
            return conversation.answer(self.stored, self.heard, now=self.now, keep=self.keep)
        if isinstance(self.heard, Nothing) or Phase(self.stored["phase"]) in ENDS or not self.stored["turn_number"]:
            raise CallIsOver("The call is over.")
        return conversation.overhear(self.stored)

    def keep(self, answer: Answer, transaction: ClientSession | None = None) -> None:
        """Store the turn.

        :raises StaleTurn: it is not the next one any more, or the call ended meanwhile. :raises AnothersCall:
        """
        stored, number = self.stored, self.stored["turn_number"]
        record = records.turn_record(
            number, answer.reply, heard=self.heard, cue=answer.cue, holds=self.holds, at=self.now
        )
        seen = {"turn_number": number, "phase": stored["phase"], "ended_at": stored.get("ended_at")}
        state = records.state_of(answer.session) | {"call_sid": self.call_sid, "turn_number": number + 1}
        update: dict[str, Any] = {"$set": state, "$push": {"turns": record}}
        if not number:
            state["answered_at"] = self.now
        if self._corrects(answer):
            state["outcome"] = BY_PHASE[answer.session.phase].value
            update["$unset"] = {"recorded_at": ""}
        try:
            taken = ConversationSession._get_collection().find_one_and_update(
                {"_id": stored["_id"]} | seen, update, {"_id": True}, session=transaction
            )
        except DuplicateKeyError as error:
            raise AnothersCall(self.call_sid) from error
        if not taken:
            raise StaleTurn(str(number))

    def _corrects(self, answer: Answer) -> bool:
        """Whether the call was over, and something else came of it than was written down."""
        return bool(self.stored.get("ended_at")) and answer.session.phase in BY_PHASE

    def _close(self, answer: Answer, transaction: ClientSession) -> None:
        """Store a turn that closes the candidate and the number, and calls off what was booked, as one with that."""
        self.keep(answer, transaction)
        keep_refusal(self.stored, BY_PHASE[answer.session.phase], self.now, transaction)
        if answer.session.phase in CALLS_OFF:
            bookings.cancel_as_refused(session_id=self.stored["_id"], now=self.now, transaction=transaction)

    def _note_answering(self) -> None:
        attempts.update_attempt(
            candidate_id=self.stored["candidate"],
            session_id=self.stored["_id"],
            outcome=Outcome.IN_PROGRESS,
            call_sid=self.call_sid,
            twilio_status="in-progress",
        )


def apologise(
    *, session_id: object, number: int | None, call_sid: str, heard: Input, now: datetime, holds: int = 0
) -> tuple[Reply, str]:
    """Return how the call ends where turn `number` (None: the next) could not be answered, having stored it.

    :raises SessionNotFound: :raises CallIsOver: :raises StaleTurn: nothing was changed.
    """
    stored = load_session(session_id, LATEST)
    is_next = number in {None, stored["turn_number"]} and stored.get("call_sid", call_sid) == call_sid
    if not is_next or stored.get("ended_at") or Phase(stored["phase"]) in ENDS:
        raise CallIsOver(f"Turn {number} was not asked for.")
    answer = conversation.apologise(stored)
    _Turn(stored, call_sid, heard, now, holds).keep(answer)
    return answer.reply, stored["language"]


def repeat_turn(*, session_id: object, call_sid: str) -> tuple[Reply, str, int]:
    """Return the last reply again, the language, and the turn its answer will be: for a request that went wrong.

    :raises SessionNotFound: :raises CallIsOver: nothing has been said yet, or the call is not the session's.
    """
    stored = load_session(session_id)
    if stored.get("call_sid") != call_sid or not stored.get("turns") or stored.get("ended_at"):
        raise CallIsOver("There is nothing to say again.")
    return records.reply_from(stored["turns"][-1]), stored["language"], stored["turn_number"]


def note_machine(*, session_id: object, call_sid: str, telephony: Telephony) -> None:
    """End a call that a machine took; believed only as long as nobody has answered us.

    :raises SessionNotFound: :raises CallIsOver: the call is not the session's.
    """
    stored = load_session(session_id)
    if call_sid_of(stored) != call_sid:
        raise AnothersCall(call_sid)
    nobody_answered = {
        "_id": stored["_id"],
        "turn_number": {"$lte": 1},
        "phase": Phase.IDENTITY.value,
        "ended_at": None,
    }
    result = ConversationSession._get_collection().update_one(
        nobody_answered, {"$set": {"phase": Phase.VOICEMAIL.value}}
    )
    if result.matched_count:
        telephony.hang_up(call_sid)
