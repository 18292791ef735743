"""Which of the offered slots was meant: by place in the offer, by day and time, or by leaving the others out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from interviews.understanding.meaning import Choice
from interviews.understanding.phrases import CHOICE
from interviews.understanding.times.said import Said

_SPELT = ("1th", "2th", "3th")


def choose(text: str, said: Sequence[Said], offered: Sequence[datetime]) -> Choice:
    """Return which of the offered slots, given in local time, the normalised text means."""
    if not offered:
        return Choice()
    named, refused = _by_place(text, len(offered))
    by_time = _by_time(said, offered)
    if named:
        return _choice(((named & by_time) or named) - refused)
    alone = CHOICE["alone"].fullmatch(text)
    if alone and (index := _place(alone["place"], len(offered))) is not None:
        return _alone(alone["place"], index, by_time)
    if any(not one.excluded for one in said):
        return _choice(by_time - refused)
    left = set(range(len(offered))) - refused - _excluded(said, offered)
    if len(left) < len(offered):
        return _choice(left)
    return Choice(other=bool(CHOICE["none"].search(text)))


def _choice(indexes: set[int]) -> Choice:
    return Choice(indexes=tuple(sorted(indexes)), other=not indexes)


def _alone(place: str, index: int, by_time: set[int]) -> Choice:
    """Read a number said alone: a day or an hour that was offered, or else a place in the offer.

    A recogniser writes "2nd" for a date; "second", spelt out, may be either.
    """
    if place in _SPELT:
        return _choice(by_time | {index})
    return _choice(by_time or {index})


def _by_place(text: str, count: int) -> tuple[set[int], set[int]]:
    """Return the slots named by their place in the offer, and those refused so."""
    named: set[int] = set()
    refused: set[int] = set()
    for match in CHOICE["place"].compiled.finditer(text):
        index = _index(match, count)
        if index is not None:
            (refused if CHOICE["not"].search(text[: match.start()]) else named).add(index)
    return named, refused


def _index(match: re.Match[str], count: int) -> int | None:
    if place := match["place"] or match["number"]:
        return _place(place, count)
    if match["last"]:
        return count - 1
    if match["middle"]:
        return count // 2 if count % 2 else None
    return 0


def _place(place: str, count: int) -> int | None:
    number = int(place[0])
    return number - 1 if number <= count else None


def _by_time(said: Iterable[Said], offered: Sequence[datetime]) -> set[int]:
    found: set[int] = set()
    for one in said:
        if not one.excluded:
            exactly = _fitting(replace(one, bound=None), offered) if one.inclusive else set()
            found |= exactly or _fitting(one, offered)
    return found - _excluded(said, offered)


def _excluded(said: Iterable[Said], offered: Sequence[datetime]) -> set[int]:
    return {index for one in said if one.excluded for index in _fitting(one, offered)}


def _fitting(said: Said, offered: Sequence[datetime]) -> set[int]:
    return {index for index, slot in enumerate(offered) if said.fits(slot.date(), slot.hour * 60 + slot.minute)}
