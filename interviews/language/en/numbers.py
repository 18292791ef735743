"""Numbers as digits: "twenty first" is 21th, "nine oh five" is 9 05 and "saade teen" is 3:30.

An ordinal that was spelt out ends in "th", whatever its number. So it stays apart from "2nd", which a recogniser
writes for a date: "the second", 2th, may also be a place in the offer.
"""

from collections.abc import Iterator

from interviews.language.en import hindi
from interviews.language.en.lexicon import CARDINALS, ORDINALS, PARTS_OF_DAY, TENS, UNITS

_SMALL_UNITS = {word: number for word, number in CARDINALS.items() if 1 <= number <= 9}
_SMALL_ORDINALS = {word: number for word, number in ORDINALS.items() if number <= 9}
# "One" is a number beside these, and elsewhere the pronoun of "the tuesday one"
_BEFORE_ONE = frozenset(
    (
        *("at", "around", "about", "option", "number", "past", "to", "after", "before", "from", "until", "till", "in"),
        *("between", "slot", "choice", "by"),
    )
)
_AFTER_ONE = UNITS | {"am", "pm", "minute"} | set(TENS)
# After these a "second" is a short while
_BEFORE_SECOND = frozenset(("a", "one", "1", "per", "few", "just", "half"))
_OH = ("oh", "o", "zero", "0")


def as_digits(words: list[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        word, width = _number(before, words[at], after, words[at + 2] if at + 2 < len(words) else "")
        yield word
        at += width


def _number(before: str, word: str, after: str, beyond: str) -> tuple[str, int]:
    """Return what to write for the word, and how many words that stands for."""
    if word in TENS:
        return _tens(TENS[word], after, beyond)
    if word in ORDINALS:
        return _ordinal(before, word), 1
    if word in _OH and (before in CARDINALS or before.isdecimal()) and after in _SMALL_UNITS:
        return f"0{_SMALL_UNITS[after]}", 2
    if word == "one":
        return _one(before, after, beyond), 1
    if word in CARDINALS:
        return _cardinal(CARDINALS[word], after)
    return _hindi(before, word, after)


def _cardinal(number: int, after: str) -> tuple[str, int]:
    return (f"{number}00", 2) if after == "hundred" else (str(number), 1)


def _hindi(before: str, word: str, after: str) -> tuple[str, int]:
    """Read Hindi numbers where a unit of time or a part of the day stands beside: "do" is English too."""
    if word in hindi.QUARTERS and (hour := _hindi_hour(after)):
        return _hindi_quarters(word, hour), 2
    beside_part = before in PARTS_OF_DAY and word not in hindi.ENGLISH_TOO
    if word in hindi.NUMBERS and (after in UNITS or beside_part):
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
    return _suffixed(ORDINALS[word])


def _suffixed(number: int) -> str:
    return f"{number}th"


def _one(before: str, after: str, beyond: str) -> str:
    """Tell the number from the pronoun of "the tuesday one"."""
    alone = not before and not after
    timed = after in _AFTER_ONE or after in CARDINALS or (after == "in" and beyond in ("the", *PARTS_OF_DAY))
    return "1" if alone or timed or before in _BEFORE_ONE else "one"


def _hindi_hour(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) <= 2 and 1 <= int(word) <= 12 else None
    return hindi.NUMBERS.get(word) or CARDINALS.get(word)


def _hindi_quarters(word: str, hour: int) -> str:
    if word == "paune":
        return f"{(hour - 2) % 12 + 1}:45"
    return f"{hour}:{'30' if word == 'saade' else '15'}"
