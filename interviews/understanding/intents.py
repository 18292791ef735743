"""What the person wants: rules that nothing outweighs, then phrases said whole, then precise phrases, then the model."""

import re
from collections.abc import Iterable, Iterator

from interviews.understanding import phrases
from interviews.understanding.features import asked_about, features
from interviews.understanding.meaning import Choice, Intent, IntentHeard
from interviews.understanding.model import Model
from interviews.understanding.times import Reading

# How sure each kind of evidence makes; the model brings its own probabilities.
CERTAIN, WHOLE, FIRM, LEADING = 1.0, 0.97, 0.93, 0.8

# Policy: a yes books, so the model's word alone is not enough for one unless it is this sure.
SURE_YES = 0.65
# Below this an intent of the model is not mentioned.
FAINT = 0.12

_Table = tuple[tuple[Intent, re.Pattern[str]], ...]


def _compiled(table: dict[Intent, tuple[str, ...]]) -> _Table:
    return tuple((intent, re.compile("|".join(f"(?:{pattern})" for pattern in patterns))) for intent, patterns in table.items())


_HARD = _compiled(phrases.HARD)
_WHOLE = _compiled(phrases.WHOLE)
_FIRM = _compiled(phrases.FIRM)
_IDENTITY_ASKED = re.compile(phrases.IDENTITY_ASKED)
_IDENTITY_YES = re.compile(phrases.IDENTITY_YES)
_LEADING_YES = re.compile(phrases.LEADING_YES)
_LEADING_NO = re.compile(phrases.LEADING_NO)
_QUESTION = re.compile(phrases.QUESTION)


def heard(text: str, reading: Reading, asked: str, choice: Choice, model: Model) -> tuple[IntentHeard, ...]:
    """Return the intents of the normalised text, the surest first; `asked` is what we last said."""
    evidence = [
        *_hard(text),
        *_identity(text, asked),
        *_whole(text),
        *_firm(text, reading, asked),
        *_chosen(choice),
        *_modelled(text, reading, asked, model),
        *_leading(text),
    ]
    sureness: dict[Intent, float] = {}
    for intent, sure in evidence:
        sureness[intent] = max(sure, sureness.get(intent, 0.0))
    ranked = sorted(sureness.items(), key=lambda item: -item[1])
    return tuple(IntentHeard(intent, round(sure, 3)) for intent, sure in ranked) or (IntentHeard(Intent.OUT_OF_SCOPE, 0.5),)


Evidence = Iterator[tuple[Intent, float]]


def _hard(text: str) -> Evidence:
    for intent, pattern in _HARD:
        if pattern.search(text):
            yield intent, CERTAIN


def _identity(text: str, asked: str) -> Evidence:
    if _IDENTITY_ASKED.search(asked.lower()) and _IDENTITY_YES.fullmatch(text):
        yield Intent.AFFIRM, WHOLE


def _whole(text: str) -> Evidence:
    for intent, pattern in _WHOLE:
        if pattern.fullmatch(text):
            yield intent, WHOLE


def _firm(text: str, reading: Reading, asked: str) -> Evidence:
    sure = FIRM
    for intent, pattern in _FIRM:
        if pattern.search(text) and not (intent in _NOT_WITH_A_TIME and reading.said and asked):
            yield intent, sure
            sure -= 0.01


# "Change the appointment to the fifth" and "I am busy on Friday" answer the question with another time.
_NOT_WITH_A_TIME = (Intent.RESCHEDULE,)


def _chosen(choice: Choice) -> Evidence:
    if len(choice.indexes) == 1:
        yield Intent.CHOOSE_OPTION, LEADING


def _leading(text: str) -> Evidence:
    """Hear both halves of "yes what is the address"."""
    yes, no = _LEADING_YES.match(text), _LEADING_NO.match(text)
    if yes:
        yield Intent.AFFIRM, LEADING - 0.2
    if no:
        yield Intent.DENY, LEADING - 0.2
    rest = text[(yes or no).end() :].strip() if yes or no else ""  # type: ignore[union-attr]
    if _QUESTION.match(rest):
        yield Intent.ASK_INFO, LEADING - 0.25


def _modelled(text: str, reading: Reading, asked: str, model: Model) -> Evidence:
    seen = features(reading, text, asked, model.weights)
    if not _evident(reading, seen):
        return
    likely = model.probabilities(seen)
    yes = likely.get(Intent.AFFIRM, 0.0)
    for intent, probability in _weighed(likely, yes):
        if probability >= FAINT:
            yield intent, probability


def _weighed(likely: dict[Intent, float], yes: float) -> Iterable[tuple[Intent, float]]:
    """Leave a yes that is not sure enough behind the next best."""
    if yes >= SURE_YES or yes < max(likely.values()):
        return likely.items()
    second = sorted(likely.values())[-2]
    return {**likely, Intent.AFFIRM: min(yes, second - 0.001)}.items()


def _evident(reading: Reading, seen: Iterable[str]) -> bool:
    """Whether anything said is known at all."""
    return bool(reading.kinds) or any(":" not in feature and feature.strip("?^$ ") for feature in seen if "&" not in feature) or any(
        feature.startswith("cue:") for feature in seen
    )
