"""Explains in words what an utterance was understood to mean, and why."""

from collections.abc import Iterator
from datetime import datetime

from interviews.understanding import phrases
from interviews.understanding.meaning import (
    Bound,
    Choice,
    IntentHeard,
    Meaning,
    Speaker,
    TimeSaid,
    Understanding,
    Utterance,
)
from interviews.understanding.normalise import normalise
from interviews.understanding.score import Verdict, verdict

_TO_DO = {
    Verdict.ACT: "sure enough to act on",
    Verdict.ASK: "worth asking whether it was meant",
    Verdict.REPEAT: "not understood, to be asked again",
}
_SPEAKERS = {
    Speaker.YES: "says yes, and nothing against it",
    Speaker.SELF: "says that they are the person",
    Speaker.OTHER: "speaks of the person as another",
    Speaker.FETCHING: "goes to get the person",
}
_KINDS = (
    (phrases.HARD, "search", "which nothing outweighs"),
    (phrases.WHOLE, "fullmatch", "which is all that was said"),
    (phrases.FIRM, "search", "which outranks the model"),
)


def explain(utterance: Utterance, understanding: Understanding) -> str:
    """Return what was read, what it means and why, a line for each."""
    meaning = understanding.understand(utterance)
    return "\n".join(_lines(utterance, meaning))


def _lines(utterance: Utterance, meaning: Meaning) -> Iterator[str]:
    text = normalise(utterance.text)
    yield f"heard     {utterance.text}"
    yield f"read as   {text or '(nothing but fillers)'}{' (and more, not read)' if meaning.is_cut else ''}"
    for one in meaning.intents:
        yield f"intent    {_intent(one, text)}"
    for said in meaning.times:
        yield f"time      {described(said)}"
    if utterance.offered:
        yield f"choice    {_choice(meaning.choice, utterance.offered)}"
    if meaning.consent:
        yield f"consent   {'a plain yes' if meaning.consent.is_plain else 'goes along, without a word of yes'}"
    if meaning.speaker:
        yield f"speaker   {_SPEAKERS[meaning.speaker]}"
    yield f"so        {_TO_DO[verdict(meaning)]}"


def _intent(one: IntentHeard, text: str) -> str:
    reasons = []
    for table, how, why in _KINDS:
        match = getattr(table[one.intent], how)(text) if one.intent in table else None
        if match:
            reasons.append(f'for "{match.group().strip()}", {why}')
    return f"{one.intent}, {one.score:.0%} sure, {'; '.join(reasons) or 'as the words together suggest'}"


def described(said: TimeSaid) -> str:
    """Return a time as words: "not Friday 2026-11-27"."""
    words = ["not"] if said.excluded else []
    if said.bound:
        words.append("from" if said.bound is Bound.AFTER and said.inclusive else said.bound.value)
    if said.date:
        words.append(
            f"{said.date:%A} {said.date}" + (f" to {said.end_date:%A} {said.end_date}" if said.end_date else "")
        )
    if said.part:
        words.append(f"in the {said.part.replace('_', ' ')}")
    if said.time:
        words.append(f"{said.time:%H:%M}" + (f" to {said.end_time:%H:%M}" if said.end_time else ""))
    return " ".join(words)


def _choice(choice: Choice, offered: tuple[datetime, ...]) -> str:
    if choice.other:
        return "none of the offered times, but another"
    if not choice.indexes:
        return "nothing was said about the offered times"
    named = [f"{index + 1} ({offered[index]:%A %d %B %H:%M})" for index in choice.indexes]
    return named[0] if len(named) == 1 else f"ambiguous between {', '.join(named)}"
