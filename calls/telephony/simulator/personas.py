"""Who lives at a simulated number: its last digit says which of these people picks up, each listening to what we say.

1 agrees to the second time · 2 asks for another day · 3 presses keys · 4 says nothing · 5 never answers · 6 is busy ·
7 is a voicemail · 8 is a wrong number · 9 wants no more calls · 0 agrees to the first time
"""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from calls.telephony.simulator.callees import HungUp, PressedKeys, Prompt, Reaction, SaidNothing, SaidWords
from calls.telephony.simulator.documents import Taking


class Topic(StrEnum):
    """What a question is about, known by the words that a conversation about interviews cannot do without."""

    IDENTITY = r"speaking with|speaking to|is this [A-Z]"
    REACHABLE = r"can reach|could reach"
    OFFER = r"i can offer|which one|which of th|did you mean"
    WISH = r"which day|what day|which time|what time|day or time"
    CONFIRM = r"is that right|is that correct|shall i book|do you confirm"
    CALLBACK = r"time to call|call you back|call again\?"


def topic_of(prompt: str) -> Topic | None:
    """Return what the last question in the words is about; None where it is about nothing we know."""
    found = [(match.start(), topic) for topic in Topic for match in re.finditer(topic.value, prompt, re.IGNORECASE)]
    return max(found)[1] if found else None


def times_offered(prompt: str) -> int:
    """Return how many times to choose from were read out: the last key named is the one for another time."""
    _, found, offer = prompt.lower().rpartition("i can offer")
    keys = [int(key) for key in re.findall(r"press (\d)", offer)] if found else []
    return max(keys) - 1 if keys else 0


class Listener:
    """Somebody who answers and listens; asked the same once more, they say it more simply, and then by key."""

    name = "agrees to the first time"
    taking = Taking.ANSWERS
    rings_seconds = 4.0
    interrupts = False
    choice = 1

    def __init__(self) -> None:
        self._asked: dict[Topic | None, int] = {}
        self._offered = 0

    def answer(self, question: Prompt) -> Reaction | None:
        """Return what this person does about what was said."""
        topic = topic_of(question.prompt)
        self._offered = times_offered(question.prompt) or self._offered
        nth = self._asked.get(topic, 0)
        self._asked[topic] = nth + 1
        ways = self.ways(topic)
        return ways[min(nth, len(ways) - 1)]

    def ways(self, topic: Topic | None) -> list[Reaction]:
        """Return what to do when asked about the topic for the first, the second … time."""
        match topic:
            case Topic.OFFER:
                return self.choosing(min(self.choice, self._offered or 1))
            case Topic.WISH | Topic.CALLBACK:
                return [
                    SaidWords("Any morning next week"),
                    SaidWords("Tomorrow at ten in the morning"),
                    SaidWords("No, thank you"),
                ]
        return [SaidWords("Yes"), SaidWords("Yes, that's right"), PressedKeys("1")]

    def choosing(self, number: int) -> list[Reaction]:
        """Return the ways to choose one of the times offered; a single one is agreed to."""
        if self._offered == 1:
            return [SaidWords("Yes, that suits me"), SaidWords("The first one"), PressedKeys("1")]
        ordinal = ("first", "second", "third")[number - 1]
        return [SaidWords(f"The {ordinal} one, please"), SaidWords(f"The {ordinal}"), PressedKeys(str(number))]


class AgreesToSecond(Listener):
    """Takes the second of the times offered."""

    name = "agrees to the second time"
    choice = 2


class AsksForAnotherDay(Listener):
    """Wants none of the first times offered but a Friday afternoon, and takes what comes of that."""

    name = "asks for another day"

    def choosing(self, number: int) -> list[Reaction]:
        return [SaidWords("Could we do it on another day, maybe Friday afternoon?"), *super().choosing(number)]

    def ways(self, topic: Topic | None) -> list[Reaction]:
        """Say when, where we ask for it."""
        if topic is Topic.WISH:
            return [SaidWords("Friday afternoon"), *super().ways(topic)]
        return super().ways(topic)


class PressesKeys(Listener):
    """Says nothing and presses keys; takes the last of the times offered."""

    name = "presses keys"
    choice = 3

    def ways(self, topic: Topic | None) -> list[Reaction]:
        """Press the key that was named."""
        return [PressedKeys(str(min(self.choice, self._offered or 1)))] if topic is Topic.OFFER else [PressedKeys("1")]


class SaysNothing(Listener):
    """Picks up and is not heard."""

    name = "says nothing"

    def answer(self, question: Prompt) -> Reaction | None:
        return SaidNothing()


class NeverAnswers(Listener):
    """Lets it ring."""

    name = "never answers"
    taking = Taking.RINGS_OUT


class IsBusy(Listener):
    """Is on the phone already."""

    name = "is busy"
    taking = Taking.BUSY


class Voicemail(Listener):
    """A machine, whose greeting the recogniser hears as it would hear a person."""

    name = "is a voicemail"
    taking = Taking.VOICEMAIL

    def answer(self, question: Prompt) -> Reaction | None:
        """Greet once, then record in silence."""
        if question.number > 1:
            return SaidNothing()
        return SaidWords(
            "You have reached the voice mailbox of this number. Please leave a message after the tone.", 0.8
        )


class WrongNumber(Listener):
    """Is not the candidate, and knows no such person."""

    name = "is a wrong number"

    def ways(self, topic: Topic | None) -> list[Reaction]:
        if topic is Topic.IDENTITY:
            return [SaidWords("No, you have the wrong number"), SaidWords("No"), PressedKeys("2")]
        return [SaidWords("No"), SaidWords("No, nobody of that name lives here"), PressedKeys("2")]


class WantsNoCalls(Listener):
    """Is the candidate, and wants to be left alone."""

    name = "wants no more calls"

    def ways(self, topic: Topic | None) -> list[Reaction]:
        return [SaidWords("Please stop calling me"), SaidWords("Do not call this number again"), HungUp()]


class Scripted(Listener):
    """Does what it was given, one thing at each question, and then nothing; for rehearsals and tests."""

    name = "scripted"

    def __init__(self, replies: Iterable[Reaction]) -> None:
        super().__init__()
        self._replies: Iterator[Reaction] = iter(replies)

    def answer(self, question: Prompt) -> Reaction | None:
        return next(self._replies, SaidNothing())


PERSONAS: dict[str, Callable[[], Listener]] = {
    "0": Listener,
    "1": AgreesToSecond,
    "2": AsksForAnotherDay,
    "3": PressesKeys,
    "4": SaysNothing,
    "5": NeverAnswers,
    "6": IsBusy,
    "7": Voicemail,
    "8": WrongNumber,
    "9": WantsNoCalls,
}


def callee_for(number: str) -> Listener:
    """Return a new persona, the one who lives at the number by its last digit."""
    return PERSONAS[number[-1]]()
