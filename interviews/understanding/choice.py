"""Which of the offered slots was meant: by its place in the offer, by its day and time, or by leaving the others out."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from interviews.understanding.meaning import Choice
from interviews.understanding.said import Said

_THING = r"(?:one|option|slot|choice|time|appointment|date|offer)"
_PLACE = r"(?P<place>[1-9](?:st|nd|rd|th))"
_BY_PLACE = re.compile(
    rf"\b{_PLACE} {_THING}|\b(?:option|number|choice|slot|press) (?:number )?(?P<number>[1-9](?:st|nd|rd|th)?)\b(?!:| ?[ap]m)"
    rf"|\b(?P<last>last|latter|final)(?: {_THING})?\b(?! (?:week|month|year|night|name))"
    rf"|\b(?P<former>former)\b|\b(?P<earliest>earliest|soonest|earlier {_THING}|earlier of|early {_THING})"
    rf"|\b(?P<latest>latest|later {_THING}|later of|late {_THING})|\b(?P<middle>middle|in between one)\b"
)
_ALONE = re.compile(
    rf"^(?:the |okay |yes |i (?:will|would) (?:take|like|prefer|go with|go for|want) |let us (?:do|go with) |go with )*(?:the )?(?P<place>[1-9](?:st|nd|rd|th)?)(?: one)?(?: (?:works|is|would|will|sounds|then|okay|suits).*)?$"
)
_EXCLUDED = re.compile(r"\b(?:not|except|but|other than)(?: for)?(?: the)? ?$")
_NOTHING_FITS = re.compile(
    r"\b(?:none|neither|nothing|not any|no other|any other|anything else|something else|other (?:times?|days?|dates?|options?|slots?)|"
    r"another (?:time|day|date|slot|option)|(?:can not|not) (?:do|make) (?:any|either)|(?:both|all) (?:are|of them are) bad)\b"
)


def choose(text: str, said: Sequence[Said], offered: Sequence[datetime]) -> Choice:
    """Return which of the offered slots, given in local time, the normalised text means."""
    if not offered:
        return Choice()
    named, refused = _by_place(text, len(offered))
    by_time = _by_time(said, offered)
    if named:
        return Choice(indexes=tuple(sorted(_narrowed(named, by_time) - refused)))
    alone = _ALONE.match(text)
    if alone and not by_time and _within(alone["place"], len(offered)):
        return Choice(indexes=(int(alone["place"][0]) - 1,))
    if alone and alone["place"][1:] == "th" and by_time and _within(alone["place"], len(offered)):
        return Choice(indexes=tuple(sorted(by_time | {int(alone["place"][0]) - 1})))
    meant = [s for s in said if not s.excluded]
    if meant:
        return Choice(indexes=tuple(sorted(by_time - refused))) if by_time - refused else Choice(other=True)
    left = set(range(len(offered))) - refused - _excluded(said, offered)
    if len(left) < len(offered):
        return Choice(indexes=tuple(sorted(left)), other=not left)
    return Choice(other=bool(_NOTHING_FITS.search(text)))


def _by_place(text: str, count: int) -> tuple[set[int], set[int]]:
    """Return the slots named by their place in the offer, and those refused so."""
    named: set[int] = set()
    refused: set[int] = set()
    for match in _BY_PLACE.finditer(text):
        index = _index(match, count)
        if index is not None:
            (refused if _EXCLUDED.search(text[: match.start()]) else named).add(index)
    return named, refused


def _index(match: re.Match[str], count: int) -> int | None:
    place = match["place"] or match["number"]
    if place:
        return int(place[0]) - 1 if _within(place, count) else None
    if match["last"] or match["latest"]:
        return count - 1
    if match["middle"]:
        return count // 2 if count % 2 else None
    return 0


def _within(place: str, count: int) -> bool:
    return int(place[0]) <= count


def _narrowed(named: set[int], by_time: set[int]) -> set[int]:
    """Return the named that the times agree with, or the named where they do not."""
    return (named & by_time) or named


def _by_time(said: Iterable[Said], offered: Sequence[datetime]) -> set[int]:
    fitting = {
        index
        for one in said
        if not one.excluded
        for index, slot in enumerate(offered)
        if one.fits(slot.date(), slot.hour * 60 + slot.minute)
    }
    return fitting - _excluded(said, offered)


def _excluded(said: Iterable[Said], offered: Sequence[datetime]) -> set[int]:
    return {
        index
        for one in said
        if one.excluded
        for index, slot in enumerate(offered)
        if one.fits(slot.date(), slot.hour * 60 + slot.minute)
    }
