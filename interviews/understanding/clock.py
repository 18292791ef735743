"""The grammar of clock times and parts of the day: each rule is a phrase and the time that it names, in the order tried."""

import re
from collections.abc import Callable, Iterator

from interviews.understanding.meaning import Bound, Part
from interviews.understanding.said import HALF_DAY, Clock, Said, waking

_HOUR = r"(?:0?\d|1\d|2[0-4])"
_MERIDIEM = r"(?: ?(?P<meridiem>am|pm|oclock|hours|noon))"
_CLOCK = rf"(?:(?P<hour>{_HOUR})(?::(?P<minute>[0-5]\d)| (?P<split>[0-5]\d)(?!\d|:| (?:to|past) \d))?{_MERIDIEM}?)"
_TO = r"(?:to|-|until|through|and|or|tak)"
_NOT_A_COUNT = r"(?! ?(?:%|-|/|:|st\b|nd\b|rd\b|th\b| ?\d| (?:people|persons?|adults?|kids?|child|children|guests?|nights?|days?|weeks?|months?|years?|hours?|minutes?|rooms?|tickets?|seats?|bags?|of|more|other|passengers?|or more|dollars?|pounds?|euros?|lakhs?|percent|stars?|bedrooms?|baths?|options?|slots?|choices?)\b))"

Build = Callable[[re.Match[str]], Said | None]


def _minutes(hour: str, minute: str | None, meridiem: str | None) -> Clock | None:
    hours, minutes = int(hour), int(minute or 0)
    if hours > 24 or minutes > 59:
        return None
    sure = (
        meridiem in ("am", "pm")
        or hours > 12
        or hours == 0
        or meridiem == "hours"
        or (len(hour) == 2 and hour[0] == "0")
    )
    if meridiem == "pm" and hours < 12:
        hours += 12
    if meridiem == "am" and hours == 12:
        hours = 0
    return Clock(hours % 24 * 60 + minutes, sure=sure)


def _clock(m: re.Match[str]) -> Said | None:
    clock = _minutes(m["hour"], m["minute"] or m["split"], m["meridiem"])
    return Said(clock=clock) if clock else None


def _run_together(m: re.Match[str]) -> Said | None:
    digits = m["digits"]
    clock = _minutes(digits[:-2], digits[-2:], m["meridiem"])
    return Said(clock=clock) if clock else None


def _bare(m: re.Match[str]) -> Said | None:
    clock = _minutes(m["hour"], None, None)
    return Said(clock=clock) if clock else None


def _shifted(m: re.Match[str]) -> Said | None:
    """Read "quarter to 4", "20 past 3 pm", "50 minutes before noon"."""
    base = Clock(720, sure=True) if m["noon"] else _minutes(m["hour"], m["minute"], m["meridiem"])
    if base is None:
        return None
    minutes = {"half": 30, "quarter": 15}.get(m["shift"]) or int(m["shift"])
    back = m["side"] in ("to", "before", "until", "of")
    return Said(clock=Clock((base.start + (-minutes if back else minutes)) % (2 * HALF_DAY), sure=base.sure))


def _half(m: re.Match[str]) -> Said | None:
    clock = _minutes(m["hour"], "30", m["meridiem"])
    return Said(clock=clock) if clock else None


def _noon(m: re.Match[str]) -> Said | None:
    return Said(clock=Clock(0 if m["name"] == "midnight" else HALF_DAY, sure=True))


def _range(m: re.Match[str]) -> Said | None:
    end = _minutes(m["hour2"], m["minute2"] or m["split2"], m["meridiem2"])
    start = _minutes(m["hour"], m["minute"] or m["split"], m["meridiem"] or m["meridiem2"])
    if start is None or end is None:
        return None
    if start.start > end.start and m["meridiem2"] == "pm" and not m["meridiem"]:
        start = Clock(start.start - HALF_DAY, sure=True)
    if not end.sure and start.sure and end.start < start.start:
        end = Clock(end.start + HALF_DAY, sure=True)
    return Said(clock=Clock(start.start, end.start % (2 * HALF_DAY), start.sure))


_SECOND = (
    _CLOCK.replace("<hour>", "<hour2>")
    .replace("<minute>", "<minute2>")
    .replace("<split>", "<split2>")
    .replace("<meridiem>", "<meridiem2>")
)

