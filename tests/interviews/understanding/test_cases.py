import pytest

from interviews.understanding import Intent, Meaning
from interviews.understanding.score import ACT
from interviews.understanding.tools.explain import described
from tests.interviews.understanding.cases import CASES, understood


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
