"""Reads phrases.txt: what people say, by what it means."""

import re
from collections.abc import Iterator
from itertools import groupby

from interviews.language.in_use import FOLDER
from interviews.understanding.meaning import Intent
from interviews.understanding.patterns import Pattern

FILE = FOLDER / "phrases.txt"
_NAMED = re.compile(r"\{([a-z_]+)\}")
_DEFINITION = re.compile(r"^([a-z_]+) = (.+)")
_STARTS = (r"\b", "^")
_HEADER = re.compile(r"\[(\w+) (\w+)\]")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that say something, those that begin with spaces joined to the one before."""
    joined = text.replace("\n  ", "")
    return (line for line in joined.splitlines() if line and not line.startswith("#"))


def parse(text: str) -> dict[str, dict[str, Pattern]]:
    """Return by kind and name the pattern that any of its lines matches."""
    named: dict[str, str] = {}
    sources: dict[tuple[str, str], list[str]] = {}
    lines: list[str] = []
    for line in _lines(text):
        if header := _HEADER.fullmatch(line):
            lines = sources.setdefault((header[1], header[2]), [])
        elif not sources and (definition := _DEFINITION.fullmatch(line)):
            named[definition[1]] = _NAMED.sub(lambda name: named[name[1]], definition[2])
        else:
            lines.append(_NAMED.sub(lambda name: named[name[1]], line))
    patterns: dict[str, dict[str, Pattern]] = {}
    for (kind, name), alternatives in sources.items():
        source = _any_of(alternatives)
        patterns.setdefault(kind, {})[name] = Pattern(f"^(?:{source})" if kind == "whole" else source)
    return patterns


def _any_of(lines: list[str]) -> str:
    """Return an expression for all the lines; what several begin with is looked for once."""
    alike = groupby(lines, key=lambda line: next((start for start in _STARTS if line.startswith(start)), ""))
    return "|".join(f"{start}(?:{'|'.join(line.removeprefix(start) for line in group)})" for start, group in alike)


_ALL = parse(FILE.read_text(encoding="utf-8"))


def _by_intent(kind: str) -> dict[Intent, Pattern]:
    return {Intent(name): pattern for name, pattern in _ALL[kind].items()}


HARD, WHOLE, FIRM, CUES, BESIDE = (_by_intent(kind) for kind in ("hard", "whole", "firm", "cue", "beside"))
ANSWER, ASKED, CHOICE, SPEAKER, TIME = (_ALL[kind] for kind in ("answer", "asked", "choice", "speaker", "time"))
