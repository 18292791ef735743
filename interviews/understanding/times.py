"""From an utterance in our own words to the times that it names: pieces joined, corrected, limited and excluded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from interviews.understanding import clock, days
from interviews.understanding.meaning import Bound
from interviews.understanding.said import Said

_DIGITS = re.compile(r"\d+")
_DURATION = re.compile(
    r"\bfor (?:about |the )?(?:\d+|an?|the next \d+)(?:\.\d| and a half)? (?:nights?|days?|weeks?|months?|hours?|minutes?|years?|people|persons?|adults?|guests?|of us)\b|\b(?:past|last) \d+ (?:minutes?|hours?|days?|weeks?)\b"
)
_CORRECTION = re.compile(
    r"\b(?:no wait|wait|no|sorry|i mean|i meant|make that|make it|rather|actually|scratch that|instead|but)\b"
)
_NOT = re.compile(
    r"\b(?:not|except|excluding|anything but|any(?: ?time| day)? but|other than|instead of|rather than|apart from|besides|"
    r"can not (?:do|make(?: it)?|come|attend)|not (?:free|available)|busy|unavailable|will not (?:work|do))"
    r"(?: it)?(?: (?:on|at|in|this|the|for|next|any))*$"
)
_NOT_AFTER = re.compile(
    r"^ (?:is not|does not|will not|would not|is bad|is out|is no good|is impossible|is difficult)\b"
)
_AFTER = re.compile(
    r"\b(?:after|later than|past|from|since|starting(?: from| at)?|beginning|as of|not before|no earlier than|any ?time after|beyond)(?: (?:at|about|around|the|like|any))*$"
)
_BEFORE = re.compile(
    r"\b(?:before|earlier than|until|no later than|not after|not later than|latest by|up to|through|prior to)(?: (?:at|about|around|the|like))*$"
)
_THEN_AFTER = re.compile(r"^ (?:or later|and later|onwards?|or after|and after|baad|ke baad|and onwards?|and beyond)\b")
_THEN_BEFORE = re.compile(r"^ (?:or earlier|or before|pehle|at the latest|tak)\b")
_RANGE = re.compile(
    r"^ ?(?:(?:am|in the)? ?(?:to|-|until|through|till|se|till the|tak)(?: the| on| around| about)?) ?$"
)
_AND = re.compile(r"^ ?and(?: the)? ?$")


@dataclass(frozen=True, slots=True)
class Piece:
    """One phrase about time, where it stands, and what stands around it."""

    start: int
    end: int
    said: Said

    @property
    def kind(self) -> str:
        return "day" if self.said.day else "clock" if self.said.clock else "part"


@dataclass(frozen=True, slots=True)
class Reading:
    """The times that an utterance names, the meant before the excluded, and its words with each time by its kind."""

    said: tuple[Said, ...]
    shape: str
    kinds: frozenset[str]


def read(text: str, now: datetime) -> Reading:
    """Return the times named in normalised text."""
    pieces = _ranges(text, _limited(text, _pieces(text, now)))
    said = [settle(s) for s in _joined(text, pieces)]
    ordered = [s for s in said if not s.excluded] + [s for s in said if s.excluded]
    return Reading(tuple(ordered), _shape(text, pieces), frozenset(piece.kind for piece in pieces))


def _shape(text: str, pieces: list[Piece]) -> str:
    shape, end = "", 0
    for piece in pieces:
        if piece.start >= end:
            shape += f"{text[end : piece.start]} {piece.kind.upper()} "
            end = piece.end
    return " ".join(_DIGITS.sub("0", shape + text[end:]).split())


def settle(said: Said) -> Said:
    """Return the same with its clock time in one half of the day."""
    return replace(said, clock=clock.settled(said.clock, said.part)) if said.clock else said


def _over(text: str, start: int, end: int, mark: str) -> str:
    return text[:start] + mark * (end - start) + text[end:]


def _pieces(text: str, now: datetime) -> list[Piece]:
    text = _DURATION.sub(lambda m: "_" * len(m.group()), text)
    pieces: list[Piece] = []
    original = text
    for start, end, said in days.find(text, now):
        pieces.append(Piece(start, end, said))
        text = _over(text, start, end, "~") if "tonight" not in original[start:end] else text
    for start, end, said in clock.find_clocks(text):
        pieces.append(Piece(start, end, said))
        text = _over(text, start, end, "#")
    for start, end, said in clock.find_parts(text):
        pieces.append(Piece(start, end, said))
    return sorted(pieces, key=lambda piece: (piece.start, piece.end))


def _limited(text: str, pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with the bounds and exclusions that the words around them say."""
    limited: list[Piece] = []
    for number, piece in enumerate(pieces):
        before = text[pieces[number - 1].end if number else 0 : piece.start].rstrip()
        after = text[piece.end : pieces[number + 1].start if number + 1 < len(pieces) else len(text)]
        excluded = bool(_NOT.search(before) or _NOT_AFTER.search(after))
        if number and not before and limited[-1].said.excluded:
            excluded = True
        bound = piece.said.bound or _bound(before, after)
        limited.append(replace(piece, said=replace(piece.said, bound=bound, excluded=excluded, at=piece.start)))
    return limited


