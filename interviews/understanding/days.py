"""The grammar of days: each rule is a phrase and the day that it names, the rules in the order in which they are tried."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from interviews.understanding.lexicon import MONTHS, WEEKDAYS
from interviews.understanding.said import Clock, Day, Said

_MONTH = f"(?:{'|'.join(MONTHS)})"
_WEEKDAY = f"(?:{'|'.join(WEEKDAYS)})"
_NTH = r"\d{1,2}(?: ?(?:st|nd|rd|th))"
_DAY_NUMBER = r"(?:\d{1,2}(?: ?(?:st|nd|rd|th))?)"
_YEAR = r"(?:(?:19|20)\d\d)"
_COUNT = r"(?:\d+(?: and (?:a|an|1)? ?half)?|an?|30|45|15|1 / 2|3 / 4|1 / 4)"
_UNIT = r"(?:minutes?|hours?|days?|weeks?|months?|nights?|years?)"
_NEXT = r"(?:next|coming)"
_NO_CLOCK = r"(?! ?(?:am|pm|oclock|hours)\b)(?!:)(?! (?:past|minutes)\b)"

Build = Callable[[re.Match[str], datetime], Said | None]


def _number(text: str) -> int:
    return int(re.match(r"\d+", text).group())  # type: ignore[union-attr]


def safe_date(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def month_day(now: datetime, month: int, number: int, year: int | None = None) -> date | None:
    """Return the next such date that is not past, or the one in `year`."""
    if year:
        return safe_date(year, month, number)
    for candidate_year in range(now.year, now.year + 5):
        found = safe_date(candidate_year, month, number)
        if found and found >= now.date():
            return found
    return None


def day_number(now: datetime, number: int, weekday: int | None = None) -> date | None:
    """Return the next date with this number in its month (and this weekday) that is not past."""
    year, month = now.year, now.month
    for _ in range(24):
        found = safe_date(year, month, number)
        if found and found >= now.date() and weekday in (None, found.weekday()):
            return found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


def next_weekday(now: datetime, weekday: int) -> date:
    """Return the next such weekday after today."""
    return now.date() + timedelta(days=(weekday - now.weekday() - 1) % 7 + 1)


def monday(now: datetime, weeks: int = 0) -> date:
    return now.date() - timedelta(days=now.weekday()) + timedelta(weeks=weeks)


def _said(day: date | None, end: date | None = None, **named: int | bool | None) -> Said | None:
    return Said(day=Day(day, end, **named)) if day else None  # type: ignore[arg-type]


# --- dates of the calendar ---


def _iso(m: re.Match[str], now: datetime) -> Said | None:
    return _said(safe_date(int(m["y"]), int(m["m"]), int(m["d"])))


def _slashed(m: re.Match[str], now: datetime) -> Said | None:
    first, second = int(m["a"]), int(m["b"])
    month, number = (second, first) if first > 12 else (first, second)
    year = int(m["y"]) if m["y"] else None
    return _said(
        month_day(now, month, number, year + 2000 if year and year < 100 else year) if 1 <= month <= 12 else None
    )


def _in_month(m: re.Match[str], now: datetime) -> Said | None:
    month, number = MONTHS.index(m["month"]) + 1, _number(m["number"])
    return _said(month_day(now, month, number, int(m["year"]) if m["year"] else None), number=number, month=month)


def _range_in_month(m: re.Match[str], now: datetime) -> Said | None:
    month = MONTHS.index(m["month"]) + 1
    first, last = _number(m["first"]), _number(m["last"])
    start = month_day(now, month, first)
    if start and first > last:
        start = date(start.year - (month == 1), (month - 2) % 12 + 1, first) if first <= 28 else start
    end = month_day(datetime.combine(start, now.time()), month, last) if start else None
    return _said(start, end)


def _of_named_month(m: re.Match[str], now: datetime) -> Said | None:
    ahead = 1 if m["which"] in ("next", "coming") else 0
    year, month = divmod(now.year * 12 + now.month - 1 + ahead, 12)
    return _said(safe_date(year, month + 1, _number(m["number"])))


def _day_number(m: re.Match[str], now: datetime) -> Said | None:
    number = _number(m["number"])
    return _said(day_number(now, number), number=number, spelt=bool(re.match("[123]th", m["number"])))


def _weekday_number(m: re.Match[str], now: datetime) -> Said | None:
    weekday, number = WEEKDAYS.index(m["weekday"]), _number(m["number"])
    if (
        number <= 12
        and not re.search("[a-z]", m["number"])
        and (day_number(now, number) or now.date()).weekday() != weekday
    ):
        return None
    return _said(day_number(now, number, weekday), weekday=weekday, number=number)


def _month_alone(m: re.Match[str], now: datetime) -> Said | None:
    month = MONTHS.index(m["month"]) + 1
    year = int(m["year"]) if m["year"] else now.year + (month < now.month)
    start = max(date(year, month, 1), now.date()) if not m["year"] else date(year, month, 1)
    end = date(year, month, monthrange(year, month)[1])
    if m["edge"]:
        start, end = _edge(m["edge"], date(year, month, 1), end)
    return _said(start, end)


# --- weekdays and weeks ---


def _edge(edge: str, start: date, end: date) -> tuple[date, date]:
    """Return the beginning, middle or end of a week or a month."""
    short = (end - start).days < 7
    if edge in ("beginning", "start", "early"):
        return start, start + timedelta(days=2 if short else 9)
    if edge in ("end", "late", "later"):
        return (start + timedelta(days=4), end) if short else (start + timedelta(days=20), end)
    return start + timedelta(days=1 if short else 10), start + timedelta(days=3 if short else 19)


def _weekday(m: re.Match[str], now: datetime) -> Said | None:
    weekday = WEEKDAYS.index(m["weekday"])
    return _said(next_weekday(now, weekday), weekday=weekday)


def _weekday_of_week(m: re.Match[str], now: datetime) -> Said | None:
    weeks = 0 if m["which"] == "this" else 1
    return _said(monday(now, weeks) + timedelta(days=WEEKDAYS.index(m["weekday"])))


def _weekday_after_next(m: re.Match[str], now: datetime) -> Said | None:
    return _said(next_weekday(now, WEEKDAYS.index(m["weekday"])) + timedelta(weeks=1))


def _weekdays_from_now(m: re.Match[str], now: datetime) -> Said | None:
    return _said(next_weekday(now, WEEKDAYS.index(m["weekday"].removesuffix("s"))) + timedelta(weeks=int(m["n"]) - 1))


def _nth_weekday_of_month(m: re.Match[str], now: datetime) -> Said | None:
    month, weekday = MONTHS.index(m["month"]) + 1, WEEKDAYS.index(m["weekday"])
    year = now.year + (month < now.month)
    if m["n"] == "last":
        end = date(year, month, monthrange(year, month)[1])
        return _said(end - timedelta(days=(end.weekday() - weekday) % 7))
    start = date(year, month, 1)
    return _said(start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (_number(m["n"]) - 1)))


def _week(m: re.Match[str], now: datetime) -> Said | None:
    start = monday(now, {"this": 0, "the": 0, None: 0}.get(m["which"], 1))
    end = start + timedelta(days=6)
    if m["edge"] in ("rest", "remaining", "remainder"):
        return _said(now.date(), end)
    if m["edge"] == "later":
        return _said(max(start + timedelta(days=3), now.date()), end)
    if m["edge"]:
        return _said(*_edge(m["edge"], start, end))
    return _said(max(start, now.date()), end)


def _month(m: re.Match[str], now: datetime) -> Said | None:
    year, month = divmod(now.year * 12 + now.month - 1 + (m["which"] in ("next", "coming")), 12)
    start, end = date(year, month + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1])
    if m["edge"] and m["edge"] not in ("rest", "remaining", "remainder", "later"):
        return _said(*_edge(m["edge"], start, end))
    return _said(max(start, now.date()), end)


def _weekend(m: re.Match[str], now: datetime) -> Said | None:
    saturday = monday(now, 1 if m["which"] == "next" else 0) + timedelta(days=5)
    return _said(max(saturday, now.date()), saturday + timedelta(days=1))


# --- counted from now, or from another day ---

_NAMED = {"today": 0, "tonight": 0, "tomorrow": 1, "overmorrow": 2}


def _named(m: re.Match[str], now: datetime) -> Said | None:
    return _said(now.date() + timedelta(days=_NAMED[m["name"]]))


def _amount(words: str) -> float:
    if "/" in words:
        over, under = re.findall(r"\d+", words)
        return int(over) / int(under) if int(under) else 1.0
    if words in ("a", "an"):
        return 1.0
    return _number(words) + (0.5 if "half" in words else 0.0)


def _ahead(now: datetime, amount: float, unit: str) -> datetime | None:
    if amount > 5000:
        return None
    if unit.startswith("month"):
        year, month = divmod(now.year * 12 + now.month - 1 + int(amount), 12)
        return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
    if unit.startswith("year"):
        return now.replace(year=now.year + min(int(amount), 50), day=min(now.day, 28))
    size = {"minute": 1, "hour": 60, "day": 1440, "night": 1440, "week": 10080}[unit.removesuffix("s")]
    return now + timedelta(minutes=amount * size)


def _from_now(m: re.Match[str], now: datetime) -> Said | None:
    then = _ahead(now, _amount(m["count"]), m["unit"])
    if then is None:
        return None
    if m["unit"].startswith(("minute", "hour")):
        return Said(day=Day(then.date()), clock=Clock(then.hour * 60 + then.minute, sure=True))
    return _said(then.date())


def _from_day(m: re.Match[str], now: datetime) -> Said | None:
    start = next((s.day for _, _, s in find(m["day"], now) if s.day), None)
    if start is None:
        return None
    then = _ahead(datetime.combine(start.start, now.time()), _amount(m["count"]), m["unit"])
    return _said(then.date()) if then else None


def _next_days(m: re.Match[str], now: datetime) -> Said | None:
    tomorrow = now.date() + timedelta(days=1)
    size = {"day": 1, "week": 7, "month": 30}[m["unit"].removesuffix("s")]
    return _said(tomorrow, now.date() + timedelta(days=min(int(m["n"]), 500) * size))


RULES: tuple[tuple[re.Pattern[str], Build], ...] = tuple(
    (re.compile(rf"\b{pattern}\b"), build)
    for pattern, build in (
        (rf"(?P<count>{_COUNT}) (?P<unit>days?|weeks?|months?) (?:from|after|baad) (?:the )?(?P<day>(?:{_NEXT} |this )?{_WEEKDAY}(?: {_NEXT} week)?|{_MONTH} {_DAY_NUMBER}|{_DAY_NUMBER} (?:of )?{_MONTH}|tomorrow|today)", _from_day),
        (rf"(?P<weekday>{_WEEKDAY}) in (?P<count>{_COUNT}) (?P<unit>weeks?)", lambda m, now: _said(next_weekday(now, WEEKDAYS.index(m["weekday"])) + timedelta(weeks=int(_amount(m["count"]))))),
        (rf"(?P<day>(?:{_NEXT} |this )?{_WEEKDAY}) (?P<count>a) ?(?P<unit>week)", _from_day),
        (rf"(?:in|after|within) (?:about |around |the |another )?(?P<count>{_COUNT}) (?:more )?(?:an )?(?P<unit>{_UNIT})(?: time)?(?! (?:and|ago))", _from_now),
        (rf"(?P<count>{_COUNT}) (?:more )?(?P<unit>{_UNIT}) (?:from now|from today|hence|later|baad|mein|after)(?! \d)", _from_now),
        (rf"(?:{_NEXT} (?P<n>\d+)|(?P<n2>\d+) {_NEXT}) (?P<unit>days?|weeks?|months?)".replace("(?P<n2>", "(?:"), lambda m, now: _next_days(m, now) if m["n"] else None),
        (r"(?P<y>20\d\d) [-/] (?P<m>\d\d?) [-/] (?P<d>\d\d?)", _iso),
        (r"(?P<a>\d\d?) / (?P<b>\d\d?)(?: / (?P<y>\d\d(?:\d\d)?))?", _slashed),
        (rf"(?P<first>{_DAY_NUMBER}) (?:(?:to|-|until|through|and) )?(?:the )?(?P<last>{_DAY_NUMBER}) (?:of )?(?:the )?(?P<month>{_MONTH})(?! {_DAY_NUMBER}\b{_NO_CLOCK})", _range_in_month),
        (rf"(?P<month>{_MONTH}) (?:the )?(?P<first>{_DAY_NUMBER}) (?:to|-|until|through|and|) ?(?:the )?(?P<last>{_NTH}|(?<=[-ohd] )\d\d?){_NO_CLOCK}", _range_in_month),
        (rf"(?P<number>{_DAY_NUMBER}) (?:day )?(?:of )?(?:the )?(?P<month>{_MONTH})(?: (?P<year>{_YEAR}){_NO_CLOCK})?", _in_month),
        (rf"(?P<month>{_MONTH}) (?:the )?(?P<number>{_DAY_NUMBER}){_NO_CLOCK}(?: (?:in )?(?P<year>{_YEAR}){_NO_CLOCK})?", _in_month),
        (rf"(?P<number>{_DAY_NUMBER}) (?:day )?(?:of )?(?P<which>this|next|coming|the) month", _of_named_month),
        (rf"(?P<n>1st|2nd|3rd|4th|1th|2th|3th|last) (?P<weekday>{_WEEKDAY}) (?:of|in) (?P<month>{_MONTH})", _nth_weekday_of_month),
        (rf"(?P<weekday>{_WEEKDAY}) (?:the )?(?P<number>{_NTH})", _weekday_number),
        (rf"(?P<weekday>{_WEEKDAY}) (?:the )?(?P<number>\d\d?){_NO_CLOCK}(?! \d)", _weekday_number),
        (rf"(?P<weekday>{_WEEKDAY}) (?:of )?(?:the )?(?P<which>this|next|coming) week", _weekday_of_week),
        (rf"(?P<which>this|next|coming) week(?: on)? (?P<weekday>{_WEEKDAY})", _weekday_of_week),
        (rf"(?P<weekday>{_WEEKDAY}) after next", _weekday_after_next),
        (rf"(?P<n>\d+) (?P<weekday>{_WEEKDAY}s?) from now", _weekdays_from_now),
        (rf"(?:{_NEXT} |this )*(?P<weekday>{_WEEKDAY})", _weekday),
        (r"(?:(?P<edge>beginning|start|early|middle|end|late|later|rest|remaining|remainder) (?:of )?(?:in )?)?(?P<which>this|the|next|coming) week(?:'s)?", _week),
        (r"(?:(?P<edge>beginning|start|early|middle|end|late|later|rest|remaining|remainder) (?:of )?(?:in )?)?(?:the )?(?P<which>this|the|next|coming|of) month", _month),
        (r"(?:(?P<which>this|the|next|coming) )?weekend", _weekend),
        (rf"(?:the |on )(?P<number>{_NTH})(?! (?:one|option|slot|choice|time|available|appointment|of all|floor|two))", _day_number),
        (rf"(?P<number>\d\d?(?:st|nd|rd|(?<![123])th|(?<=\d[123])th))(?! (?:one|option|slot|choice|time|floor))", _day_number),
        (rf"on (?:the )?(?P<number>\d\d?){_NO_CLOCK}(?! [a-z0-9])", _day_number),
        (rf"(?:(?P<edge>beginning|start|early|middle|end|late) (?:of )?|in |this |next )(?P<month>{_MONTH})(?: (?P<year>{_YEAR}))?", _month_alone),
        (r"(?P<name>today|tonight|tomorrow|overmorrow)", _named),
    )
)  # fmt: skip


def find(text: str, now: datetime) -> Iterator[tuple[int, int, Said]]:
    """Yield the days named in the text with where each stands; what one rule has read no other reads again."""
    for pattern, build in RULES:
        for match in pattern.finditer(text):
            said = build(match, now)
            if said:
                yield match.start(), match.end(), said
                text = text[: match.start()] + "~" * (match.end() - match.start()) + text[match.end() :]
