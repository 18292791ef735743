"""How the grammar of times is read: its rules are tried in order, and what one has read no later one reads again."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from interviews.understanding.patterns import Pattern
from interviews.understanding.said import Said

Build = Callable[[re.Match[str], datetime], Said | None]
Rule = tuple[Pattern, Build]

# What days and clock times are written over with, once read.
DAY, CLOCK, APART = "~", "#", "_"


def rule(pattern: str, build: Build) -> Rule:
    """Return a rule; a group `here` in its pattern is what it reads, the rest only stands beside."""
    return Pattern(rf"(?<![\w:]){pattern}(?![\w:])"), build


def scan(rules: Iterable[Rule], text: str, now: datetime, mark: str) -> Iterator[tuple[int, int, Said]]:
    """Yield what the rules read and where it stands."""
    for pattern, build in rules:
        for match in pattern.compiled.finditer(text):
            said = build(match, now)
            if said:
                start, end = match.span("here") if "here" in match.re.groupindex else match.span()
                yield start, end, said
                text = written_over(text, start, end, mark)


def written_over(text: str, start: int, end: int, mark: str) -> str:
    return text[:start] + mark * (end - start) + text[end:]
