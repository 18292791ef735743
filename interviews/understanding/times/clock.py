"""The grammar of clock times: each rule is a phrase and the time that it names, in the order tried."""

import re
from datetime import datetime

from interviews.understanding.times.rules import Rule, rule
from interviews.understanding.times.said import HALF_DAY, Clock, Said

_HOUR = r"(?P<hour>0?\d|1\d|2[0-4])"
_MINUTE = r"(?P<minute>[0-5]\d)"
_MERIDIEM = r"(?: ?(?:oclock )?(?P<meridiem>am|pm|oclock))"
_TIME = rf"{_HOUR}(?:[: ]{_MINUTE})?{_MERIDIEM}?"
_OTHER_TIME = re.sub(r"<(\w+)>", r"<\g<1>2>", _TIME)
_PART = r"(?:(?:early |late )?(?:in the )?(?:morning|afternoon|evening|night|tonight|dopahar))"
_RUN_TOGETHER = r"(?P<digits>(?:0?\d|1\d|2[0-3])[0-5]\d)"
_NOT_A_YEAR = r"(?!(?:19|20)\d\d)"
_NOT_A_COUNT = (
    r"(?! ?[%/-]| ?\d| (?:people|persons?|adults?|kids?|child|children|guests?|nights?|days?|weeks?|months?|years?|"
    r"hours?|minutes?|rooms?|tickets?|seats?|of|more|other|or more|passengers?|dollars?|pounds?|euros?|lakhs?|"
    r"percent|stars?|bedrooms?|options?|slots?|choices?|times|km|miles)\b)"
)
_LEAD = r"(?:at|by|around|about|after|before|from|until|past|than|approximately|circa|exactly|is|be|it|between)"
_APPROXIMATELY = r"(?: (?:around|about|like|exactly|say))?"
_GOOD = r"(?:good|fine|okay|great|perfect|better|best)"
_BETWEEN = r"(?:to|-|until|through|and|tak)"


def _clock(hour: str, minute: str | None, meridiem: str | None) -> Clock:
    hours = int(hour)
    sure = meridiem in ("am", "pm") or hours > 12 or hour.startswith("0")
    if meridiem == "pm" and hours < 12:
        hours += 12
    if meridiem == "am" and hours == 12:
        hours = 0
    return Clock(hours % 24 * 60 + int(minute or 0), sure=sure)


def _plain(m: re.Match[str], now: datetime) -> Said:
    found = m.groupdict()
    return Said(clock=_clock(m["hour"], found.get("minute"), found.get("meridiem")))


def _run_together(m: re.Match[str], now: datetime) -> Said:
    return Said(clock=_clock(m["digits"][:-2], m["digits"][-2:], m.groupdict().get("meridiem")))


def _half(m: re.Match[str], now: datetime) -> Said:
    """Read "half four" as the British do: half past it."""
    return Said(clock=_clock(m["hour"], "30", m["meridiem"]))


def _noon(m: re.Match[str], now: datetime) -> Said:
    return Said(clock=Clock(HALF_DAY if m["name"] == "noon" else 0, sure=True))


def _shifted(m: re.Match[str], now: datetime) -> Said | None:
    """Read "quarter to 4", "20 past 3 pm", "50 minutes before noon"; "2 to 4" is a range."""
    minutes = {"half": 30, "quarter": 15}.get(m["shift"]) or int(m["shift"])
    if not m["unit"] and minutes % 5:
        return None
    base = Clock(HALF_DAY, sure=True) if m["noon"] else _clock(m["hour"], m["minute"], m["meridiem"])
    backwards = m["side"] in ("to", "before", "until", "of")
    return Said(clock=Clock((base.start + (-minutes if backwards else minutes)) % (2 * HALF_DAY), sure=base.sure))


def _range(m: re.Match[str], now: datetime) -> Said:
    """Read "2 to 4 pm": the half of the day said at the end holds for the start, unless that turns them round."""
    end = _clock(m["hour2"], m["minute2"], m["meridiem2"])
    start = _clock(m["hour"], m["minute"], m["meridiem"] or m["meridiem2"])
    if start.start > end.start and m["meridiem2"] == "pm" and not m["meridiem"]:
        start = Clock(start.start - HALF_DAY, sure=True)
    last = end.start
    if start.sure and not end.sure and last < start.start:
        last += HALF_DAY
    return Said(clock=Clock(start.start, last % (2 * HALF_DAY), sure=start.sure))


