"""What a watcher of a simulated call sees: what Twilio does at this moment, why, and for how long yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from calls.telephony.simulator.documents import (
    BUSY,
    CANCELED,
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    NO_ANSWER,
    QUEUED,
    RINGING,
    SimulatedCall,
    Taking,
)
from calls.telephony.simulator.interpreter import LONGEST_SPEECH_SECONDS
from calls.telephony.simulator.verbs import Verb

REPLIES = {"Speech", "Keys", "Silence"}
STATUSES = {
    QUEUED: "The call is accepted and waits to be dialled.",
    RINGING: "Rings until somebody answers, for at most the Timeout that the caller set.",
    IN_PROGRESS: "Asks our webhook for TwiML, and gives it 15 s to answer.",
    COMPLETED: "Over. The last status callback has told us how long it took.",
    BUSY: "Over: the line was busy. Nothing was said, and no TwiML asked for.",
    NO_ANSWER: "Over: nobody answered within the ring time.",
    CANCELED: "Over: we hung up before anybody answered.",
    FAILED: "Over: the number could not be reached.",
}
VERBS = {
    "Say": "Speaks the text with the voice named; outside a Gather nobody can interrupt it.",
    "Play": "Plays a sound.",
    "Pause": "Waits in silence.",
    "Redirect": "Leaves this document and asks the address for another.",
    "Hangup": "Ends the call.",
}


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """What happens now: a TwiML verb, or the call's status where none runs; `seconds_left` where it is timed."""

    name: str
    meaning: str
    is_verb: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    lasts_seconds: float = 0.0
    seconds_left: float | None = None


def moment(call: SimulatedCall, *, now: datetime) -> ScriptStep:
    if call.status == RINGING and call.taking is None:
        end = call.ringing_at + timedelta(seconds=call.ring_seconds)
        return ScriptStep(
            RINGING,
            STATUSES[RINGING],
            attributes={"Timeout": str(call.ring_seconds)},
            lasts_seconds=call.ring_seconds,
            seconds_left=_left(end, now),
        )
    if call.status != IN_PROGRESS or not call.running:
        return ScriptStep(call.status, STATUSES[call.status])
    if call.asking:
        return _gather(call, now)
    if call.script[-1]["verb"] in REPLIES:
        return ScriptStep("answer sent", "Sends what it heard to the Gather's action, and waits for TwiML.")
    return _verb(call, now)


def timeline(call: SimulatedCall) -> list[tuple[str, datetime]]:
    """Return the statuses that the call came through, each with its time."""
    passed = [(QUEUED, call.placed_at), (RINGING, call.ringing_at), (IN_PROGRESS, call.answered_at)]
    return [(status, at) for status, at in [*passed, (call.status, call.ended_at)] if at]


def _verb(call: SimulatedCall, now: datetime) -> ScriptStep:
    running = call.running
    seconds = _seconds(running)
    is_timed = seconds and call.taking == Taking.ANSWERS  # else the line goes at a pace of its own
    return ScriptStep(
        running["verb"],
        VERBS.get(running["verb"], ""),
        is_verb=True,
        attributes=running["attributes"],
        lasts_seconds=seconds,
        seconds_left=_left(running["at"] + timedelta(seconds=seconds), now) if is_timed else None,
    )


def _gather(call: SimulatedCall, now: datetime) -> ScriptStep:
    """Return the open Gather; its clock runs from the end of the prompt on."""
    asking = call.asking
    nth = max((nth for nth, entry in enumerate(call.script) if entry["verb"] == "Gather"), default=0)
    attributes = call.script[nth].get("attributes", {})
    lasts = asking["timeout_seconds"] + (LONGEST_SPEECH_SECONDS if asking.get("begun_at") else 0)
    return ScriptStep(
        "Gather",
        _meaning_of_gather(asking, attributes),
        is_verb=True,
        attributes=attributes,
        lasts_seconds=lasts,
        seconds_left=_left(_end_of_prompt(asking, call.script[nth + 1 :]) + timedelta(seconds=lasts), now),
    )


def _end_of_prompt(asking: dict[str, Any], prompts: Sequence[dict[str, Any]]) -> datetime:
    ends = [entry["at"] + timedelta(seconds=_seconds(entry)) for entry in prompts]
    end: datetime = max([asking["began_at"], *ends])
    return end


def _meaning_of_gather(asking: dict[str, Any], attributes: dict[str, str]) -> str:
    inputs = {"speech": "speech", "dtmf": "keys"}
    heard = " and ".join(inputs[kind] for kind in ("speech", "dtmf") if kind in asking["inputs"])
    said = [f"Listens for {heard} while the prompt is spoken, and {asking['timeout_seconds']:g} s longer."]
    if asking.get("begun_at"):
        said = [f"Somebody has begun to answer: the prompt stops, and it waits for the end, {heard} alike."]
    pause = attributes.get("speechTimeout", "")
    if "speech" in asking["inputs"] and pause:
        said.append(f"{pause} s of silence end what is said." if pause.isdigit() else "A pause ends what is said.")
    if "dtmf" in asking["inputs"] and asking["num_digits"]:
        said.append("One key is enough." if asking["num_digits"] == 1 else f"{asking['num_digits']} keys are enough.")
    is_sent_empty = attributes.get("actionOnEmptyResult") == "true"
    said.append(f"If nothing comes, {'the action is asked all the same' if is_sent_empty else 'the next verb runs'}.")
    return " ".join(said)


def _seconds(entry: dict[str, Any]) -> float:
    return Verb(entry["verb"], entry["text"], entry.get("attributes", {})).seconds()


def _left(end: datetime, now: datetime) -> float:
    return max((end - now).total_seconds(), 0.0)
