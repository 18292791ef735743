"""From what the recogniser wrote to the words the grammar reads: one spelling, numbers as digits, no fillers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from interviews.language.en import hindi, lexicon

# What is read of one utterance: nobody says more in a turn, nor a longer word, and no expression takes long over it.
MAX_WORDS, MAX_LETTERS = 200, 32

_PLAIN = str.maketrans("०१२३४५६७८९’‘`–—।", "0123456789'''-- ")
_ATTACHED = re.compile(r"(\d)\s*([ap])\.?\s?m\b\.?|(\d)([ap])\b")
_TOKEN = re.compile(
    r"\d+(?:[:.]\d\d)+(?!\d)|\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_\u0900-\u097f]+(?:'[^\W\d_]+)*|[\u0900-\u097f]+|[-/]"
)
_SOUND = re.compile(rf"\b(?:{'|'.join(lexicon.SOUNDS)})\b")
_WORDS = hindi.WORDS | lexicon.WORDS
_SMALL_UNITS = {word: number for word, number in lexicon.CARDINALS.items() if 1 <= number <= 9}
_SMALL_ORDINALS = {word: number for word, number in lexicon.ORDINALS.items() if number <= 9}
_HOUR_UNITS = frozenset(
    ("oclock", "day", "days", "week", "weeks", "month", "hour", "hours", "minute", "minutes", "second", "sec")
)
_BEFORE_ONE = frozenset(
    (
        *("at", "around", "about", "option", "number", "past", "to", "after", "before", "from", "until", "till", "in"),
        *("between", "slot", "choice", "by"),
    )
)
_AFTER_ONE = _HOUR_UNITS | {"am", "pm", "minute"} | set(lexicon.TENS)
_ONE_BY_PART = frozenset(("morning", "afternoon", "evening", "night", "dopahar"))
_OH = ("oh", "o", "zero", "0")
_QUARTERS = ("saade", "sava", "paune")
_ENGLISH_TOO = ("do", "char", "sat")
_PLEASE = re.compile(r"(?i)\W*please\W*")
_BEFORE_SECOND = frozenset(("a", "one", "1", "per", "few", "just", "half"))


@dataclass(frozen=True, slots=True)
class Words:
    """An utterance in the grammar's own words, separated by single spaces; `is_cut`: there was more than is read."""

    text: str
    is_cut: bool = False


def words_of(text: str) -> Words:
    """Return the words of the utterance that are read: the first MAX_WORDS, of each the first MAX_LETTERS."""
    spoken = list(_words(text))
    if not spoken and _PLEASE.fullmatch(text):
        return Words("yes")
    words = [word[:MAX_LETTERS] for word in spoken[:MAX_WORDS]]
    return Words(" ".join(_numbers(_phrases(words))), is_cut=words != spoken)


def normalise(text: str) -> str:
    """Return the words of the utterance that are read."""
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
            yield from (_clock(here),) if here[0].isdecimal() else _WORDS.get(here, here).split()


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


_PHRASES = _by_first_word(lexicon.PHRASES | hindi.PHRASES)


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


def _numbers(words: list[str]) -> Iterator[str]:
    """Write numbers as digits: "twenty first" as 21st, "nine oh five" as 9 05, "saade teen" as 3:30."""
    at = 0
    while at < len(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        written, width = _number(before, words[at], after, words[at + 2] if at + 2 < len(words) else "")
        yield written
        at += width


def _number(before: str, word: str, after: str, beyond: str) -> tuple[str, int]:
    """Return what to write for the word, and how many words that stands for."""
    if word in lexicon.TENS:
        return _tens(lexicon.TENS[word], after, beyond)
    if word in lexicon.ORDINALS:
        return _ordinal(before, word), 1
    if word in _OH and (before in lexicon.CARDINALS or before.isdecimal()) and after in _SMALL_UNITS:
        return f"0{_SMALL_UNITS[after]}", 2
    if word == "one":
        return _one(before, after, beyond), 1
    if word in lexicon.CARDINALS:
        return _cardinal(lexicon.CARDINALS[word], after)
    return _hindi(before, word, after)


def _cardinal(number: int, after: str) -> tuple[str, int]:
    return (f"{number}00", 2) if after == "hundred" else (str(number), 1)


def _hindi(before: str, word: str, after: str) -> tuple[str, int]:
    """Read Hindi numbers where a unit of time or a part of the day stands beside: "do" is English too."""
    if word in _QUARTERS and (hour := _hindi_hour(after)):
        return _hindi_quarters(word, hour), 2
    beside_part = before in _ONE_BY_PART and word not in _ENGLISH_TOO
    if word in hindi.NUMBERS and (after in _HOUR_UNITS or beside_part):
        return str(hindi.NUMBERS[word]), 1
    return word, 1


def _tens(tens: int, after: str, beyond: str) -> tuple[str, int]:
    unit, width = (beyond, 3) if after == "-" else (after, 2)
    if unit in _SMALL_UNITS:
        return str(tens + _SMALL_UNITS[unit]), width
    if unit in _SMALL_ORDINALS:
        return _suffixed(tens + _SMALL_ORDINALS[unit]), width
    return str(tens), 1


def _ordinal(before: str, word: str) -> str:
    if word == "second" and before in _BEFORE_SECOND:
        return word
    return _suffixed(lexicon.ORDINALS[word])


def _suffixed(number: int) -> str:
    return f"{number}th"


def _one(before: str, after: str, beyond: str) -> str:
    """Tell the number from the pronoun of "the tuesday one"."""
    alone = not before and not after
    timed = after in _AFTER_ONE or after in lexicon.CARDINALS or (after == "in" and beyond in ("the", *_ONE_BY_PART))
    return "1" if alone or timed or before in _BEFORE_ONE else "one"


def _hindi_hour(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) <= 2 and 1 <= int(word) <= 12 else None
    return hindi.NUMBERS.get(word) or lexicon.CARDINALS.get(word)


def _hindi_quarters(word: str, hour: int) -> str:
    if word == "paune":
        return f"{(hour - 2) % 12 + 1}:45"
    return f"{hour}:{'30' if word == 'saade' else '15'}"
