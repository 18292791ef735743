"""What candidates say, understood: from the words heard to intents, times and the choice among the offered slots."""

from interviews.understanding.grammar import Grammar
from interviews.understanding.meaning import (
    Bound,
    Choice,
    Consent,
    Intent,
    IntentHeard,
    Meaning,
    Part,
    Speaker,
    TimeSaid,
    Understanding,
    Utterance,
)

__all__ = [
    "Bound",
    "Choice",
    "Consent",
    "Grammar",
    "Intent",
    "IntentHeard",
    "Meaning",
    "Part",
    "Speaker",
    "TimeSaid",
    "Understanding",
    "Utterance",
]
