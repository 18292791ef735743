"""The grammar of dates and weeks: each rule is a phrase and the day that it names, in the order tried."""

import re
from datetime import date, datetime, timedelta

from interviews.language.in_use import lexicon
from interviews.understanding.times import calendar_dates as dates
from interviews.understanding.times.rules import Rule, rule
from interviews.understanding.times.said import Day, Said

MONTH = f"(?P<month>{'|'.join(lexicon.MONTHS)})"
WEEKDAY = f"(?P<weekday>{'|'.join(lexicon.WEEKDAYS)})"
_ANY_MONTH = f"(?:{'|'.join(lexicon.MONTHS)})"
_ORDINAL = r"\d\d?(?: ?(?:st|nd|rd|th))"
_NUMBER = r"\d\d?(?: ?(?:st|nd|rd|th))?"
_YEAR = r"(?:(?: of| in)? (?P<year>(?:19|20)\d\d)(?! ?(?:am|pm|oclock|hours)))"
_NO_CLOCK = r"(?! ?(?:am|pm|oclock|hours|past|minutes|people)\b)"
EDGE = r"(?:(?P<edge>beginning|start|early|middle|mid|end|late|later|rest|remaining|remainder)(?: of| in| part of)? )"
_THING = r"(?:one|option|slot|choice|time|times|available|appointment|of all|floor|two|person|thing|place|week)"


def said(start: date | None, end: date | None = None, **named: int | bool | None) -> Said | None:
    return Said(day=Day(start, end, **named)) if start else None  # type: ignore[arg-type]


def digits(text: str) -> int:
    return int("".join(character for character in text if character.isdigit()))


def _iso(m: re.Match[str], now: datetime) -> Said | None:
    return said(dates.safe_date(int(m["y"]), int(m["m"]), int(m["d"])))


def _slashed(m: re.Match[str], now: datetime) -> Said | None:
    """Read 3/12 as the Americans do, and as all others where that is no date."""
    first, second, year = int(m["a"]), int(m["b"]), int(m["y"] or 0)
    month, number = (second, first) if first > 12 else (first, second)
    full_year = year + 2000 if 0 < year < 100 else year or None
    return said(dates.month_day(now.date(), month, number, full_year), month=month, number=number)


def _in_month(m: re.Match[str], now: datetime) -> Said | None:
    month, number = lexicon.MONTHS.index(m["month"]) + 1, digits(m["number"])
    year = int(m["year"]) if m["year"] else None
    return said(dates.month_day(now.date(), month, number, year), number=number, month=month)


def _range_before_month(m: re.Match[str], now: datetime) -> Said | None:
    """Read "12 to 16 September"; "29th to 16th of April" begins the month before."""
    month, first, last = lexicon.MONTHS.index(m["month"]) + 1, digits(m["first"]), digits(m["last"])
    end = dates.month_day(now.date(), month, last)
    if end is None:
        return None
    year, start_month = dates.month_after(end, -1) if first > last else (end.year, month)
    return said(dates.safe_date(year, start_month, first), end)


def _range_after_month(m: re.Match[str], now: datetime) -> Said | None:
    """Read "July 13 to 15"; "April 27th to the 3rd" ends the month after."""
    start = dates.month_day(now.date(), lexicon.MONTHS.index(m["month"]) + 1, digits(m["first"]))
    return said(start, dates.day_number(start, digits(m["last"]))) if start else None


def _of_named_month(m: re.Match[str], now: datetime) -> Said | None:
    year, month = dates.month_after(now.date(), m["which"] in ("next", "coming"))
    return said(dates.safe_date(year, month, digits(m["number"])))


def _number(m: re.Match[str], now: datetime) -> Said | None:
    number = digits(m["number"])
    spelt = m["number"] in ("1th", "2th", "3th")
    return said(dates.day_number(now.date(), number), number=number, spelt=spelt)


def _weekday_number(m: re.Match[str], now: datetime) -> Said | None:
    """Read "Sunday 17" as a date; "Thursday 4" may be four o'clock and is a date only if that day is a Thursday."""
    weekday, number = lexicon.WEEKDAYS.index(m["weekday"]), digits(m["number"])
    soonest = dates.day_number(now.date(), number)
    if number <= 12 and m["number"].isdigit() and not (soonest and soonest.weekday() == weekday):
        return None
    return said(dates.day_number(now.date(), number, weekday), weekday=weekday, number=number)


def _month(m: re.Match[str], now: datetime) -> Said | None:
    month = lexicon.MONTHS.index(m["month"]) + 1
    year = int(m["year"]) if m["year"] else now.year + (month < now.month)
    start, end = date(year, month, 1), dates.month_end(year, month)
    if m["edge"]:
        start, end = dates.edge(m["edge"], start, end)
    return said(start if m["year"] else max(start, now.date()), end) if end >= now.date() or m["year"] else None


