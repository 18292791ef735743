"""The grammar of weekdays, weeks and days counted from now: each rule is a phrase and the day it names.

Policy: "next Friday" and "this Friday" are both the first Friday after today; "Friday next week" is the one in the
week that begins next Monday. Where a slot on another Friday was offered, that is meant; the read-back decides.
"""

import re
from datetime import datetime, timedelta

from interviews.language.in_use import lexicon
from interviews.understanding.meaning import Part
from interviews.understanding.times import calendar_dates as dates
from interviews.understanding.times import days
from interviews.understanding.times.days import said
from interviews.understanding.times.rules import DAY, NEVER, Rule, rule, scan
from interviews.understanding.times.said import Clock, Day, Said

_ANY_WEEKDAY = f"(?:{'|'.join(lexicon.WEEKDAYS)})"
_ANY_MONTH = f"(?:{'|'.join(lexicon.MONTHS)})"
_WEEKDAY = days.WEEKDAY
_NEXT = r"(?:next|coming)"
_WHICH = r"(?P<which>this|next|coming)"
_COUNT = r"(?P<count>\d+(?: and (?:a |an |1 )?half)?|an?|\d / \d)"
_UNIT = r"(?P<unit>minute|hour|day|night|week|month|year)s?"
_EDGE = days.EDGE
_PART_NEXT = r"(?=(?:early |late )?(?:morning|afternoon|evening|dopahar|noon)\b)"
# Ten years are seven digits of minutes.
_MAX_DIGITS = 7
_NAMED = {"today": 0, "tonight": 0, "tomorrow": 1, "overmorrow": 2}


def _named(m: re.Match[str], now: datetime) -> Said | None:
    day = Day(now.date() + timedelta(days=_NAMED[m["name"]]))
    return Said(day=day, part=Part.NIGHT if m["name"] == "tonight" else None)


def _today(m: re.Match[str], now: datetime) -> Said | None:
    return said(now.date())


def _tomorrow(m: re.Match[str], now: datetime) -> Said | None:
    return said(now.date() + timedelta(days=1))


def _weekday(m: re.Match[str], now: datetime) -> Said | None:
    weekday = lexicon.WEEKDAYS.index(m["weekday"])
    return said(dates.next_weekday(now.date(), weekday), weekday=weekday)


def _weekday_of_week(m: re.Match[str], now: datetime) -> Said | None:
    weeks = 0 if m["which"] == "this" else 1
    return said(dates.week_start(now.date(), weeks) + timedelta(days=lexicon.WEEKDAYS.index(m["weekday"])))


def _weekday_in_weeks(m: re.Match[str], now: datetime) -> Said | None:
    return _weeks_on(m["weekday"], round(_amount(m["count"])), now)


def _weekday_after_next(m: re.Match[str], now: datetime) -> Said | None:
    return said(dates.next_weekday(now.date(), lexicon.WEEKDAYS.index(m["weekday"])) + timedelta(weeks=1))


def _weekdays_from_now(m: re.Match[str], now: datetime) -> Said | None:
    return _weeks_on(m["weekday"], _whole(m["number"]) - 1, now)


def _weeks_on(weekday: str, weeks: int, now: datetime) -> Said | None:
    then = dates.ahead(
        datetime.combine(dates.next_weekday(now.date(), lexicon.WEEKDAYS.index(weekday)), now.time()), weeks, "week"
    )
    return said(then.date()) if then else NEVER


def _week(m: re.Match[str], now: datetime) -> Said | None:
    start = dates.week_start(now.date(), m["which"] in ("next", "coming"))
    end = start + timedelta(days=6)
    if m["edge"] == "later":
        start += timedelta(days=3)
    elif m["edge"] and not m["edge"].startswith(("rest", "remain")):
        start, end = dates.edge(m["edge"], start, end)
    return said(max(start, now.date()), max(end, now.date()))


def _month(m: re.Match[str], now: datetime) -> Said | None:
    year, month = dates.month_after(now.date(), m["which"] in ("next", "coming"))
    start, end = now.date().replace(year=year, month=month, day=1), dates.month_end(year, month)
    if m["edge"] and not m["edge"].startswith(("rest", "remain", "later")):
        start, end = dates.edge(m["edge"], start, end)
    return said(max(start, now.date()), max(end, now.date()))


