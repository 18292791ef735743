"""The state of a conversation as it is stored with its session, and back again. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from calls.telephony.twilio.twiml import Input, Keys, Reply, Speech
from interviews.dialogue import wording
from interviews.dialogue.session import Offered, Person, Phase, Session

# The state's fields, and the names they are stored under, which are older: calls go on while a version is replaced
STORED_AS = {
    "chosen": "chosen",
    "ambiguous": "between",
    "call_back_at": "call_back_at",
    "clarifying": "doubted",
    "no_inputs": "silences",
    "no_matches": "muddles",
    "is_slow": "is_slow",
}


def state_of(session: Session) -> dict[str, Any]:
    """Return the fields of the session document that hold the state."""
    person = {name: getattr(session.person, name) for name in Person.__slots__}
    return {
        "phase": session.phase.value,
        "offered": [{"slot_id": ObjectId(slot.slot_id), "starts_at": slot.starts_at} for slot in session.offered],
        "dialogue": {"person": person, **{stored: getattr(session, name) for name, stored in STORED_AS.items()}},
    }


def session_from(stored: dict[str, Any]) -> Session:
    """Return the state that the document of a session holds."""
    dialogue = stored["dialogue"]
    return Session(
        person=Person(**dialogue["person"]),
        phase=Phase(stored["phase"]),
        offered=tuple(Offered(str(slot["slot_id"]), slot["starts_at"]) for slot in stored.get("offered", ())),
        **{name: dialogue[stored] for name, stored in STORED_AS.items()} | {"ambiguous": tuple(dialogue["between"])},
    )


def turn_record(
    number: int, reply: Reply, *, heard: Input, cue: str | None, at: datetime, holds: int = 0
) -> dict[str, Any]:
    """Return the turn to store: what was heard, what it meant, and the reply, so that it can be given again.

    `holds` counts how often the caller was asked to hold between what they said and our reply.
    """
    turn: dict[str, Any] = {"number": number, "at": at, "cue": cue}
    turn |= {"meanwhile": list(wording.holding(holds)) or None, "said": list(reply.said), "hints": list(reply.hints)}
    turn |= {"ends": reply.ends, "wait_seconds": reply.wait_seconds, "is_slow": reply.is_slow} | _report(heard)
    return {name: value for name, value in turn.items() if value is not None}


def is_same(turn: Mapping[str, Any], heard: Input) -> bool:
    """Return whether a stored turn is the answer to that very input."""
    report = _report(heard)
    return all(turn.get(name) == report.get(name) for name in ("heard", "keys"))


def words_of(heard: Input) -> str:
    """Return what was said or pressed, in words; nothing where neither was."""
    match heard:
        case Speech(text):
            return text
        case Keys(digits):
            return f"key {digits}"
    return ""


def _report(heard: Input) -> dict[str, Any]:
    match heard:
        case Speech(text, confidence, is_cut):
            return {"heard": text, "confidence": confidence, "is_cut": is_cut or None}
        case Keys(digits):
            return {"keys": digits}
    return {}


def reply_from(turn: dict[str, Any]) -> Reply:
    return Reply(
        said=tuple(turn["said"]),
        ends=turn["ends"],
        hints=tuple(turn["hints"]),
        wait_seconds=turn["wait_seconds"],
        is_slow=turn["is_slow"],
    )
