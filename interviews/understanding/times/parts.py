"""The grammar of the parts of the day, early and late, and of the meals that people name the time by."""

import re
from collections.abc import Iterator

from interviews.understanding.meaning import Bound, Part
from interviews.understanding.times.said import Clock, Said

# A name, the part of the day it is, and its hours in minutes from midnight where they are not all of that part.
NAMES: dict[str, tuple[Part, tuple[int, int] | None]] = {
    "early morning": (Part.EARLY_MORNING, None),
    "late morning": (Part.MORNING, (10 * 60, 12 * 60)),
    "early afternoon": (Part.AFTERNOON, (12 * 60, 15 * 60)),
    "late afternoon": (Part.LATE_AFTERNOON, None),
    "early evening": (Part.EVENING, (17 * 60, 19 * 60)),
    "late evening": (Part.EVENING, (19 * 60, 22 * 60)),
    "late night": (Part.NIGHT, None),
    "lunch time": (Part.NOON, None),
    "lunchtime": (Part.NOON, None),
    "day end": (Part.LATE_AFTERNOON, None),
    "dopahar": (Part.AFTERNOON, (12 * 60, 16 * 60)),
    "morning": (Part.MORNING, None),
    "afternoon": (Part.AFTERNOON, None),
    "evening": (Part.EVENING, None),
    "tonight": (Part.NIGHT, None),
    "night": (Part.NIGHT, None),
}
_BESIDE_A_DAY = {"early": (Part.MORNING, None), "late": (Part.EVENING, None)}

# When each is taken to begin and to end.
MEALS = {
    "breakfast": (8 * 60, 10 * 60),
    "lunch": (12 * 60 + 30, 13 * 60 + 30),
    "work": (9 * 60, 17 * 60),
    "office": (9 * 60, 17 * 60),
    "dinner": (19 * 60, 20 * 60),
}

_PARTS = re.compile(
    rf"(?<!good )(?<!\w)(?:(?P<name>{'|'.join(NAMES)})|(?<=~ )(?P<beside>early|late)|"
    r"(?P<before>early|late)(?= ~))(?!\w)"
)
_BY_MEAL = re.compile(rf"(?<!\w)(?P<side>before|after) (?:my |the )?(?P<meal>{'|'.join(MEALS)})(?: hours| time)?(?!\w)")


def find_meals(text: str) -> Iterator[tuple[int, int, Said]]:
    """Yield the times named by meals in the text: "after lunch"."""
    for match in _BY_MEAL.finditer(text):
        start, end = MEALS[match["meal"]]
        after = match["side"] == "after"
        bound = Bound.AFTER if after else Bound.BEFORE
        yield match.start(), match.end(), Said(clock=Clock(end if after else start, sure=True), bound=bound)


def find_parts(text: str) -> Iterator[tuple[int, int, Said]]:
    """Yield the parts of the day in the text, where days have been written over."""
    for match in _PARTS.finditer(text):
        part, hours = NAMES[match["name"]] if match["name"] else _BESIDE_A_DAY[match["beside"] or match["before"]]
        yield match.start(), match.end(), Said(part=part, part_hours=hours)
