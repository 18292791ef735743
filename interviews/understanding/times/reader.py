"""Reads the times that normalised text names: finds the pieces, limits and joins them, and applies corrections."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from interviews.understanding.meaning import Bound
from interviews.understanding.phrases import TIME
from interviews.understanding.times import calendar_dates, clock, days, weeks
from interviews.understanding.times.holiday import find_holidays
from interviews.understanding.times.parts import find_meals, find_parts
from interviews.understanding.times.reference import find_references
from interviews.understanding.times.rules import APART, CLOCK, DAY, scan, written_over
from interviews.understanding.times.said import HALF_DAY, Clock, Day, Said, waking

DAY_RULES = (*weeks.COUNTED_RULES, *days.RULES, *weeks.RULES, *days.LATER_RULES)
_DIGITS = re.compile(r"\d+")
_APART_DAYS = re.compile(r"\b(?:or|and|but)\b")
_DAY_AFTER = re.compile(r"\b(?:the )?day (?P<side>after|before)$")
# The words that bound a time, whether they stand before it, and whether the time itself is meant too.
_BOUNDS = (
    ("from", True, Bound.AFTER, True),
    ("until", True, Bound.BEFORE, True),
    ("after", True, Bound.AFTER, False),
    ("before", True, Bound.BEFORE, False),
    ("then_after", False, Bound.AFTER, False),
    ("or_later", False, Bound.AFTER, True),
    ("then_before", False, Bound.BEFORE, False),
    ("or_earlier", False, Bound.BEFORE, True),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One phrase about time and where it stands."""

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


def read(text: str, now: datetime, *, country: str | None = None, asked: Said | None = None) -> Reading:
    """Return the times named in normalised text; `asked` is the one we spoke of last ("same time", "the day after")."""
    pieces = _ranges(text, _limited(text, _pieces(text, now, country, asked)))
    said = [_settled(one) for one in _joined(text, pieces)]
    ordered = (*(one for one in said if not one.excluded), *(one for one in said if one.excluded))
    return Reading(ordered, _shape(text, pieces), frozenset(piece.kind for piece in pieces))


def names_any(text: str, now: datetime) -> bool:
    """Return whether normalised text names a time at all; it stops at the first, so it is cheaper than `read`."""
    text = _without_no_time(text)
    finders = (
        find_holidays(text, now, None),
        scan(DAY_RULES, text, now, DAY),
        scan(clock.RULES, text, now, CLOCK),
        scan(clock.LAST_RULES, text, now, CLOCK),
        find_meals(text),
        find_parts(text),
    )
    return any(True for _ in chain.from_iterable(finders))


def _without_no_time(text: str) -> str:
    return TIME["no_time"].compiled.sub(lambda match: APART * len(match.group()), text)


def _shape(text: str, pieces: list[Piece]) -> str:
    shape, end = "", 0
    for piece in pieces:
        shape += f"{text[end : piece.start]} {piece.kind.upper()} "
        end = piece.end
    return " ".join(_DIGITS.sub("0", shape + text[end:]).split())


def _pieces(text: str, now: datetime, country: str | None, asked: Said | None) -> list[Piece]:
    text = _without_no_time(text)
    pieces: list[Piece] = []
    text = _take(find_references(text, asked), pieces, text, DAY)
    text = _take(find_holidays(text, now, country), pieces, text, DAY)
    text = _take(scan(DAY_RULES, text, now, DAY), pieces, text, DAY)
    text = _take(scan(clock.RULES, text, now, CLOCK), pieces, text, CLOCK)
    if not any(piece.said.clock for piece in pieces):
        text = _take(scan(clock.LAST_RULES, text, now, CLOCK), pieces, text, CLOCK)
        text = _take(find_meals(text), pieces, text, CLOCK)
    _take(find_parts(text), pieces, text, DAY)
    return sorted(pieces, key=lambda piece: (piece.start, piece.end))


def _take(found: Iterable[tuple[int, int, Said]], pieces: list[Piece], text: str, mark: str) -> str:
    """Add what was found to the pieces and return the text with it written over."""
    for start, end, said in found:
        pieces.append(Piece(start, end, said))
        text = written_over(text, start, end, mark)
    return text


