"""Whether an expression can read a text in ever more ways: the proof that a backtracking matcher comes to an end.

Exponential: from a character of a loop back to it, the same text can be read in two ways. Polynomial: two loops in a
row can share one text between them in as many ways as it is long; three in a row in the square of them. Looking for a
match at every place is such a loop before all others.
Source: Weber and Seidl, "On the degree of ambiguity of finite automata" (1991); Weideman and others, "Analyzing
matching time behavior of backtracking regular expression matchers by using ambiguity of NFA" (2016).
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cached_property

from tests.expressions.automaton import Automaton
from tests.expressions.graph import Nodes, path, reached, strongly_connected


class Ambiguity:
    """In how many ways an expression may read one text, at any place of it."""

    def __init__(self, automaton: Automaton) -> None:
        everything = (1 << len(automaton.alphabet)) - 1
        self.automaton = automaton
        self._search = len(automaton.sets)
        self._sets = [*automaton.sets, everything]
        started = [
            after for after, conditions in automaton.first if not any(condition.is_start for condition in conditions)
        ]
        self._after = [[after for after, _ in following] for following in automaton.following]
        self._after.append([self._search, *started])
        parts = strongly_connected([(node,) for node in range(len(self._after))], self._all_on)
        loops = [{node for (node,) in part} for part in parts]
        self.loops = [loop for loop in loops if any(loop.intersection(self._after[node]) for node in loop)]
        self._loop_of = {node: number for number, loop in enumerate(self.loops) for node in loop}

    def exponential(self) -> str | None:
        """Return a text that leads round a loop in two ways."""
        begun = {pair: None for loop in self.loops for node in loop for pair in self._parted(node)}
        for one, other in begun:
            if one == other:
                return self._text([(one, other)])
        found = path(begun, lambda pair: pair[0] == pair[1], self._beside)
        return self._text(found) if found else None

    def _parted(self, node: int) -> Iterator[Nodes]:
        """Yield the pairs of ways out of one node that stay in its loop, the same step twice too if it is two."""
        steps = [after for after in self._after[node] if self._loop_of.get(after) == self._loop_of[node]]
        for number, one in enumerate(steps):
            yield from ((one, other) for other in steps[number + 1 :] if self._sets[one] & self._sets[other])

    def _beside(self, pair: Nodes) -> Iterator[Nodes]:
        loop = self.loops[self._loop_of[pair[0]]]
        return self._all_on(pair, (loop, loop))

    @cached_property
    def shared(self) -> dict[tuple[int, int], str]:
        """The pairs of loops that can share a text in as many ways as it is long, and the text."""
        beyond = [self._reached(loop) for loop in self.loops]
        pairs = (
            (one, other)
            for one in range(len(self.loops))
            for other in range(len(self.loops))
            if one != other and beyond[one] & self.loops[other]
        )
        found = ((pair, self._shared_text(*pair, beyond[pair[0]])) for pair in pairs)
        return {pair: text for pair, text in found if text is not None}

    @property
    def degree(self) -> int:
        """The power of the length in which the number of ways to read a text grows."""
        return max((self._degree_from(loop) for loop in range(len(self.loops))), default=0)

    def _degree_from(self, loop: int) -> int:
        return max((1 + self._degree_from(after) for before, after in self.shared if before == loop), default=0)

    def _shared_text(self, one: int, other: int, beyond: set[int]) -> str | None:
        """Return a text that leads round one loop, round the other, and from the first to the other."""
        within = (self.loops[one], self.loops[other], beyond)

        def on(nodes: Nodes) -> Iterator[Nodes]:
            return self._all_on(nodes, within)

        def on_and_again(nodes: Nodes) -> Iterator[Nodes]:
            yield from on(nodes)
            if nodes[1] == nodes[2]:
                yield nodes[0], nodes[1], nodes[0]

        starts = [(a, b, a) for a in within[0] for b in within[1] if self._sets[a] & self._sets[b]]
        for part in strongly_connected(starts, on_and_again):
            for a, b, _ in (nodes for nodes in part if nodes[0] == nodes[2]):
                if (a, b, b) in part and (found := path(on((a, b, a)), {(a, b, b)}.__contains__, on)):
                    return self._text(found)
        return None

    def pumps(self) -> Iterator[tuple[str, str]]:
        """Yield a text that leads into a loop and one that leads round it, for every loop by each of its ways."""
        for loop in self.loops:
            steps = [[after for after in self._after[node] if after in loop] for node in loop]
            for at in sorted({after for ways in steps if len(ways) > 1 for after in ways} or {min(loop)}):
                if at != self._search:
                    yield self._text(self._into(loop)), self._text(self._round(loop, at))

    def _into(self, loop: set[int]) -> list[Nodes]:
        started = [(after,) for after, _ in self.automaton.first]
        return path(started, lambda node: node[0] in loop, self._all_on)

    def _round(self, loop: set[int], at: int) -> list[Nodes]:
        def on(node: Nodes) -> Iterator[Nodes]:
            return self._all_on(node, (loop,))

        return path(on((at,)), {(at,)}.__contains__, on)

    def _reached(self, loop: set[int]) -> set[int]:
        return {at for (at,) in reached([(at,) for at in loop], self._all_on)}

    def _all_on(self, nodes: Nodes, within: Sequence[Container[int]] = (), common: int = -1) -> Iterator[Nodes]:
        """Yield where all the ways may be one character on, the same for all, each `within` its nodes."""
        if not nodes:
            yield ()
            return
        for after in self._after[nodes[0]]:
            if (bits := common & self._sets[after]) and (not within or after in within[0]):
                yield from ((after, *rest) for rest in self._all_on(nodes[1:], within[1:], bits))

    def _text(self, way: Iterable[Nodes]) -> str:
        return "".join(self._character(nodes) for nodes in way)

    def _character(self, nodes: Nodes) -> str:
        common = -1
        for node in nodes:
            common &= self._sets[node]
        found = self.automaton.characters(common & self._sets[self._search])
        return next((character for character in found if character.isalnum()), found[-1])
