"""Which words are said: the language has the sentences, the conversation the facts that they are filled in with."""

from collections.abc import Callable

from interviews.dialogue.session import Phase, Session
from interviews.language.in_use import sentences, speech_hints, spoken_times

NAMING_TIMES = {Phase.OFFER, Phase.CONFIRM, Phase.WISH}


def words(key: str, session: Session) -> str:
    """Return the sentences under that key, filled in for this conversation."""
    return sentences.SENTENCES[key].format_map(Facts(session))


def holding(times: int) -> tuple[str, ...]:
    """Return the sentences for a caller who has been asked to hold so many times in a row."""
    return (sentences.SENTENCES["holding"], *(sentences.SENTENCES["still_holding"],) * (times - 1)) if times else ()


def question(session: Session) -> str:
    return sentences.QUESTIONS[session.phase].format_map(Facts(session))


def hints(session: Session) -> tuple[str, ...]:
    """Return what the recogniser should expect: the answers to the open question, the offered days and times."""
    offered = session.offered if session.phase in NAMING_TIMES else ()
    return speech_hints.hints(session.local(slot.starts_at) for slot in offered)


class Facts:
    """What sentences are filled in with, each put into words only where a sentence asks for it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getitem__(self, name: str) -> str:
        return FACTS[name](self._session)


def _offer(session: Session) -> str:
    return sentences.offer([session.local(slot.starts_at) for slot in session.offered]) if session.offered else ""


def _options(session: Session) -> str:
    return sentences.either(
        [spoken_times.spoken_slot(session.local(session.offered[at].starts_at)) for at in session.ambiguous]
    )


FACTS: dict[str, Callable[[Session], str]] = {
    "name": lambda session: session.person.name,
    "first_name": lambda session: session.person.first_name,
    "company": lambda session: session.person.company,
    "interview": lambda session: sentences.interview(session.person.position),
    "offer": _offer,
    "other_key": lambda session: str(len(session.offered) + 1),
    "options": _options,
    "choice": lambda session: (
        spoken_times.spoken_slot(session.local(session.choice.starts_at)) if session.has_choice else ""
    ),
    "short_choice": lambda session: (
        spoken_times.spoken_in_short(session.local(session.choice.starts_at)) if session.has_choice else ""
    ),
    "clarified": lambda session: sentences.CLARIFIED.get(session.clarifying or "", ""),
    "call_back": lambda session: (
        spoken_times.spoken_slot(session.local(session.call_back_at)) if session.call_back_at else ""
    ),
}
