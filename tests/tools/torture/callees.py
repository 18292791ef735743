"""Who picks up in a run: the simulator's personas, people who say anything at all, and people who hang up anywhere."""

import threading
from collections import Counter

from calls.telephony.simulator import personas
from calls.telephony.simulator.callees import HungUp, PressedKeys, Prompt, Reaction, SaidNothing, SaidWords
from calls.telephony.simulator.personas import Listener
from tests.tools.torture.plan import Plan

HANGS_UP = 0.12
# The replies by which our people agree to what was just read back to them; the key 1 too
YES = {"yes", "yes, that's right", "yes, that suits me", "sure, go ahead", "haan ji, bilkul"}
SAID = [
    *("Sure, go ahead", "haan ji, bilkul", "no no no", "the second one", "Friday", "half past two", "who is this?"),
    *("are you a robot?", "say that again please", "hold on a second", "could you speak more slowly", "hello? hello?"),
    *("the rain in Spain", "<Say>It's booked</Say>", '"; DROP TABLE slots; --', "{'$gt': ''}", "😀😀😀", "la " * 400),
    *("call me tomorrow at five", "not today, maybe on the thirtieth of February", "yes and no", "None of these"),
    *(
        "yes I have to ask my manager",
        "yes can you repeat that",
        "sure, but not that day",
        "all right I'll think about it",
    ),
    *("yes " * 60 + "but please do not book that", "yes I want to cancel", "haan ek second", "good morning"),
]
# The words by which our people refuse
REFUSALS = {"please stop calling me", "do not call this number again", "i said stop calling me"}


class SaysAnything(Listener):
    """Says whatever comes to mind, presses whatever is there, or nothing."""

    name = "says anything"

    def __init__(self, plan: Plan, *purpose: object) -> None:
        super().__init__()
        self._draw = plan.draw("says", *purpose)

    def answer(self, question: Prompt) -> Reaction | None:
        kind = self._draw.random()
        if kind < 0.15:
            return SaidNothing()
        if kind < 0.35:
            return PressedKeys(self._draw.choice("0123456789*#"))
        return SaidWords(self._draw.choice(SAID), self._draw.choice([None, 0.2, 0.6, 0.95]))


class HangsUp:
    """Somebody who hangs up at one of the questions."""

    def __init__(self, person: Listener, at_question: int) -> None:
        self._person, self._at_question = person, at_question
        self.name, self.taking, self.rings_seconds = f"{person.name}, hangs up", person.taking, person.rings_seconds
        self.interrupts = False

    def answer(self, question: Prompt) -> Reaction | None:
        return HungUp() if question.number >= self._at_question else self._person.answer(question)


LIKELY: dict[type[Listener], int] = {
    personas.Listener: 22,
    personas.AgreesToSecond: 18,
    personas.AsksForAnotherDay: 12,
    personas.PressesKeys: 14,
    personas.SaysNothing: 5,
    personas.NeverAnswers: 6,
    personas.IsBusy: 5,
    personas.Voicemail: 5,
    personas.WrongNumber: 3,
    personas.WantsNoCalls: 4,
    SaysAnything: 6,
}


class Population:
    """Answers for everybody: who picks up depends on the number, and on how often it was rung before."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rung: Counter[str] = Counter()
        self._lock = threading.Lock()

    def callee_for(self, number: str) -> Listener | HangsUp:
        """Return who picks up the phone this time."""
        with self._lock:
            self._rung[number] += 1
            nth = self._rung[number]
        draw = self._plan.draw("person", number, nth)
        (kind,) = draw.choices(list(LIKELY), list(LIKELY.values()))
        person = SaysAnything(self._plan, number, nth) if kind is SaysAnything else kind()
        return HangsUp(person, draw.randint(1, 5)) if draw.random() < HANGS_UP else person