def _bound(before: str, after: str) -> Bound | None:
    if _THEN_AFTER.search(after) or _AFTER.search(before):
        return Bound.AFTER
    if _THEN_BEFORE.search(after) or _BEFORE.search(before):
        return Bound.BEFORE
    return None


def _ranges(text: str, pieces: list[Piece]) -> list[Piece]:
    """Join "from the 24th" and "to the 26th", "between two" and "four"."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and _is_range(text, joined[-1], piece):
            joined[-1] = _range(joined[-1], piece)
        else:
            joined.append(piece)
    return joined


def _is_range(text: str, first: Piece, second: Piece) -> bool:
    if first.kind != second.kind or first.kind == "part":
        return False
    gap = text[first.end : second.start]
    return bool(_RANGE.match(gap) or (_AND.match(gap) and text[: first.start].rstrip().endswith("between")))


def _range(first: Piece, second: Piece) -> Piece:
    said = replace(first.said, bound=None)
    if said.day and second.said.day:
        end = second.said.day.start
        if end < said.day.start and second.said.day.number:
            end = days.day_number(datetime.combine(said.day.start, datetime.min.time()), second.said.day.number) or end
        elif end < said.day.start:
            end += timedelta(weeks=1)
        said = replace(said, day=replace(said.day, end=end))
    if said.clock and second.said.clock:
        said = replace(said, clock=replace(said.clock, end=second.said.clock.start))
    return Piece(first.start, second.end, said)


def _joined(text: str, pieces: list[Piece]) -> Iterator[Said]:
    """Yield whole times: a day with the clock time or part that belongs to it, a correction over what it corrects."""
    groups: list[Said] = []
    end = 0
    for piece in pieces:
        said = piece.said
        corrects = bool(_CORRECTION.search(text[end : piece.start])) and bool(groups)
        end = piece.end
        if not groups:
            groups.append(said)
        elif corrects and not said.excluded and not groups[-1].excluded:
            groups[-1] = _corrected(groups[-1], said)
        elif _can_join(groups[-1], said):
            groups[-1] = _join(groups[-1], said)
        else:
            groups.append(said)
    yield from _shared(groups)


def _can_join(one: Said, other: Said) -> bool:
    if one.excluded != other.excluded:
        return False
    if one.day and other.day:
        return one.day.agrees(other.day) and not (one.clock and other.clock)
    return not ((one.clock and other.clock) or (one.part and other.part and not other.day))


def _join(one: Said, other: Said) -> Said:
    day = one.day or other.day
    if one.day and other.day:
        day = _agreed(one, other)
    return Said(
        day=day,
        clock=one.clock or other.clock,
        part=one.part or other.part,
        part_hours=one.part_hours or other.part_hours,
        bound=one.bound or other.bound,
        excluded=one.excluded,
        at=one.at,
    )


def _agreed(one: Said, other: Said) -> "days.Day | None":
    if not one.day or not other.day:
        return one.day or other.day
    weekday, dated = (one.day, other.day) if one.day.weekday is not None else (other.day, one.day)
    return replace(dated, weekday=weekday.weekday) if dated.start.weekday() == weekday.weekday else dated


def _corrected(wrong: Said, right: Said) -> Said:
    """Return the correction with what it left unsaid taken from the time corrected."""
    if right.day and not (right.clock or right.part):
        return replace(right, clock=wrong.clock, part=wrong.part, part_hours=wrong.part_hours)
    if not right.day:
        return replace(right, day=wrong.day)
    return right


def _shared(groups: list[Said]) -> Iterator[Said]:
    """Yield each with the day that was said once for several clock times, and the clock time said once for several days."""
    only_clock = [g for g in groups if g.clock or g.part]
    day = None
    for group in groups:
        whole = group
        if not group.day and day:
            whole = replace(group, day=day)
        elif (
            group.day
            and not group.clock
            and not group.part
            and len(only_clock) == 1
            and group.excluded == only_clock[0].excluded
        ):
            with_clock = only_clock[0]
            whole = replace(
                group,
                clock=with_clock.clock,
                part=with_clock.part,
                part_hours=with_clock.part_hours,
                bound=group.bound or with_clock.bound,
            )
        day = whole.day or day
        yield whole