def _limited(text: str, pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with the bounds and exclusions that the words around them say."""
    limited: list[Piece] = []
    for number, piece in enumerate(pieces):
        before = text[pieces[number - 1].end if number else 0 : piece.start].rstrip()
        after = text[piece.end : pieces[number + 1].start if number + 1 < len(pieces) else len(text)]
        goes_on = bool(number and not before and limited[-1].said.excluded)
        excluded = goes_on or bool(TIME["not_this"].search(before) or TIME["this_not"].search(after))
        said = replace(_bounded(_moved(piece.said, before), before, after), excluded=excluded)
        limited.append(replace(piece, said=said))
    return limited


def _moved(said: Said, before: str) -> Said:
    """Read "the day after Monday"."""
    match = _DAY_AFTER.search(before)
    if not match or not said.day:
        return said
    return replace(said, day=Day(said.day.start + timedelta(days=1 if match["side"] == "after" else -1)))


def _bounded(said: Said, before: str, after: str) -> Said:
    if said.bound or _DAY_AFTER.search(before):
        return said
    for name, leads, bound, inclusive in _BOUNDS:
        if TIME[name].search(before if leads else after):
            return replace(said, bound=bound, inclusive=inclusive)
    return said


def _ranges(text: str, pieces: list[Piece]) -> list[Piece]:
    """Join "from the 24th" and "to the 26th", "between two" and "four"."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and _is_range(text, joined[-1], piece):
            joined[-1] = Piece(joined[-1].start, piece.end, _range(joined[-1].said, piece.said))
        else:
            joined.append(piece)
    return joined


def _is_range(text: str, first: Piece, second: Piece) -> bool:
    if first.kind != second.kind or first.kind == "part":
        return False
    gap = text[first.end : second.start].strip()
    return bool(TIME["to"].fullmatch(gap)) or (
        gap in ("and", "and the") and text[: first.start].rstrip().endswith("between")
    )


def _range(first: Said, last: Said) -> Said:
    said = replace(first, bound=None, inclusive=False)
    if first.day and last.day:
        end = last.day.end or last.day.start
        if end < first.day.start and last.day.number:
            end = calendar_dates.day_number(first.day.start, last.day.number) or end
        end += timedelta(weeks=max(-((end - first.day.start).days // 7), 0))
        said = replace(said, day=replace(first.day, end=end))
    if first.clock and last.clock:
        said = replace(said, clock=_clock_range(first.clock, last.clock))
    return said


def _clock_range(first: Clock, last: Clock) -> Clock:
    """Return the range; a start without its half of the day is the latest before an end that has one."""
    start = first.start
    if last.sure and not first.sure and start + HALF_DAY < last.start:
        start += HALF_DAY
    return Clock(start, last.start, sure=first.sure or last.sure)


def _joined(text: str, pieces: list[Piece]) -> Iterator[Said]:
    """Yield whole times: a day with the clock time or part that belongs to it, a correction over what it corrects."""
    groups: list[Said] = []
    end = 0
    corrected = None
    for piece in pieces:
        gap, end = text[end : piece.start], piece.end
        if corrected and _completes(piece.said, corrected):
            groups[-1], corrected = _join(corrected, piece.said), None
        elif not groups:
            groups.append(piece.said)
        elif _corrects(gap, groups[-1], piece.said):
            groups[-1], corrected = _corrected(groups[-1], piece.said), piece.said
        elif _can_join(groups[-1], piece.said, gap):
            groups[-1] = _join(groups[-1], piece.said)
        else:
            groups.append(piece.said)
    yield from _shared(groups)


def _corrects(gap: str, wrong: Said, right: Said) -> bool:
    return bool(TIME["correction"].search(gap)) and not right.excluded and not wrong.excluded


def _completes(said: Said, corrected: Said) -> bool:
    """Whether this goes on with a correction: "no wait Monday" "at ten"."""
    return bool(corrected.day and not (corrected.clock or corrected.part or said.day or said.excluded))


def _corrected(wrong: Said, right: Said) -> Said:
    """Return the correction with what it left unsaid taken from the time corrected."""
    if not right.day:
        return replace(right, day=wrong.day)
    if not right.clock and not right.part:
        return replace(right, clock=wrong.clock, part=wrong.part, part_hours=wrong.part_hours)
    return right


def _can_join(one: Said, other: Said, gap: str) -> bool:
    if one.excluded != other.excluded or (one.clock and other.clock):
        return False
    if one.day and other.day:
        return one.day.agrees(other.day) and not _APART_DAYS.search(gap)
    return not (one.part and other.part and one.part != other.part)


def _join(one: Said, other: Said) -> Said:
    clock_said = one.clock or other.clock
    bounded = next(
        (said for said in (one, other) if said.bound and (said.clock or not clock_said or not said.inclusive)), None
    )
    return Said(
        day=_same_day(one.day, other.day),
        clock=clock_said,
        part=one.part or other.part,
        part_hours=one.part_hours or other.part_hours,
        bound=bounded.bound if bounded else None,
        inclusive=bool(bounded and bounded.inclusive),
        excluded=one.excluded,
    )


def _same_day(one: Day | None, other: Day | None) -> Day | None:
    """Return the day named twice: the date, with its weekday where that is right."""
    if not one or not other:
        return one or other
    dated, named = (one, other) if one.number is not None else (other, one)
    return replace(dated, weekday=named.weekday) if dated.start.weekday() == named.weekday else dated


def _shared(groups: list[Said]) -> Iterator[Said]:
    """Yield each with the day said once for several clock times, or the clock time said once for several days."""
    timed = [group for group in groups if group.clock or group.part]
    day = None
    for group in groups:
        whole = group
        if not group.day and day:
            whole = replace(group, day=day)
        elif not group.clock and not group.part and len(timed) == 1 and group.excluded == timed[0].excluded:
            whole = replace(timed[0], day=group.day)
        day = whole.day or day
        yield whole


def _settled(said: Said) -> Said:
    """Return the same with its clock time in the half of the day that its part of the day, or else the policy, says."""
    if not said.clock or said.clock.sure:
        return said
    if said.part:
        return replace(said, clock=said.clock.in_part(said.part))
    start, end = waking(said.clock.start), said.clock.end
    if end is not None:
        end = waking(end)
        start = said.clock.start if start > end else start
        end += HALF_DAY if end < start and end < HALF_DAY else 0
    return replace(said, clock=Clock(start, end))
