"""What the person wants: by rules that nothing outweighs, phrases said whole, precise phrases, and the model."""

from collections.abc import Iterable, Iterator

from interviews.understanding import phrases
from interviews.understanding.intents.features import asked_about, features
from interviews.understanding.intents.model import Model
from interviews.understanding.meaning import Choice, Intent, IntentHeard
from interviews.understanding.phrases import ANSWER
from interviews.understanding.times.reader import Reading

# The score of each kind of evidence; that of the model is its probability.
CERTAIN, WHOLE, FIRM, LEADING, WISH, FAINT_YES = 1.0, 0.97, 0.93, 0.6, 0.52, 0.2
# The highest score that the model may give to anything else where a rule has spoken.
RULED = 0.9
# "Great", said first, is as often a thank you.
POLITE = 0.45
# A time is a wish for it, if nothing else is made of it.
TIMED = 0.5

# Policy: a yes books, so the model's word alone is not enough for one unless it is this sure.
SURE_YES = 0.65
# and is never the first reading below this.
LIKELY_YES = 0.5
# The score of OUT_OF_SCOPE where nothing is known of what was said.
GUESS = 0.15
# Below this an intent of the model is not mentioned.
FAINT = 0.12
# What ends the call or turns it away needs more than a guess.
DRASTIC = 0.5
_DRASTIC = (Intent.OPT_OUT, Intent.WRONG_NUMBER, Intent.VOICEMAIL, Intent.NOT_INTERESTED)


def find_intents(text: str, reading: Reading, asked: str, choice: Choice, model: Model) -> tuple[IntentHeard, ...]:
    """Return the intents of the normalised text, the surest first; `asked` is what we last said."""
    ruled = [*_hard(text), *_identity(text, asked), *_whole(text, asked), *_firm(text, reading, asked)]
    evidence = [
        *ruled,
        *_chosen(choice),
        *_modelled(text, reading, asked, model, max_score=RULED if ruled else CERTAIN),
        *_leading(reading, asked),
        *_timed(reading, asked),
    ]
    scores: dict[Intent, float] = {}
    for intent, score in evidence:
        scores[intent] = max(score, scores.get(intent, 0.0))
    ranked = sorted(_careful(scores).items(), key=lambda item: -item[1])
    return tuple(IntentHeard(intent, round(score, 3)) for intent, score in ranked if score >= FAINT)


def _careful(scores: dict[Intent, float]) -> dict[Intent, float]:
    """Keep a yes that is not likely enough out of the first place, and a no that is no likelier out of it too."""
    yes, no = scores.get(Intent.AFFIRM, 0.0), scores.get(Intent.DENY, 0.0)
    if yes >= LIKELY_YES:
        return scores
    others = dict(scores)
    others.pop(Intent.AFFIRM, None)
    if not others:
        others[Intent.OUT_OF_SCOPE] = GUESS
    highest = max(others.values())
    if yes >= no == highest:
        others[Intent.OUT_OF_SCOPE] = yes + 0.01
    return {**others, Intent.AFFIRM: min(yes, highest - 0.01)}


Evidence = Iterator[tuple[Intent, float]]


def _hard(text: str) -> Evidence:
    for intent, pattern in phrases.HARD.items():
        if pattern.search(text):
            yield intent, CERTAIN


def _identity(text: str, asked: str) -> Evidence:
    """Hear "this is she" as a yes, and "this is Meera" where it was Meera whom we asked for."""
    name = _name(text)
    is_person = ANSWER["identity_yes"].fullmatch(text) or (name and name & _asked_for(asked))
    if is_person and ANSWER["identity_asked"].search(asked.lower()):
        yield Intent.AFFIRM, WHOLE


def _asked_for(asked: str) -> set[str]:
    """Return the words of the name of "Am I speaking with Meera Shah?"."""
    named = ANSWER["asked_for"].search(asked.lower())
    return set(named["name"].split()) if named else set()


def _name(text: str) -> set[str]:
    """Return the words of the name that the person gives as theirs."""
    named = ANSWER["identity_named"].fullmatch(text)
    return set((named["name"] or named["name_first"]).split()) if named else set()


def _is_another(text: str, asked: str) -> bool:
    """Whether somebody answers with another name than we asked for, and no yes."""
    name = _name(text)
    if not name or not ANSWER["identity_asked"].search(asked.lower()):
        return False
    return not name & _asked_for(asked) and not ANSWER["plain_yes"].match(text)


def _whole(text: str, asked: str) -> Evidence:
    polite = ("asked:done" in asked_about(asked) or _is_statement(asked)) and not ANSWER["plain_yes"].match(text)
    for intent, pattern in phrases.WHOLE.items():
        if pattern.fullmatch(text) and not (polite and intent is Intent.AFFIRM):
            yield intent, WHOLE


def _firm(text: str, reading: Reading, asked: str) -> Evidence:
    score = FIRM
    for intent, pattern in phrases.FIRM.items():
        if pattern.search(text) and not (intent in _NOT_WITH_A_TIME and reading.said and asked):
            yield intent, score
            score -= 0.01


