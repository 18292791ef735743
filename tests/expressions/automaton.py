"""A regular expression as the automaton that a backtracking matcher walks: its characters, and what may follow each.

Every way of the matcher to read a text is a path here, and none is missing: where the two differ the automaton reads
more. A lookahead is a path that ends, and never a condition; `^`, `$`, `\\b` and lookbehinds are conditions.
"""

import re
import string
from dataclasses import dataclass, field
from re import _compiler, _constants, _parser  # type: ignore[attr-defined] # there is no public parser
from typing import Any

# What stands for all characters, beside those that the expression itself is written in.
SAMPLE = string.printable + "\x00éकः०²"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold between two characters; `is_start`: that nothing is before it."""

    pattern: re.Pattern[str]
    is_start: bool

    def holds(self, text: str, at: int) -> bool:
        return self.pattern.match(text, at) is not None


Conditions = tuple[Condition, ...]
# To a character, on conditions.
Step = tuple[int, Conditions]

_CHARACTERS = frozenset({_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN})
_REPEATS = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT})
_STARTS = (_constants.AT_BEGINNING, _constants.AT_BEGINNING_STRING)
_LOOKS = frozenset({_constants.ASSERT, _constants.ASSERT_NOT})


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an expression: the steps into it, out of its last characters, and past it where it may be empty."""

    first: tuple[Step, ...] = ()
    last: tuple[Step, ...] = ()
    empty: tuple[Conditions, ...] = ()


EMPTY = Part(empty=((),))


@dataclass
class Automaton:
    """The characters of an expression, each by the set that it may be, as bits of `alphabet`, and the steps between."""

    pattern: re.Pattern[str]
    sets: list[int] = field(default_factory=list)
    following: list[list[Step]] = field(default_factory=list)
    first: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        written = self.pattern.pattern
        self.alphabet = sorted({*SAMPLE, *written, *written.upper(), *written.lower()})
        self._known: dict[str, int] = {}
        self._read: dict[tuple[int | None, str], list[Step]] = {}
        self._parsed = _parser.parse(written, self.pattern.flags)
        self.first = self._sequence(self._parsed).first

    def characters(self, bits: int) -> list[str]:
        return [character for at, character in enumerate(self.alphabet) if bits >> at & 1]

    def on(self, node: int | None, character: str) -> list[Step]:
        """Return the steps from there, or from the beginning, that read the character."""
        known = self._read.get((node, character))
        if known is None:
            steps, bit = self.first if node is None else self.following[node], 1 << self.alphabet.index(character)
            known = self._read[node, character] = [step for step in steps if self.sets[step[0]] & bit]
        return known

    def _sequence(self, items: Any) -> Part:
        part = EMPTY
        for operation, value in items:
            part = self._joined(part, self._part(operation, value))
        return part

    def _part(self, operation: Any, value: Any) -> Part:
        if operation in _CHARACTERS:
            return self._character(operation, value)
        if operation in _REPEATS:
            return self._repeat(*value)
        if operation in _LOOKS:
            return self._look(operation, value)
        if operation is _constants.AT:
            return self._condition(operation, value)
        if operation is _constants.BRANCH:
            return _either([self._sequence(branch) for branch in value[1]])
        if operation is _constants.ATOMIC_GROUP:
            return self._sequence(value)
        assert operation is _constants.SUBPATTERN, f"{operation} is not read"
        assert not any(value[1:3]), "flags inside an expression are not read"
        return self._sequence(value[3])

    def _character(self, operation: Any, value: Any) -> Part:
        key = f"{operation} {value}"
        if key not in self._known:
            one = self._compiled(operation, value)
            bits = (1 << at for at, character in enumerate(self.alphabet) if one.fullmatch(character))
            self._known[key] = sum(bits)
        self.sets.append(self._known[key])
        self.following.append([])
        step = ((len(self.sets) - 1, ()),)
        return Part(first=step, last=step)

    def _repeat(self, min_count: int, max_count: Any, items: Any) -> Part:
        if max_count is not _constants.MAXREPEAT:
            return self._joined(self._times(min_count, items), self._at_most(max_count - min_count, items))
        part = self._times(max(min_count - 1, 0), items)
        loop = self._sequence(items)
        self._link(loop, loop)
        return self._joined(part, loop if min_count else _either([loop, EMPTY]))

    def _times(self, count: int, items: Any) -> Part:
        part = EMPTY
        for _ in range(count):
            part = self._joined(part, self._sequence(items))
        return part

    def _at_most(self, count: int, items: Any) -> Part:
        part = EMPTY
        for _ in range(count):
            part = _either([self._joined(self._sequence(items), part), EMPTY])
        return part

    def _look(self, operation: Any, value: Any) -> Part:
        direction, items = value
        if direction < 0:
            return self._condition(operation, value)
        return Part(first=self._sequence(items).first, empty=((),))

    def _condition(self, operation: Any, value: Any) -> Part:
        condition = Condition(self._compiled(operation, value), is_start=value in _STARTS)
        return Part(empty=((condition,),))

    def _joined(self, one: Part, other: Part) -> Part:
        self._link(one, other)
        return Part(
            first=one.first + tuple((at, past + on) for past in one.empty for at, on in other.first),
            last=other.last + tuple((at, on + past) for at, on in one.last for past in other.empty),
            empty=tuple(past + other_past for past in one.empty for other_past in other.empty),
        )

    def _link(self, one: Part, other: Part) -> None:
        for at, on in one.last:
            self.following[at] += [(next_at, on + next_on) for next_at, next_on in other.first]

    def _compiled(self, operation: Any, value: Any) -> re.Pattern[str]:
        alone = _parser.SubPattern(self._parsed.state, [(operation, value)])
        compiled: re.Pattern[str] = _compiler.compile(alone)
        return compiled


def _either(parts: list[Part]) -> Part:
    return Part(
        first=tuple(step for part in parts for step in part.first),
        last=tuple(step for part in parts for step in part.last),
        empty=tuple(past for part in parts for past in part.empty),
    )
