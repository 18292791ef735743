"""The gate before anything is told: whether who speaks says that they are the person, or speaks of them as another."""

from collections.abc import Container
from functools import cache, lru_cache

from interviews.understanding import whitelist
from interviews.understanding.meaning import Speaker
from interviews.understanding.normalise import normalise
from interviews.understanding.phrases import ANSWER, SPEAKER
from interviews.understanding.whitelist import NAME, Whitelist

# A name is often heard only in part, such as Ash for Asha
_SHORTEST = 3
# "This is her" is the person, "this is her phone" is not, nor is "it's me, Dave"
_OWNERS = ("her", "his", "me")
# Words that some are named by, and that would turn a yes round if they were taken for the name
_NO_NAME = frozenset(
    ("no", "not", "na", "never", "nor", "but", "if", "or", "wait", "hold", "stop", "later", "will", "do")
)


@lru_cache(maxsize=1024)
def name_words(name: str) -> frozenset[str]:
    """Return the words by which the person is named."""
    return frozenset(normalise(name).split()) - _NO_NAME


def speaker(text: str, named: frozenset[str], common: Container[str], *, heard: str) -> Speaker | None:
    """Return who the normalised text says is speaking.

    `named` are the words of the person's name, `common` words are no part of one, `heard` is what the recogniser wrote.
    """
    words = [_named(word, named, common) for word in text.split()]
    kinds = _words().kinds(words)
    if kinds and "?" not in heard and (says := _says(kinds)):
        return says
    says, rest = _said_beside(words)
    if another := _another(" ".join(words), rest if says is Speaker.SELF else None):
        return another
    is_asked = ANSWER["aside"].match(rest) and NAME not in rest and not SPEAKER["other"].search(rest)
    return says if says is Speaker.SELF or is_asked else None


def _said_beside(words: list[str]) -> tuple[Speaker | None, str]:
    """Return what is said of the speaker first, or of their name anywhere, and the words beside that."""
    told = _words().leading(words, lambda kind: kind in {"yes", "self"})
    says = _says(_words().kinds(words[:told]) or frozenset())
    text, rest = " ".join(words), " ".join(words[told:])
    if says is Speaker.SELF and words[told - 1] in _OWNERS and not SPEAKER["goes_on"].match(rest):
        return None, text
    named = SPEAKER["self"].search(text) if says is not Speaker.SELF else None
    if named:
        return Speaker.SELF, f"{text[: named.start()]} {text[named.end() :]}"
    return says, rest


def _says(kinds: frozenset[str]) -> Speaker | None:
    return Speaker.SELF if "self" in kinds else Speaker.YES if "yes" in kinds else None


def _another(text: str, rest: str | None) -> Speaker | None:
    """Return how the text speaks of the person as another; `rest` is what follows a "this is she"."""
    if SPEAKER["unknown"].search(text):
        return None
    if SPEAKER["fetching"].search(text if rest is None else rest):
        return Speaker.FETCHING
    if not _is_another(text, rest):
        return None
    return Speaker.FETCHING if SPEAKER["held"].search(text) else Speaker.OTHER


def _is_another(text: str, rest: str | None) -> bool:
    if SPEAKER["related"].search(text):
        return True
    if rest is not None:
        return bool(SPEAKER["other"].search(rest))
    speaks_of = SPEAKER["relates"].search(text) or SPEAKER["other"].search(text)
    return bool(speaks_of) and not SPEAKER["asks"].match(text)


def _named(word: str, named: frozenset[str], common: Container[str]) -> str:
    """Return NAME for a word of the name, "NAME's" where it is whose brother speaks."""
    is_part = len(word) >= _SHORTEST and word not in common and any(name.startswith(word) for name in named)
    if word in named or is_part:
        return NAME
    owner = word.removesuffix("s").removesuffix("'")
    return f"{NAME}'s" if owner != word and owner in named else word


@cache
def _words() -> Whitelist:
    return whitelist.load("speaker.txt")