def _month_beside(m: re.Match[str], now: datetime) -> Said | None:
    month = lexicon.MONTHS.index(m["month"]) + 1
    year = now.year + (month < now.month)
    return said(date(year, month, 1), dates.month_end(year, month))


def _week_of_month(m: re.Match[str], now: datetime) -> Said | None:
    month = lexicon.MONTHS.index(m["month"]) + 1
    start = dates.week_start(date(now.year + (month < now.month), month, 1), digits(m["number"]) - 1)
    return said(start, start + timedelta(days=6))


def _weekday_of_month(m: re.Match[str], now: datetime) -> Said | None:
    month, weekday = lexicon.MONTHS.index(m["month"]) + 1, lexicon.WEEKDAYS.index(m["weekday"])
    year = now.year + (month < now.month)
    if m["number"] == "last":
        end = dates.month_end(year, month)
        return said(end - timedelta(days=(end.weekday() - weekday) % 7))
    start = date(year, month, 1)
    return said(start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (digits(m["number"]) - 1)))


_FIRST_TO_LAST = rf"(?P<first>{_NUMBER}) (?:(?:to|-|until|through|and|se|tak) )?(?:the )?(?P<last>{_NUMBER})"

RULES: tuple[Rule, ...] = (
    rule(r"(?P<y>20\d\d) [-/] (?P<m>\d\d?) [-/] (?P<d>\d\d?)", _iso),
    rule(r"(?<!/ )(?P<a>\d\d?) / (?P<b>\d\d?)(?: / (?P<y>\d\d(?:\d\d)?))?(?! /)", _slashed),
    rule(rf"{_FIRST_TO_LAST} (?:of )?(?:the )?{MONTH}(?! {_NUMBER}(?! [-~])(?![\w:]){_NO_CLOCK})", _range_before_month),
    rule(
        rf"{MONTH} (?:the )?(?P<first>{_NUMBER}) (?:to|-|until|through|and) (?:the )?(?P<last>{_NUMBER}){_NO_CLOCK}",
        _range_after_month,
    ),
    rule(rf"{MONTH} (?P<first>{_ORDINAL}) (?P<last>{_ORDINAL})", _range_after_month),
    rule(rf"(?P<number>{_NUMBER}) (?:day )?(?:of )?(?:the )?{MONTH}{_YEAR}?", _in_month),
    rule(rf"{MONTH} (?:the |ki )?(?P<number>{_NUMBER}){_NO_CLOCK}{_YEAR}?", _in_month),
    rule(rf"(?P<number>{_NUMBER}) (?:day )?(?:of )?(?P<which>this|next|coming|the) month", _of_named_month),
    rule(rf"(?P<number>[1-4](?:st|nd|rd|th)|last) {WEEKDAY} (?:of|in) {MONTH}", _weekday_of_month),
    rule(rf"(?P<number>[1-4](?:st|nd|rd|th)) week (?:of|in) {MONTH}", _week_of_month),
    rule(rf"{WEEKDAY} (?:the )?(?P<number>{_ORDINAL})", _weekday_number),
    rule(rf"{WEEKDAY} (?:the )?(?P<number>\d\d?){_NO_CLOCK}(?! \d)", _weekday_number),
)  # fmt: skip

# Tried when the weeks have been read: what could be part of a longer phrase.
LATER_RULES: tuple[Rule, ...] = (
    rule(rf"(?:the|on|for|to|until|from|by) (?P<here>(?P<number>{_ORDINAL}))(?! {_THING})", _number),
    rule(rf"(?P<number>(?!0?[123]th){_ORDINAL})(?! {_THING})", _number),
    rule(r"(?:^|on |from )(?P<here>(?P<number>[123]th))(?=$| (?:of|and|or|to|at|is|works|then)\b)", _number),
    rule(r"(?P<number>\d\d?) (?:tarikh|tareekh|taarikh|taareekh|tarik|tareek|taarek|तारीख)", _number),
    rule(rf"on (?:the )?(?P<here>(?P<number>\d\d?)){_NO_CLOCK}(?= (?:at|from|after|before|around)\b|$)", _number),
    rule(r"(?<!\d )(?P<here>(?P<number>1[3-9]|2\d|3[01])) (?:ko|ke liye)", _number),
    rule(rf"{EDGE}(?:the )?{MONTH}{_YEAR}?", _month),
    rule(rf"(?P<edge>){MONTH}{_YEAR}", _month),
    rule(rf"(?:in|this|next|from|until|to|by|since|between|during|around) (?P<here>{MONTH})", _month_beside),
)  # fmt: skip
