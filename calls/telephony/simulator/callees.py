"""Who may be at the other end of a call, and what they can do there: a persona, or a person at a simulated phone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from calls.telephony.simulator.documents import Taking

CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class SaidWords:
    """Words, as the recogniser heard them; `confidence` from 0 to 1, or None where it sends none."""

    text: str
    confidence: float | None = CONFIDENCE


@dataclass(frozen=True, slots=True)
class PressedKeys:
    """PressedKeys pressed one after the other: digits, * and #."""

    digits: str


@dataclass(frozen=True, slots=True)
class SaidNothing:
    """Nothing at all, until we give up waiting."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The end of the call."""


Reaction = SaidWords | PressedKeys | SaidNothing | HungUp


@dataclass(frozen=True, slots=True)
class Prompt:
    """A Gather, as the person meets it. `number` counts the call's Gathers from 1; `prompt` is all that was said since
    the last one; `inputs` holds "speech", "dtmf" or both.
    """

    number: int
    prompt: str
    inputs: frozenset[str]
    timeout_seconds: float
    language: str = "en-US"
    hints: str = ""
    num_digits: int | None = None
    finish_on_key: str = "#"


class Callee(Protocol):
    """Somebody who may be called. `interrupts` lets them answer while we still speak."""

    name: str
    taking: Taking
    rings_seconds: float
    interrupts: bool

    def answer(self, question: Prompt) -> Reaction | None:
        """Return what they do at the question; None: nothing yet, ask again a moment later."""


class HandsetCallee:
    """A person at a simulated phone; what they do reaches us through the call's document."""

    name = "a person"
    taking = Taking.ANSWERS
    rings_seconds = 0.0
    interrupts = True

    def __init__(self, latest: Callable[[], dict[str, Any]]) -> None:
        self._latest = latest

    def answer(self, question: Prompt) -> Reaction | None:
        """Return the reply that the phone sent for this very question, if it did yet."""
        reply = self._latest().get("reply")
        if not reply or reply["number"] != question.number:
            return None
        match reply["kind"]:
            case "speech":
                return SaidWords(reply["text"], reply["confidence"])
            case "keys":
                return PressedKeys(reply["text"])
        return SaidNothing()
