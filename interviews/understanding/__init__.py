"""What candidates say, understood: from the words heard to intents, times and the choice among the offered slots."""

from interviews.understanding.grammar import Grammar
from interviews.understanding.meaning import (
    Bound,
    Choice,
    Intent,
    IntentHeard,
    Meaning,
    Part,
    TimeSaid,
    Understanding,
    Utterance,
)

__all__ = [
    "Bound",
    "Choice",
    "Grammar",
    "Intent",
    "IntentHeard",
    "Meaning",
    "Part",
    "TimeSaid",
    "Understanding",
    "Utterance",
]
