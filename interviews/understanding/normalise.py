"""Turns what the recogniser wrote into the words that are read: one spelling, numbers as digits, no fillers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interviews.language.in_use import lexicon, numbers

# What is read of one utterance: nobody says more in a turn, nor a longer word, and no expression takes long over it.
MAX_WORDS, MAX_LETTERS = 200, 32

_PLAIN = str.maketrans("०१२३४५६७८९’‘`–—।", "0123456789'''-- ")
_ATTACHED = re.compile(r"(\d)\s*([ap])\.?\s?m\b\.?|(\d)([ap])\b")
_TOKEN = re.compile(
    r"\d+(?:[:.]\d\d)+(?!\d)|\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_\u0900-\u097f]+(?:'[^\W\d_]+)*|[\u0900-\u097f]+|[-/]"
)
_SOUND = re.compile(rf"\b(?:{'|'.join(lexicon.SOUNDS)})\b")


@dataclass(frozen=True, slots=True)
class Words:
    """An utterance in the grammar's own words, separated by single spaces; `is_cut`: there was more than is read."""

    text: str
    is_cut: bool = False


def words_of(text: str) -> Words:
    """Return the words of the utterance that are read: the first MAX_WORDS, of each the first MAX_LETTERS."""
    spoken = list(_words(text))
    if not spoken and lexicon.PLEASE_ALONE.fullmatch(text):
        return Words("yes")
    words = [word[:MAX_LETTERS] for word in spoken[:MAX_WORDS]]
    return Words(" ".join(numbers.as_digits(_phrases(words))), is_cut=words != spoken)


def normalise(text: str) -> str:
    return words_of(text).text


def _words(text: str) -> Iterator[str]:
    plain = _SOUND.sub(_sound, _ATTACHED.sub(_meridiem, text.lower().translate(_PLAIN)))
    tokens = [token for token in _TOKEN.findall(plain) if token not in lexicon.FILLERS]
    skip = False
    for here, following in zip(tokens, [*tokens[1:], ""], strict=False):
        if skip:
            skip = False
        elif f"{here} {following}" in lexicon.FILLER_PHRASES:
            skip = True
        else:
            yield from (_clock(here),) if here[0].isdecimal() else lexicon.WORDS.get(here, here).split()


def _sound(match: re.Match[str]) -> str:
    return lexicon.SOUNDS[match.group()]


def _meridiem(match: re.Match[str]) -> str:
    digit, letter = match.group(1) or match.group(3), match.group(2) or match.group(4)
    return f"{digit} {letter}m "


def _clock(token: str) -> str:
    """Write 8.30 and 17:49:19 as 8:30 and 17:49; anything else stays."""
    return ":".join(re.split(r"[:.]", token)[:2])


def _by_first_word(phrases: dict[str, str]) -> dict[str, list[tuple[list[str], list[str]]]]:
    index: dict[str, list[tuple[list[str], list[str]]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        index.setdefault(phrase.split()[0], []).append((phrase.split(), phrases[phrase].split()))
    return index


_PHRASES = _by_first_word(lexicon.PHRASES)


def _phrases(words: list[str]) -> list[str]:
    said: list[str] = []
    at = 0
    while at < len(words):
        for phrase, meant in _PHRASES.get(words[at], ()):
            if words[at : at + len(phrase)] == phrase:
                said += meant
                at += len(phrase)
                break
        else:
            said.append(words[at])
            at += 1
    return said
