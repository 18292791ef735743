"""One step of the conversation: the event becomes a cue, the cue finds its row, the row says what follows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from interviews.dialogue import cues, wording
from interviews.dialogue.events import Event, OfPerson
from interviews.dialogue.session import ASKING, Session
from interviews.dialogue.table import TABLE, Cue, Effect


@dataclass(frozen=True, slots=True)
class Step:
    """Where the conversation is now, the sentences to say, what is to be done, and the cue that led here."""

    session: Session
    words: tuple[str, ...]
    effect: Effect | None
    cue: Cue | None

    @property
    def is_working(self) -> bool:
        """Whether the effect is to be done before the person is waited for."""
        return self.effect not in {None, Effect.WAIT}


def begin(session: Session) -> Step:
    """Return the first words, spoken once the call is answered."""
    return Step(session, (wording.words("greeting", session), wording.question(session)), None, None)


def step(session: Session, event: Event) -> Step:
    """Take one event and return what follows; what was asked beside the answer is answered first.

    While `is_working`, the effect is to be done, and the event it comes back as is the next step; `advance` does so.
    """
    session, heard = cues.read(session, event)
    rows = [TABLE[session.phase][cue] for cue in heard]
    said = [wording.words(row.say, session) for row in rows if row.say]
    last = rows[-1]
    session = replace(session, phase=last.to or session.phase)
    if session.phase in ASKING and last.asks:
        said.append(wording.question(session))
    return Step(session, tuple(said), last.effect, heard[-1])


def is_answered(session: Session, event: OfPerson) -> bool:
    """Return whether the table has a row for the event: while something is asked always, after the end for refusals."""
    _, heard = cues.read(session, event)
    return all(cue in TABLE.get(session.phase, {}) for cue in heard)


def advance(session: Session, event: Event, perform: Callable[[Step], Event]) -> Step:
    """Take one event and all the work that follows from it, done by `perform`, up to where the person is waited for.

    The cue is that of the event; the words, `perform`'s step among them, are all that was said on the way.
    """
    taken = step(session, event)
    while taken.is_working:
        taken = follow(taken, perform(taken))
    return taken


def follow(taken: Step, report: Event) -> Step:
    """Return what follows from the report on the work of a step, with the words and the cue that led to it."""
    after = step(taken.session, report)
    return replace(after, words=taken.words + after.words, cue=taken.cue)
