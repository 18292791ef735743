"""The simulated phone in a person's hand: what a terminal or a browser page can do with a call, from any process."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from calls.telephony.simulator.documents import IN_PROGRESS, RINGING, SimulatedCall, Taking, calls, phones

SEEN_WITHIN = timedelta(seconds=5)


class NotRinging(Exception):
    """The call does not ring any more: somebody took it, or it is over."""


class NotAsked(Exception):
    """The call is not waiting for this answer from this phone: too late, or never."""


def keep_open(*, phone_id: str, now: datetime, to: str | None = None) -> None:
    """Say that the phone is open, for all calls or for one number's; to be said again every two seconds or so."""
    phones().update_one({"_id": phone_id}, {"$set": {"seen_at": now, "to": to}}, upsert=True)


def close(*, phone_id: str) -> None:
    """Say that nobody is there any more."""
    phones().delete_one({"_id": phone_id})


def is_open(*, to: str, now: datetime) -> bool:
    """Tell whether somebody could pick up a call to that number: it then rings in real time."""
    here = {"seen_at": {"$gt": now - SEEN_WITHIN}, "to": {"$in": [None, to]}}
    return phones().find_one(here, {"_id": True}) is not None


def ringing(*, to: str | None = None) -> list[SimulatedCall]:
    """Return the calls that may be picked up, the oldest first."""
    asked = {"to": to} if to else {}
    return list(SimulatedCall.objects(status=RINGING, is_done=False, taking=None, **asked).order_by("placed_at"))


def around(*, phone_id: str) -> list[SimulatedCall]:
    """Return the calls that may be picked up, and those under way that this phone took, the oldest first."""
    here = [{"status": RINGING, "taking": None}, {"phone_id": phone_id}]
    under_way = {"is_done": False, "status": {"$in": [RINGING, IN_PROGRESS]}, "$or": here}
    return list(SimulatedCall.objects(__raw__=under_way).order_by("placed_at"))


def look_up(*, call_sids: Iterable[str]) -> list[SimulatedCall]:
    """Return those calls as they stand, the oldest first."""
    return list(SimulatedCall.objects(call_sid__in=list(call_sids)).order_by("placed_at"))


def pick_up(*, call_sid: str, phone_id: str) -> None:
    """Answer the call. :raises NotRinging: it is too late."""
    _take(call_sid, phone_id, Taking.ANSWERS)


def decline(*, call_sid: str, phone_id: str) -> None:
    """Be busy. :raises NotRinging: it is too late."""
    _take(call_sid, phone_id, Taking.BUSY)


def let_ring_out(*, call_sid: str, phone_id: str) -> None:
    """Let nobody answer; what is left of the ring time passes at the simulator's pace. :raises NotRinging: too late."""
    _take(call_sid, phone_id, Taking.RINGS_OUT)


def be_voicemail(*, call_sid: str, phone_id: str) -> None:
    """Let a machine answer. :raises NotRinging: it is too late."""
    _take(call_sid, phone_id, Taking.VOICEMAIL)


def say(*, call_sid: str, phone_id: str, number: int, text: str, confidence: float | None = 0.9) -> None:
    """Answer Gather `number` in words. :raises NotAsked: it is not open."""
    _reply(call_sid, phone_id, {"number": number, "kind": "speech", "text": text, "confidence": confidence})


def press(*, call_sid: str, phone_id: str, number: int, keys: str) -> None:
    """Answer Gather `number` with keys: 0-9, * and #, one after the other. :raises NotAsked: it is not open."""
    _reply(call_sid, phone_id, {"number": number, "kind": "keys", "text": keys, "confidence": None})


def stay_silent(*, call_sid: str, phone_id: str, number: int) -> None:
    """Answer Gather `number` with silence, without waiting for its timeout. :raises NotAsked: it is not open."""
    _reply(call_sid, phone_id, {"number": number, "kind": "silence", "text": "", "confidence": None})


def begin(*, call_sid: str, phone_id: str, number: int) -> None:
    """Begin to speak or type an answer to Gather `number`, which then waits for up to a minute.

    :raises NotAsked: it is not open.
    """
    _change(_open_question(call_sid, phone_id, number), {"asking.begun_at": datetime.now(UTC)}, NotAsked)


def hang_up(*, call_sid: str, phone_id: str) -> None:
    """End the call from the person's side; nothing happens where it is over already."""
    mine = {"_id": call_sid, "phone_id": phone_id, "status": {"$in": [RINGING, IN_PROGRESS]}}
    calls().update_one(mine, {"$set": {"person_hung_up": True}})


def _take(call_sid: str, phone_id: str, taking: Taking) -> None:
    free = {"_id": call_sid, "status": RINGING, "taking": None}
    _change(free, {"taking": taking.value, "phone_id": phone_id}, NotRinging)


def _reply(call_sid: str, phone_id: str, reply: dict[str, Any]) -> None:
    unanswered = _open_question(call_sid, phone_id, reply["number"]) | {"reply.number": {"$ne": reply["number"]}}
    _change(unanswered, {"reply": reply}, NotAsked)


def _open_question(call_sid: str, phone_id: str, number: int) -> dict[str, Any]:
    return {"_id": call_sid, "status": IN_PROGRESS, "phone_id": phone_id, "asking.number": number}


def _change(expected: dict[str, Any], changes: dict[str, Any], otherwise: type[Exception]) -> None:
    if not calls().update_one(expected, {"$set": changes}).matched_count:
        raise otherwise(f"Call {expected['_id']} does not wait for that.")