CLOCK_RULES: tuple[tuple[re.Pattern[str], Build], ...] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (rf"\b(?P<shift>half|quarter|\d\d?) (?:minutes? )?(?P<side>past|after|to|before|until|from|of) (?:(?P<noon>noon)|(?P<hour>{_HOUR})(?::(?P<minute>[0-5]\d))?{_MERIDIEM}?)\b(?<!from \d)(?<!from \d\d)(?! ?(?:st|nd|rd|th|:))", _shifted),
        (rf"\b(?:from|between) {_CLOCK} {_TO} {_SECOND}(?!\d|:)\b", _range),
        (rf"\b{_CLOCK} (?:to|-|until|through) {_SECOND}(?!\d|:)\b", _range),
        (rf"\bhalf (?P<hour>{_HOUR}){_MERIDIEM}?\b(?!:)", _half),
        (rf"\b(?P<hour>{_HOUR}):(?P<minute>[0-5]\d)(?P<split>){_MERIDIEM}?\b", _clock),
        (rf"(?<![\d:] )\b(?P<hour>{_HOUR}) (?P<minute>)(?P<split>[0-5]\d){_MERIDIEM}?\b(?! ?\d|:| (?:to|past) \d)", _clock),
        (rf"\b(?P<digits>[01]?\d[0-5]\d|2[0-3][0-5]\d){_MERIDIEM}\b", _run_together),
        (rf"\b(?:at|by|around|about|before|after|~+|tonight|today|tomorrow|morning|afternoon|evening|night|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?P<meridiem>) ?\b(?P<digits>[01]?\d[0-5]\d|2[0-3][0-5]\d)\b(?! ?[:\d])(?! (?:people|days|dollars|pounds|euros))", _run_together),
        (rf"\b(?P<hour>{_HOUR})(?P<minute>)(?P<split>){_MERIDIEM}\b", _clock),
        (r"\b(?P<name>noon|midnight)\b", _noon),
        (rf"\b(?:at|by|around|about|after|before|from|until|past|than|approximately|circa|exactly|is|be|it|between)(?: around| about| like| exactly)? (?P<hour>{_HOUR})\b{_NOT_A_COUNT}", _bare),
        (rf"(?:(?:early |late )?(?:morning|afternoon|evening|night|tonight|dopahar)(?: at| by| around| ko| ke)?) (?P<hour>{_HOUR})\b{_NOT_A_COUNT}", _bare),
        (rf"\b(?P<hour>{_HOUR}) (?=(?:in (?:the )?)?(?:early |late )?(?:morning|afternoon|evening|night|tonight|dopahar)\b)", _bare),
        (rf"~ (?:at |for |to )?(?P<hour>{_HOUR})\b{_NOT_A_COUNT}", _bare),
        (rf"\b(?P<hour>{_HOUR}) (?:on )?(?=~)", _bare),
        (rf"\b(?:or|and|no|for|make it) (?P<hour>{_HOUR})(?=$| works?\b| is\b| would\b| on\b| instead\b| in the\b)", _bare),
        (rf"^(?P<hour>{_HOUR})(?=$| works?\b| is\b| would\b| sounds?\b)", _bare),
    )
)  # fmt: skip

_NAMES = {
    "early morning": (Part.EARLY_MORNING, None),
    "first thing in the morning": (Part.EARLY_MORNING, None),
    "first thing": (Part.EARLY_MORNING, None),
    "early in the morning": (Part.EARLY_MORNING, None),
    "late morning": (Part.MORNING, (10 * 60, 12 * 60)),
    "late in the morning": (Part.MORNING, (10 * 60, 12 * 60)),
    "early afternoon": (Part.AFTERNOON, (12 * 60, 15 * 60)),
    "early in the afternoon": (Part.AFTERNOON, (12 * 60, 15 * 60)),
    "late afternoon": (Part.LATE_AFTERNOON, None),
    "late in the afternoon": (Part.LATE_AFTERNOON, None),
    "early evening": (Part.EVENING, (17 * 60, 19 * 60)),
    "late evening": (Part.EVENING, (19 * 60, 22 * 60)),
    "late night": (Part.NIGHT, None),
    "lunch time": (Part.NOON, None),
    "lunchtime": (Part.NOON, None),
    "dopahar": (Part.AFTERNOON, (12 * 60, 16 * 60)),
    "day end": (Part.LATE_AFTERNOON, None),
    "morning": (Part.MORNING, None),
    "afternoon": (Part.AFTERNOON, None),
    "evening": (Part.EVENING, None),
    "tonight": (Part.NIGHT, None),
    "night": (Part.NIGHT, None),
    "~ early": (Part.MORNING, None),
    "~ late": (Part.EVENING, None),
}
_MEALS = {"breakfast": 9 * 60, "lunch": 12 * 60 + 30, "work": 17 * 60, "dinner": 19 * 60}
_MEAL_ENDS = {"breakfast": 10 * 60, "lunch": 13 * 60 + 30, "work": 17 * 60, "dinner": 20 * 60}
_PARTS = re.compile(rf"(?<!good )\b(?:{'|'.join(name for name in _NAMES if name[0] != '~')})\b|~ (?:early|late)\b")
_BY_MEAL = re.compile(r"\b(?P<side>before|after) (?:my )?(?P<meal>breakfast|lunch|work|dinner)\b")


def find_clocks(text: str) -> Iterator[tuple[int, int, Said]]:
    """Yield the clock times in the text, where days have been written over with "~"."""
    for pattern, build in CLOCK_RULES:
        for match in pattern.finditer(text):
            said = build(match)
            if said:
                start = (
                    match.start("hour")
                    if "hour" in pattern.groupindex and "shift" not in pattern.groupindex and match["hour"]
                    else match.start()
                )
                yield start, match.end(), said
                text = text[:start] + "#" * (match.end() - start) + text[match.end() :]


def find_parts(text: str) -> Iterator[tuple[int, int, Said]]:
    for match in _BY_MEAL.finditer(text):
        after = match["side"] == "after"
        start = (_MEAL_ENDS if after else _MEALS)[match["meal"]]
        yield (
            match.start(),
            match.end(),
            Said(clock=Clock(start, sure=True), bound=Bound.AFTER if after else Bound.BEFORE),
        )
    for match in _PARTS.finditer(text):
        part, hours = _NAMES[match.group()]
        yield match.start(), match.end(), Said(part=part, part_hours=hours)


def settled(clock: Clock, part: Part | None) -> Clock:
    """Return the clock time in the half of the day that the part of the day or the policy says."""
    if clock.sure:
        return clock
    if part:
        return clock.in_part(part)
    start = waking(clock.start)
    end = clock.end
    if end is not None:
        end = waking(end)
        start = clock.start if clock.start > end else start
        end = end + HALF_DAY if end < start and end + HALF_DAY < 2 * HALF_DAY else end
    return Clock(start, end, sure=False)
