"""Dates found by their number, month or weekday: the next that is not past."""

from calendar import monthrange
from datetime import date, datetime, timedelta

# No candidate means a day in another year, and the days around one in any of these are dates too.
FIRST_YEAR, LAST_YEAR = 1900, 2099


def safe_date(year: int, month: int, day: int) -> date | None:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return None
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def month_after(now: date, count: int = 1) -> tuple[int, int]:
    year, month = divmod(now.year * 12 + now.month - 1 + count, 12)
    return year, month + 1


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def month_day(now: date, month: int, number: int, year: int | None = None) -> date | None:
    """Return the next such date that is not past, or the one in `year`."""
    if year:
        return safe_date(year, month, number)
    dates = (safe_date(candidate, month, number) for candidate in range(now.year, now.year + 5))
    return next((found for found in dates if found and found >= now), None)


def day_number(now: date, number: int, weekday: int | None = None) -> date | None:
    """Return the next date with this number in its month, and this weekday if given, that is not past."""
    dates = (safe_date(*month_after(now, count), number) for count in range(24))
    return next((found for found in dates if found and found >= now and weekday in (None, found.weekday())), None)


def next_weekday(now: date, weekday: int) -> date:
    """Return the next such weekday after today."""
    return now + timedelta(days=(weekday - now.weekday() - 1) % 7 + 1)


def week_start(now: date, weeks: int = 0) -> date:
    return now - timedelta(days=now.weekday()) + timedelta(weeks=weeks)


def edge(name: str, start: date, end: date) -> tuple[date, date]:
    """Return the beginning, the middle or the end of a week or a month."""
    short = (end - start).days < 7
    if name in ("beginning", "start", "early"):
        return start, start + timedelta(days=2 if short else 9)
    if name in ("end", "late"):
        return (start + timedelta(days=4), end) if short else (start + timedelta(days=20), end)
    return start + timedelta(days=1 if short else 10), start + timedelta(days=3 if short else 19)


def ahead(now: datetime, amount: float, unit: str) -> datetime | None:
    """Return the moment so many minutes, hours, days, weeks or months on; None beyond ten years."""
    months = {"month": amount, "year": 12 * amount}.get(unit)
    if months is not None:
        year, month = month_after(now.date(), int(min(months, 121)))
        return (
            now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1])) if months <= 120 else None
        )
    minutes = {"minute": 1, "hour": 60, "day": 1440, "night": 1440, "week": 10080}[unit] * amount
    return now + timedelta(minutes=minutes) if minutes <= 10 * 525960 else None