def _weekend(m: re.Match[str], now: datetime) -> Said | None:
    saturday = dates.week_start(now.date(), m["which"] == "next") + timedelta(days=5)
    return said(max(saturday, now.date()), saturday + timedelta(days=1))


def _next_days(m: re.Match[str], now: datetime) -> Said | None:
    size = {"day": 1, "week": 7, "month": 30}[m["unit"]]
    return said(now.date() + timedelta(days=1), now.date() + timedelta(days=min(_whole(m["number"]), 100) * size))


def _whole(digits: str) -> int:
    """Return the number, or of one too long for any time the longest."""
    return int(digits) if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _amount(words: str) -> float:
    if "/" in words:
        over, under = words.split(" / ")
        return int(over) / (int(under) or 1)
    if words in ("a", "an"):
        return 1.0
    return _whole(words.split()[0]) + (0.5 if "half" in words else 0.0)


def _from_now(m: re.Match[str], now: datetime) -> Said | None:
    then = dates.ahead(now, _amount(m["count"]), m["unit"])
    if then and m["unit"] in ("minute", "hour"):
        return Said(day=Day(then.date()), clock=Clock(then.hour * 60 + then.minute, sure=True))
    return said(then.date()) if then else NEVER


def _from_day(m: re.Match[str], now: datetime) -> Said | None:
    """Read "a week from Monday", "2 weeks from January 15"."""
    named = next(scan((*days.RULES, *RULES, *days.LATER_RULES), m["day"], now, DAY), None)
    if named is None or named[2].day is None:
        return None
    start = datetime.combine(named[2].day.start, now.time())
    then = dates.ahead(start, _amount(m["count"]), m["unit"])
    return said(then.date()) if then else NEVER


_A_DAY = (
    rf"(?P<day>(?:{_NEXT} |this )?{_ANY_WEEKDAY}(?: {_NEXT} week)?|{_ANY_MONTH} (?:the )?\d\d?(?:st|nd|rd|th)?|"
    rf"\d\d?(?:st|nd|rd|th)? (?:of )?{_ANY_MONTH}|today|tomorrow|overmorrow)"
)

# Tried before the dates, for they name a day to count from.
COUNTED_RULES: tuple[Rule, ...] = (
    rule(rf"{_COUNT} (?P<unit>day|week|month)s? (?:from|after) (?:the )?{_A_DAY}", _from_day),
    rule(rf"{_A_DAY} se {_COUNT} (?P<unit>day|week|month)s? baad", _from_day),
    rule(rf"{_WEEKDAY} in {_COUNT} weeks?", _weekday_in_weeks),
    rule(rf"(?P<day>(?:{_NEXT} |this )?{_ANY_WEEKDAY}) (?P<count>a) (?P<unit>week)", _from_day),
    rule(
        rf"(?:in|after|within) (?:(?:about|around|the|another) )?{_COUNT} (?:more |an )?{_UNIT}(?: time)?"
        r"(?! (?:and|ago))",
        _from_now,
    ),
    rule(rf"{_COUNT} (?:more )?{_UNIT} (?:from now|from today|hence|later|baad|mein|me|mei)", _from_now),
    rule(rf"{_NEXT} (?P<number>\d+) (?P<unit>day|week|month)s?", _next_days),
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    rule(rf"{_WEEKDAY} (?:of |in )?(?:the )?{_WHICH} week", _weekday_of_week),
    rule(rf"{_WHICH} week(?: on)? {_WEEKDAY}", _weekday_of_week),
    rule(rf"{_WEEKDAY} after next", _weekday_after_next),
    rule(rf"(?P<number>\d+) {_WEEKDAY}s? from now", _weekdays_from_now),
    rule(rf"(?:(?:{_NEXT}|this) )*{_WEEKDAY}", _weekday),
    rule(rf"{_EDGE}?(?:the )?{_WHICH} week(?:'s)?", _week),
    rule(rf"{_EDGE}(?P<which>the) week", _week),
    rule(rf"{_EDGE}?(?:the )?{_WHICH} month", _month),
    rule(rf"{_EDGE}(?P<which>the )?month", _month),
    rule(r"(?:(?P<which>this|the|next|coming) )?weekend", _weekend),
    rule(r"(?P<name>today|tonight|tomorrow|overmorrow)", _named),
    rule(rf"(?P<here>this) {_PART_NEXT}\w+", _today),
    rule(rf"(?P<here>next) {_PART_NEXT}\w+", _tomorrow),
)  # fmt: skip