# "Change the appointment to the fifth" and "I am busy on Friday" answer the question with another time.
_NOT_WITH_A_TIME = (Intent.RESCHEDULE,)


def _chosen(choice: Choice) -> Evidence:
    if len(choice.indexes) == 1:
        yield Intent.CHOOSE_OPTION, 0.8


def _leading(reading: Reading, asked: str) -> Evidence:
    """Hear both halves of "yes what is the address", and the yes of a wish that answers an offer."""
    shape = reading.shape
    yes, no = ANSWER["leading_yes"].match(shape), ANSWER["leading_no"].match(shape)
    if yes and not no:
        yield Intent.AFFIRM, _yes(shape, asked, yes.end())
    elif no:
        yield Intent.DENY, LEADING
    elif ANSWER["wish"].search(shape) and _is_offer(asked):
        yield Intent.AFFIRM, WISH
    answer = no or yes
    if answer and ANSWER["question"].match(shape[answer.end() :].strip()):
        yield Intent.ASK_INFO, LEADING - 0.05


def _yes(shape: str, asked: str, end: int) -> float:
    """Return the score of a yes that more words follow."""
    others = phrases.CUES[Intent.NONE_WORK].search(shape)
    if others or _has_but(shape) or _hedges(shape) or "asked:done" in asked_about(asked):
        return FAINT_YES
    if _is_statement(asked) or not ANSWER["plain_yes"].match(shape):
        return POLITE
    asks = ANSWER["question"].match(shape[end:].strip())
    if asks and not ANSWER["strict_yes"].match(shape):
        return POLITE
    return WHOLE if asks else LEADING


def _has_but(text: str) -> bool:
    return bool(ANSWER["contrast"].search(text))


def _hedges(text: str) -> bool:
    return bool(ANSWER["hedge"].search(text))


def _is_filled_question(shape: str) -> bool:
    """Whether a question only begins with an okay: "okay so where is it"."""
    yes = ANSWER["leading_yes"].match(shape)
    asks = yes and ANSWER["question"].match(shape[yes.end() :].strip())
    return bool(asks) and not ANSWER["strict_yes"].match(shape)


def _timed(reading: Reading, asked: str) -> Evidence:
    """Hear the time of "no sorry can we do Friday instead" beside the no."""
    if reading.said and all(said.excluded for said in reading.said) and ANSWER["leading_no"].match(reading.shape):
        yield Intent.DENY, FIRM
    if any(not said.excluded for said in reading.said):
        instead = ANSWER["instead"].search(reading.shape) or "asked:confirm" in asked_about(asked)
        yield Intent.PROPOSE_TIME if instead else Intent.GIVE_TIME, TIMED


def _is_statement(asked: str) -> bool:
    """Whether what we last said was no question."""
    questions = {"asked:confirm", "asked:whether", "asked:when", "asked:nothing"}
    return "?" not in asked and not questions & set(asked_about(asked))


def _is_offer(asked: str) -> bool:
    about = asked_about(asked)
    return "asked:time" not in about and bool(ANSWER["offered"].search(asked.lower()) or about == ("asked:statement",))


def _modelled(text: str, reading: Reading, asked: str, model: Model, *, max_score: float) -> Evidence:
    found = features(reading, text, asked, model.weights)
    if not _is_anything_known(reading, found):
        return
    likely = _weighed(model.probabilities(found), _is_yes_uncertain(text, reading.shape, asked))
    for intent, probability in likely.items():
        if probability >= (DRASTIC if intent in _DRASTIC else FAINT):
            yield intent, min(probability, max_score)


def _is_yes_uncertain(text: str, shape: str, asked: str) -> bool:
    """Whether a yes would be the model's word alone, one taken back, or as likely thanks for what we said."""
    is_statement = _is_statement(asked) or "asked:done" in asked_about(asked)
    if is_statement and not text.startswith("yes") and ANSWER["polite"].search(text):
        return True
    said = ANSWER["leading_yes"].match(shape) or phrases.CUES[Intent.AFFIRM].search(text)
    if _is_another(text, asked) or _has_but(text):
        return True
    return bool(asked) and not is_statement and (not said or _hedges(text) or _is_filled_question(shape))


def _weighed(likely: dict[Intent, float], is_uncertain: bool) -> dict[Intent, float]:
    """Return the probabilities with a yes that is not sure enough held down."""
    yes = likely.get(Intent.AFFIRM, 0.0)
    return likely if yes >= SURE_YES and not is_uncertain else {**likely, Intent.AFFIRM: min(yes, POLITE)}


def _is_anything_known(reading: Reading, found: Iterable[str]) -> bool:
    return bool(reading.kinds) or any(feature.startswith("cue:") or _is_words(feature) for feature in found)


def _is_words(feature: str) -> bool:
    return ":" not in feature and "&" not in feature and bool(feature.strip("?^$ "))
