from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interviews.understanding import Grammar, Intent, Meaning, Utterance
from interviews.understanding.score import ACT
from interviews.understanding.tools.explain import described

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 22, 9, tzinfo=KOLKATA)
OFFERED = (
    datetime(2026, 11, 24, 10, tzinfo=KOLKATA),
    datetime(2026, 11, 24, 14, tzinfo=KOLKATA),
    datetime(2026, 11, 26, 15, 30, tzinfo=KOLKATA),
)
LINES = (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
CASES = [[part.strip() for part in line.split("|")] for line in LINES if line and not line.startswith("#")]


GRAMMAR = Grammar()


def utterance(text: str, asked: str | None = None, confidence: float | None = None) -> Utterance:
    return Utterance(
        text=text,
        now=NOW,
        time_zone="Asia/Kolkata",
        offered=OFFERED,
        asked=asked,
        confidence=confidence,
        country="IN",
    )


def understood(text: str, asked: str | None = None) -> Meaning:
    return GRAMMAR.understand(utterance(text, asked))


def said_of(meaning: Meaning) -> list[str]:
    """Return the meaning in the words of cases.txt."""
    numbers = " ".join(str(index + 1) for index in meaning.choice.indexes)
    return [
        *(heard.intent.value for heard in meaning.intents if heard.score >= ACT),
        *([f"slot{'s' if ' ' in numbers else ''} {numbers}"] if numbers else []),
        *(["another time"] if meaning.choice.other else []),
        *(f"at {described(time)}" for time in meaning.times),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_what_was_said_means(case: list[str]) -> None:
    text, means, *asked = case
    expected = [part.strip() for part in means.split(";")]
    intents = [part for part in expected if part in set(Intent)]

    found = said_of(understood(text, asked[0] if asked else None))

    assert set(expected) <= set(found)
    assert intents[:1] == found[: len(intents[:1])]
