"""Whether who speaks says that they are the person, or speaks of them as another. Before, nothing is disclosed."""

from collections.abc import Collection, Container
from functools import cache, lru_cache

from interviews.language.in_use import lexicon, raw_text
from interviews.understanding.intents import whitelist
from interviews.understanding.intents.whitelist import NAME, Whitelist
from interviews.understanding.meaning import Speaker
from interviews.understanding.normalise import normalise
from interviews.understanding.phrases import ANSWER, SPEAKER

# A name is often heard only in part, such as Ash for Asha
_SHORTEST = 3


@lru_cache(maxsize=1024)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words by which the person is named, the first name first."""
    return tuple(normalise(name).split())


def speaker(text: str, name: tuple[str, ...], common: Container[str], *, heard: str) -> Speaker | None:
    """Return who the normalised text says is speaking.

    `name` are the words of the person's name, `common` words are no part of one, `heard` is what the recogniser wrote.
    """
    spoken = text.split()
    words = _with_own_name(spoken, name, common)
    kinds = _words().kinds(words)
    if kinds and ("?" not in heard or kinds & {"answers", "closed"}):
        return _says(kinds, heard)
    says, rest = _said_beside(words, heard)
    of_them = [_named(word, frozenset(name), common) for word in spoken]
    if another := _another(" ".join(of_them), rest if says is Speaker.SELF else None):
        return another
    is_asked = ANSWER["aside"].match(rest) and not _speaks_of_them(rest)
    return says if says is Speaker.SELF or is_asked else None


def _said_beside(words: list[str], heard: str) -> tuple[Speaker | None, str]:
    """Return what is said of the speaker first, or of their name anywhere, and the words beside that."""
    known = _words().leading(words, {"yes", "self"})
    says = _says(_words().kinds(words[:known]) or frozenset(), heard)
    text, rest = " ".join(words), " ".join(words[known:])
    if not rest and heard.rstrip().endswith("?"):
        return None, text
    if says is Speaker.SELF and _goes_on(text, rest):
        return says, rest
    named = SPEAKER["self"].search(text)
    if named and _goes_on(text, text[named.end() :].strip()):
        return Speaker.SELF, f"{text[: named.start()]} {text[named.end() :]}"
    return (None, text) if says is Speaker.SELF else (says, rest)


def _goes_on(text: str, rest: str) -> bool:
    """Whether the rest says something new: "this is her" is the person, "this is her phone", "asha sharma" are not."""
    return bool(SPEAKER["goes_on"].match(rest)) and not SPEAKER["apart"].search(text)


def _speaks_of_them(rest: str) -> bool:
    return NAME in rest or bool(SPEAKER["other"].search(rest) or SPEAKER["apart"].search(rest))


def _says(kinds: frozenset[str], heard: str) -> Speaker | None:
    """Return who the phrases say is speaking: a yes with a hello may answer the phone, one with a murmur be a no."""
    if "self" in kinds and "closed" not in kinds:
        return Speaker.SELF
    is_open = bool(kinds & {"answers", "closed"}) or raw_text.is_murmured(heard)
    return Speaker.YES if "yes" in kinds and not is_open else None


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


def _with_own_name(words: list[str], name: tuple[str, ...], common: Container[str]) -> list[str]:
    """Return the words with NAME for each first name, and for what follows of the whole name.

    The surname alone is also that of the brother, and another name beside the first is another person's.
    """
    written: list[str] = []
    at = 0
    while at < len(words):
        width = _name_width(words[at:], name, common)
        if width and written and written[-1] in lexicon.TITLES:
            written.pop()
        written.append(NAME if width else _owned(words[at], name))
        at += width or 1
    return written


def _name_width(words: list[str], name: tuple[str, ...], common: Container[str]) -> int:
    """Return how many words, from the first on, are the person's name: the first name, and more of it in order."""
    if not name or not _is_part(words[0], name[:1], common):
        return 0
    width, left = 1, list(name[1:])
    while width < len(words) and words[width] in left:
        left = left[left.index(words[width]) + 1 :]
        width += 1
    is_word_too = words[0] in lexicon.NO_NAMES or SPEAKER["no_name"].match(words[0])
    return width if not is_word_too or (width > 1 and not left) else 0


def _is_part(word: str, name: Collection[str], common: Container[str]) -> bool:
    is_begun = len(word) >= _SHORTEST and word not in common and any(one.startswith(word) for one in name)
    return word in name or is_begun


def _owned(word: str, name: Collection[str]) -> str:
    """Return "NAME's" for a word that says whose brother speaks."""
    owner = word.removesuffix("s").removesuffix("'")
    return f"{NAME}'s" if owner != word and owner in name else word


def _named(word: str, named: frozenset[str], common: Container[str]) -> str:
    """Return NAME for any word of the name, as it is spoken of."""
    is_named = _is_part(word, named - lexicon.NO_NAMES, common) and not SPEAKER["no_name"].match(word)
    return NAME if is_named else _owned(word, named)


@cache
def _words() -> Whitelist:
    return whitelist.load("speaker.txt")
