"""Taking the turns of a call, each once: compare-and-set on the turn's number, the reply stored with it."""

from datetime import datetime

from calls import conversation, records
from calls.documents import ConversationSession
from calls.sessions import LATEST, CallIsOver, load_session
from calls.telephony.base import Telephony
from calls.twiml import Input, Reply
from candidates import services as candidates
from candidates.documents import Outcome
from interviews.dialogue.session import ENDS, Phase


def take_turn(*, session_id: object, number: int, call_sid: str, heard: Input, now: datetime) -> tuple[Reply, str]:
    """Return the reply to turn `number`, having stored it, and the language to speak; turn 0 is the greeting.

    A turn already taken is answered as it was the first time; what was done for it is not done again.

    :raises SessionNotFound: :raises CallIsOver:
    """
    sessions = ConversationSession._get_collection()
    stored = load_session(session_id, LATEST)
    if stored.get("call_sid", call_sid) != call_sid:
        raise CallIsOver(f"The session belongs to another call than {call_sid}.")
    if number < stored["turn_number"]:
        return records.reply_from(load_session(session_id)["turns"][number]), stored["language"]
    if stored.get("ended_at") or Phase(stored["phase"]) in ENDS or number > stored["turn_number"]:
        raise CallIsOver(f"Turn {number} was not asked for.")
    taken = conversation.answer(stored, heard, now=now) if number else conversation.begin(stored, heard)
    turn = records.turn_record(number, taken.reply, heard=heard, cue=taken.cue) | {"at": now}
    answered = {} if number else {"answered_at": now}
    was_taken = sessions.find_one_and_update(
        {"_id": stored["_id"], "turn_number": number, "phase": stored["phase"]},
        {
            "$set": records.state_of(taken.session) | answered | {"call_sid": call_sid, "turn_number": number + 1},
            "$push": {"turns": turn},
        },
        {"_id": True},
    )
    if not was_taken:  # a repeated request took it meanwhile: answer as that was answered
        return take_turn(session_id=session_id, number=number, call_sid=call_sid, heard=heard, now=now)
    if not number:
        candidates.update_attempt(
            candidate_id=stored["candidate"],
            session_id=stored["_id"],
            outcome=Outcome.IN_PROGRESS,
            call_sid=call_sid,
            twilio_status="in-progress",
        )
    return taken.reply, stored["language"]


def repeat_turn(*, session_id: object, call_sid: str) -> tuple[Reply, str, int]:
    """Return the last reply again, the language, and the turn its answer will be: for a request that went wrong.

    :raises SessionNotFound: :raises CallIsOver: nothing has been said yet, or the call is not the session's.
    """
    stored = load_session(session_id)
    if stored.get("call_sid") != call_sid or not stored.get("turns") or stored.get("ended_at"):
        raise CallIsOver("There is nothing to say again.")
    return records.reply_from(stored["turns"][-1]), stored["language"], stored["turn_number"]


def note_machine(*, session_id: object, call_sid: str, telephony: Telephony) -> None:
    """End a call that a machine took; believed only as long as nobody has answered us. :raises SessionNotFound:"""
    stored = load_session(session_id)
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
