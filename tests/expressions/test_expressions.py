import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.expressions.ambiguity import Ambiguity
from tests.expressions.automaton import Automaton
from tests.expressions.collected import expressions
from tests.expressions.steps import count_readings, count_steps

pytestmark = pytest.mark.slow

# What is said in one turn, and what may be read of it: half its square is once to its end from everywhere
LENGTH = 1000
MAX_STEPS = 600_000
# What is said by nobody, to make a match fail after all that went before
END = "\x00"

EXPRESSIONS = expressions(["interviews", "calls", "candidates", "config"])
NOT_REALLY = "no(?: (?:no|not really|not|really))*"


@cache
def ambiguity_of(source: str, flags: int = 0) -> Ambiguity:
    return Ambiguity(Automaton(re.compile(source, flags)))


def max_steps(ambiguity: Ambiguity) -> int:
    return max((count_steps(ambiguity.automaton, text) for text in pumped(ambiguity)), default=0)


def pumped(ambiguity: Ambiguity) -> Iterator[str]:
    """Yield what the expression repeats, said over and over and then broken off."""
    for into, again in [*ambiguity.pumps(), *(("", text) for text in ambiguity.shared.values())]:
        yield (into + again * LENGTH)[: LENGTH - 1] + END


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_expression_can_be_read_in_exponentially_many_ways(name: str) -> None:
    ambiguity = ambiguity_of(EXPRESSIONS[name].pattern, EXPRESSIONS[name].flags)

    assert ambiguity.exponential() is None


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_expression_takes_more_than_the_square_of_what_is_said(name: str) -> None:
    ambiguity = ambiguity_of(EXPRESSIONS[name].pattern, EXPRESSIONS[name].flags)

    assert ambiguity.degree <= 1


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_an_expression_repeats_ends_soon_however_often_it_is_said(name: str) -> None:
    ambiguity = ambiguity_of(EXPRESSIONS[name].pattern, EXPRESSIONS[name].flags)

    assert max_steps(ambiguity) <= MAX_STEPS


@pytest.mark.parametrize(
    "source",
    [
        r"(?:a|aa)*b",
        r"(?:a|ab|b)*c",
        r"(?:ab|cd|abcd)*e",
        r"(a+)+$",
        r"(?:a*)*b",
        r"(?:a?b?c?)*d",
        r"(?:\w+ ?)*$",
        r"(?:a(?=a*b)|a)*c",
        r"(?:(?:a|b){1,3})*c",
        NOT_REALLY,
    ],
)
def test_an_expression_that_reads_one_text_in_two_ways_again_and_again_is_found(source: str) -> None:
    assert ambiguity_of(source).exponential()


@pytest.mark.parametrize(
    "source", [r"\d*\d*x", r"(?:\w+ )*(?:\w+ )*x", r"^\d*\d*\d*x", r"\w+.*no.*x", r"(?=\d*\d*x)\d"]
)
def test_loops_that_share_what_is_said_are_found(source: str) -> None:
    assert ambiguity_of(source).exponential() is None
    assert ambiguity_of(source).degree > 1


def test_too_many_steps_are_found_where_their_number_is_the_square() -> None:
    assert max_steps(ambiguity_of(r"(?:\w+ )*\w+$")) > MAX_STEPS


@pytest.mark.parametrize(
    "source",
    [
        r"no(?: (?:no|not|really))*$",
        r"\b(?:call|ring)(?: \w+){0,3} later\b",
        r"^(?:(?:a|b)c)*d",
        r"\d+",
        r"a{1,20}b",
        r"(?<!\d )\d\d?(?! \d)",
        r"told you (?:\w+ )*(?:to stop|not to)\b",
    ],
)
def test_an_expression_that_ends_passes(source: str) -> None:
    ambiguity = ambiguity_of(source)

    assert (ambiguity.exponential(), ambiguity.degree <= 1) == (None, True)
    assert max_steps(ambiguity) <= MAX_STEPS


def test_every_further_not_really_doubled_the_steps() -> None:
    automaton = ambiguity_of(NOT_REALLY).automaton

    twice = count_readings(automaton, "no" + " not really" * 25) / count_readings(automaton, "no" + " not really" * 24)

    assert round(twice, 2) == 2


@pytest.mark.parametrize(("source", "text", "count"), [("a*b", "aaa", 6), ("^a*b", "aaa", 3), (r"\ba|ab", "aab", 4)])
def test_steps_are_the_characters_read_from_every_start(source: str, text: str, count: int) -> None:
    assert count_steps(ambiguity_of(source).automaton, text) == count


@pytest.mark.parametrize(
    "part",
    ["phrases HARD", "phrases WHOLE", "clock RULES any", "reader DAY_RULES", "normalise _TOKEN", "reference _POINTS"],
)
def test_the_expressions_are_found_wherever_they_are_held(part: str) -> None:
    assert any(part in name for name in EXPRESSIONS)
