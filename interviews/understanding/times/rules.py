"""How the grammar of times is read: its rules are tried in order, and what one has read no later one reads again."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache

from interviews.understanding.patterns import Pattern
from interviews.understanding.times.said import Said

Build = Callable[[re.Match[str], datetime], Said | None]
Rule = tuple[Pattern, Build]

# What days and clock times are written over with, once read.
DAY, CLOCK, APART = "~", "#", "_"
# What a rule has read where that is too far away for anybody to mean it: no time, nor is a piece of it one.
NEVER = Said()

# What a rule reads begins and ends where words do.
_BEGINS, _ENDS = r"(?<![\w:])", r"(?![\w:])"
_GROUP_NAME = re.compile(r"\(\?P<\w+>")


def rule(pattern: str, build: Build) -> Rule:
    """Return a rule. Where its pattern has a group `here`, it reads that alone; the rest has to stand beside it."""
    return Pattern(f"{_BEGINS}{pattern}{_ENDS}"), build


def scan(rules: tuple[Rule, ...], text: str, now: datetime, mark: str) -> Iterator[tuple[int, int, Said]]:
    """Yield start, end and meaning of what each rule reads; the next rule finds that written over with the mark."""
    if not any_of(rules).search(text):
        return
    for pattern, build in rules:
        for match in pattern.compiled.finditer(text):
            said = build(match, now)
            if said:
                start, end = match.span("here") if "here" in match.re.groupindex else match.span()
                if said is not NEVER:
                    yield start, end, said
                text = written_over(text, start, end, APART if said is NEVER else mark)


@lru_cache
def any_of(rules: tuple[Rule, ...]) -> re.Pattern[str]:
    """Return one expression for all the rules: most texts name no time, and one look shows it."""
    sources = (_GROUP_NAME.sub("(?:", pattern.source.removeprefix(_BEGINS)) for pattern, _ in rules)
    return re.compile(f"{_BEGINS}(?:{'|'.join(sources)})")


def written_over(text: str, start: int, end: int, mark: str) -> str:
    return text[:start] + mark * (end - start) + text[end:]
