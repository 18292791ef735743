"""How many steps a backtracking matcher may take over a text, counted without taking them."""

from collections import Counter
from collections.abc import Collection

from tests.expressions.automaton import Automaton


def count_steps(automaton: Automaton, text: str) -> int:
    """Return the steps it takes to find all matches; none starts inside another.

    Of an expression with exponentially many the matches are never found, so this does not return.
    """
    inside = {at for match in automaton.pattern.finditer(text) for at in range(match.start() + 1, match.end())}
    return count_readings(automaton, text, [at for at in range(len(text)) if at not in inside])


def count_readings(automaton: Automaton, text: str, starts: Collection[int] = (0,)) -> int:
    """Return in how many ways the expression may read on, from all the starts to each character of the text.

    A matcher that finds no match has tried each of them, and one that finds a match some of them.
    """
    here: Counter[int] = Counter()
    total = 0
    for at, character in enumerate(text):
        before = here
        here = Counter()
        for node, count in [*before.items(), *([(None, 1)] if at in starts else [])]:
            for after, conditions in automaton.on(node, character):
                if all(condition.holds(text, at) for condition in conditions):
                    here[after] += count
        total += here.total()
    return total
