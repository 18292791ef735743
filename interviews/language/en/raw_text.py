"""What shows in the recogniser's own text alone: murmurs, noes and cut-off ends that make a yes doubtful.

The understanding reads words in one spelling. That drops murmurs, or takes them for a yes.
"""

import re

_WORD = re.compile(r"[\w'\u0900-\u097f]+")
_MURMUR = re.compile(r"uh{1,4}m{0,3}|um{1,4}|er{1,4}m{0,3}|ah{1,4}|hm{1,4}|m{2,5}|eh{1,4}")
_AFTER_A_MURMUR = frozenset(("oh", "huh"))
_YES_SOUNDS = re.compile(r"\b(?:uh[ -]?huh|mm?[ -]?hmm?m?|mhm)\b")
# "Next Tuesday" is the coming one to some, the one after to others
NEXT = re.compile(r"(?i)\b(?:next|following|agl[aei])\b|अगल")
# What nobody pronounces, a question mark among it: "why not?" asks nothing
SIGNS = re.compile(r"(?i)(?<!why not)\?|[^\w\s.,;:!?'\"’‘“”–—/()&…।\u0900-\u097f-]")
_COURTESY = frozenset(("sir", "madam", "ma'am", "maam"))
# "Haan ya" is the Hindi "yes or", "ya sure" an English yes
_OR, _BEFORE_YA = frozenset(("ya", "या")), frozenset(("ya", "yah", "oh", "see"))
# Hindi counts "ek, do": "haan do" may be two
_TWO = re.compile(r"\b(?:haa?n?|haanji|ji|th?ee?k|thik|hai|a+c+h+a|bilkul|zaroor)[\W_]+(?:ji[\W_]+)?do\b(?!\s+ba?je?)")
_CUT_OFF = re.compile(r"(?:['’](?:s|ll|re|d|m|ve)|\b(?:its|thats|lets|im|ill|youre|ive))[\W_]*$|(?:\.\.|…|[-–—])\s*$")
_NO = re.compile(r"\b(?:no|nope|nah|nay|naw|na|naa|nahi|nahin|nai)\b|नहीं|नही")
_HARMLESS_NO = re.compile(
    r"\bno (?:problems?|worries|dramas?|bother|issues?|trouble|sweat|stress|objections?|complaints|doubt)\b"
    r"|\bkoi (?:dikkat|problem|issue) (?:nahi|nahin|nai)\b"
)
# "Accha" alone is "I see" as often as it is "okay"
_I_SEE = re.compile(r"(?:(?:a+c+h+a|अच्छा|ji|जी|sir)[\W_]*)+")


def is_murmured(heard: str) -> bool:
    """Return whether murmurs that may be a no, or a Hindi "or", stand beside what was said."""
    words = _WORD.findall(_YES_SOUNDS.sub("yes", heard.lower()))
    pairs = list(zip(["", *words], words, strict=False))
    return _is_murmured_last(words) or any(_is_no_sound(*pair) or _is_or(*pair) for pair in pairs)


def _is_murmured_last(words: list[str]) -> bool:
    """Whether the last word is a murmur: who hums at the end is still thinking."""
    said = [word for word in words if word not in _COURTESY]
    return bool(said) and (_is_murmur(said[-1]) or said[-2:] == ["you", "know"])


def _is_no_sound(before: str, word: str) -> bool:
    """Whether two murmurs follow each other: "mm-mm" and "uh, uh" are noes, "uh-oh" is none to go on."""
    return word == "nuh" or (_is_murmur(before) and (_is_murmur(word) or word in _AFTER_A_MURMUR))


def _is_or(before: str, word: str) -> bool:
    return word in _OR and (word == "या" or not (before == "" or before in _BEFORE_YA or _is_murmur(before)))


def _is_murmur(word: str) -> bool:
    return _MURMUR.fullmatch(word) is not None


def is_no_clear_yes(heard: str) -> bool:
    """Return whether a no, a number, a murmur or an end that was cut off stands beside the words of yes."""
    said = heard.lower()
    rest = _HARMLESS_NO.sub(" ", said)
    return is_murmured(heard) or any(
        bool(found) for found in (_TWO.search(said), _CUT_OFF.search(said), _NO.search(rest), _I_SEE.fullmatch(said))
    )
