"""From which score an intent is acted on, and from which we ask whether it was meant: the one policy for both.

An intent of score ACT or more counts as said: it is acted on, and before anything is booked a read-back still comes.
From ASK to ACT it is worth asking whether it was meant. Below ASK nothing was understood, and we ask for it again.
"""

from enum import StrEnum

from interviews.understanding.meaning import Intent, IntentHeard, Meaning

ACT = 0.5
ASK = 0.3

# What the recogniser's confidence leaves of a score where it has none at all.
MIN_SHARE = 0.4

# Below this, a yes was heard too badly to be one.
MIN_CONFIDENCE_FOR_A_YES = 0.25

# An outright refusal is taken at its word, however badly it was heard.
AT_ITS_WORD = (Intent.OPT_OUT, Intent.WRONG_NUMBER)


class Verdict(StrEnum):
    """What to do about an utterance."""

    ACT = "act"
    ASK = "ask"
    REPEAT = "repeat"


def weigh(heard: tuple[IntentHeard, ...], confidence: float | None) -> tuple[IntentHeard, ...]:
    """Return the intents as sure as the recogniser lets them be; it writes 0 where it does not say."""
    if not confidence:
        return heard
    share = MIN_SHARE + (1 - MIN_SHARE) * min(confidence, 1.0)
    weighed = (
        one if one.intent in AT_ITS_WORD else IntentHeard(one.intent, round(one.score * share, 3)) for one in heard
    )
    return tuple(sorted(weighed, key=lambda one: -one.score))


def is_heard(confidence: float | None) -> bool:
    """Return whether the recogniser is sure enough for a yes; it writes 0 where it does not say."""
    return not confidence or confidence >= MIN_CONFIDENCE_FOR_A_YES


def verdict(meaning: Meaning) -> Verdict:
    """Return what to do about the surest intent, or about times or a choice named without any."""
    if meaning.choice.indexes or meaning.choice.other or meaning.times:
        return Verdict.ACT
    known = [one.score for one in meaning.intents if one.intent is not Intent.OUT_OF_SCOPE]
    surest = max(known, default=0.0)
    return Verdict.ACT if surest >= ACT else Verdict.ASK if surest >= ASK else Verdict.REPEAT
