"""Whether an utterance is made of nothing but known phrases, and of which kinds; with any other word it is not."""

from collections.abc import Container, Iterator, Sequence
from itertools import product
from typing import Any

from interviews.language.in_use import FOLDER, lexicon

# A time, and the name of the person, among the words of an utterance
TIME, NAME = "TIME", "NAME"
# Phrases of these kinds lead on to something: as the last words of an utterance they were cut off
OPENINGS = frozenset(("opening", "sigh"))
# Nobody says a plain yes at greater length
MAX_WORDS = 24

_PHRASE_ENDS = ""
_TIMES = frozenset(("DAY", "CLOCK", "PART"))
_JOINS = frozenset(("-", "/"))
Node = dict[str, Any]


class Whitelist:
    """The phrases of a file: a class of words a line ("good = fine great"), then phrases under the [kind] they are.

    In a phrase `{good}` stands for any word of its class, and a word marked with "?" may be left out.
    """

    def __init__(self, text: str) -> None:
        self._classes: dict[str, tuple[str, ...]] = {}
        self._phrases: Node = {}
        self._words = {TIME, NAME, *_TIMES, *_JOINS}
        self._read(text)

    def kinds(self, words: Sequence[str]) -> frozenset[str] | None:
        """Return the kinds of the phrases that the words consist of, the longest first; None where they do not."""
        if not words or len(words) > MAX_WORDS or not self._words.issuperset(words):
            return None
        found: list[frozenset[str] | None] = [None] * len(words) + [frozenset()]
        for start in reversed(range(len(words))):
            for end, kind in sorted(self._ends(words, start), reverse=True):
                rest = found[end]
                if rest is not None and (rest or kind not in OPENINGS):
                    found[start] = rest | {kind}
                    break
        return found[0]

    def leading(self, words: Sequence[str], kinds: Container[str]) -> int:
        """Return how many words, from the first on, are phrases of the list, up to the last of these kinds."""
        at = counted = 0
        while at < len(words) and (ends := list(self._ends(words, at))):
            at, kind = max(ends)
            counted = at if kind in kinds else counted
        return counted

    def _ends(self, words: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
        """Yield where each phrase that begins there ends, and its kind."""
        nodes = [self._phrases]
        for at in range(start, len(words)):
            keys = self._classes.get(words[at], (words[at],))
            nodes = [node[key] for node in nodes for key in keys if key in node]
            if not nodes:
                return
            for node in nodes:
                if kind := node.get(_PHRASE_ENDS):
                    yield at + 1, kind

    def _read(self, text: str) -> None:
        kind = ""
        for line in text.replace("\n  ", " ").splitlines():
            if line.startswith("["):
                kind = line.strip("[]")
            elif " = " in line and not kind:
                name, _, members = line.partition(" = ")
                self._add_class(f"{{{name}}}", members.split())
            elif line and not line.startswith("#"):
                self._add_phrase(line.split(), kind)

    def _add_class(self, name: str, members: list[str]) -> None:
        self._words.update(members)
        for member in members:
            self._classes[member] = (*self._classes.get(member, (member,)), name)

    def _add_phrase(self, words: list[str], kind: str) -> None:
        choices = [(word.removesuffix("?"), "") if word.endswith("?") else (word,) for word in words]
        for chosen in product(*choices):
            node = self._phrases
            for word in filter(None, chosen):
                self._words.add(word)
                node = node.setdefault(word, {})
            node[_PHRASE_ENDS] = kind


def load(name: str) -> Whitelist:
    """Return the whitelist of a file of the language in use."""
    return Whitelist((FOLDER / name).read_text(encoding="utf-8"))


def words_of(shape: str) -> list[str]:
    """Return the words of an utterance's shape, with each time, however many pieces it has, as one word."""
    words: list[str] = []
    for word in shape.split():
        if word in _TIMES:
            while words and words[-1] in lexicon.BEFORE_A_TIME:
                words.pop()
            if words[-1:] != [TIME]:
                words.append(TIME)
        elif word not in _JOINS:
            words.append(word)
    return words
