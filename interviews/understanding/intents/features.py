"""What the model of intents sees of an utterance: its words in ones, twos and threes, its cues, and what was asked."""

from collections.abc import Container, Iterator
from datetime import datetime
from functools import lru_cache

from interviews.understanding.normalise import normalise
from interviews.understanding.phrases import ASKED, CUES
from interviews.understanding.times import reader
from interviews.understanding.times.reader import Reading

_ANY_DAY = datetime(2024, 1, 1, 8)  # noqa: DTZ001 - only whether a time was asked about matters here
_MAX_UNKNOWN = 4


def features(reading: Reading, text: str, asked: str, known: Container[str]) -> list[str]:
    """Return the features of a read utterance; words that are not `known` count only as unknown."""
    words = reading.shape.split()
    found = set(_words(words, known))
    kinds = "time:" + "+".join(sorted(reading.kinds))
    context = asked_about(asked)
    found.update(context, (kinds,), _cues(text))
    found.update(f"{one}&{kinds}" for one in context)
    found.update(f"{one}&{words[0] if words else ''}" for one in context)
    return sorted(found)


def _words(words: list[str], known: Container[str]) -> Iterator[str]:
    line = ["^", *(word if word in known else "?" for word in words), "$"]
    for at in range(len(line) - 1):
        yield f"{line[at]} {line[at + 1]}"
        yield " ".join(line[at : at + 3])
    yield from line[1:-1]
    count = len(words)
    yield f"length:{count if count < 4 else '4-7' if count < 8 else '8+'}"
    yield f"unknown:{min(line.count('?'), _MAX_UNKNOWN)}"


def _cues(text: str) -> Iterator[str]:
    for intent, pattern in CUES.items():
        if pattern.search(text):
            yield f"cue:{intent}"


@lru_cache(maxsize=1024)
def asked_about(asked: str) -> tuple[str, ...]:
    if not asked:
        return ("asked:nothing",)
    text = normalise(asked)
    kinds = [f"asked:{name}" for name, pattern in ASKED.items() if pattern.search(text)]
    if reader.names_any(text, _ANY_DAY):
        kinds.append("asked:time")
    return tuple(kinds) or ("asked:statement",)