RULES: tuple[Rule, ...] = (
    rule(
        r"(?<!from )(?<!between )(?<!\d )(?P<shift>half|quarter|\d\d?) (?P<unit>minutes? )?"
        rf"(?P<side>past|after|to|before|until|of) (?:(?P<noon>noon)|{_HOUR}(?::{_MINUTE})?{_MERIDIEM}?)"
        r"(?! (?:st|nd|rd|th)\b)",
        _shifted,
    ),
    rule(
        rf"(?P<shift>\d\d?) (?P<unit>minutes? )(?P<side>from) (?:(?P<noon>noon)|{_HOUR}(?::{_MINUTE})?{_MERIDIEM}?)",
        _shifted,
    ),
    rule(rf"(?:from|between) {_TIME} {_BETWEEN} {_OTHER_TIME}", _range),
    rule(rf"{_TIME} (?:to|-|until|through) {_OTHER_TIME}", _range),
    rule(rf"half {_HOUR}{_MERIDIEM}?", _half),
    rule(rf"{_HOUR}:{_MINUTE}{_MERIDIEM}?", _plain),
    rule(rf"(?<!\d ){_HOUR} {_MINUTE}{_MERIDIEM}?(?! \d)(?! (?:euros|pounds|dollars)\b)", _plain),
    rule(rf"{_RUN_TOGETHER}(?: hours|{_MERIDIEM})", _run_together),
    rule(rf"(?:at|~|#|{_PART}|today|tonight) ?(?P<here>{_RUN_TOGETHER}){_NOT_A_COUNT}", _run_together),
    rule(rf"(?:{_LEAD}|to|for) (?P<here>{_NOT_A_YEAR}{_RUN_TOGETHER}){_NOT_A_COUNT}", _run_together),
    rule(rf"(?P<here>{_NOT_A_YEAR}{_RUN_TOGETHER})(?= (?:ko|ke liye|{_PART}|~))", _run_together),
    rule(rf"{_HOUR}{_MERIDIEM}", _plain),
    rule(r"(?P<name>noon|midnight)", _noon),
    rule(rf"{_LEAD}{_APPROXIMATELY} (?P<here>{_HOUR}){_NOT_A_COUNT}", _plain),
    rule(rf"{_PART}(?: (?:at|by|around|ko|ke))? (?P<here>{_HOUR}){_NOT_A_COUNT}", _plain),
    rule(rf"(?P<here>{_HOUR})(?= {_PART})", _plain),
    rule(rf"~ (?:at |for |to )?(?P<here>{_HOUR}){_NOT_A_COUNT}", _plain),
    rule(rf"(?P<here>{_HOUR})(?= ~)", _plain),
    rule(rf"(?P<here>{_HOUR})(?= (?:or|and) (?:later|earlier|after|before|onwards)\b)", _plain),
    rule(rf"(?:change|move|make|shift|push|switch)(?: it| that| this)? to (?P<here>{_HOUR}){_NOT_A_COUNT}", _plain),
    rule(rf"(?:or|and|no|make it) (?P<here>{_HOUR})(?=$| (?:works?|is|would|on|instead|please|in the)\b)", _plain),
    rule(rf"(?P<here>{_HOUR})(?= (?:works?|suits?|sounds?|would (?:be|work|suit)|is {_GOOD})\b)", _plain),
    rule(rf"^(?:okay |yes |no |um )*(?P<here>{_HOUR})$", _plain),
)  # fmt: skip

# Tried where no other clock time was said: "a table for three on the 9th at six" is not at three.
LAST_RULES: tuple[Rule, ...] = (
    rule(rf"(?P<here>{_HOUR})(?= on (?:the )?~)", _plain),
    rule(rf"for (?P<here>{_HOUR})(?=$| (?:works?|is|would|on|instead|in the)\b)", _plain),
)
