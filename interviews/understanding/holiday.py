"""Holidays by name, in the candidate's country; the library is imported when one is named, for it is large."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from interviews.understanding.said import Day, Said

_DEFAULT_COUNTRY = "US"
_KNOWN = (
    "christmas",
    "boxing day",
    "new year's eve",
    "new year's day",
    "new year",
    "good friday",
    "easter monday",
    "easter",
    "thanksgiving",
    "independence day",
    "republic day",
    "gandhi jayanti",
    "diwali",
    "deepavali",
    "holi",
    "dussehra",
    "eid",
    "labor day",
    "labour day",
    "workers' day",
    "memorial day",
    "veterans day",
    "columbus day",
    "presidents day",
    "martin luther king day",
    "canada day",
    "anzac day",
    "bastille day",
)
_EVES = {"christmas eve": (12, 24), "new year eve": (12, 31)}
_NAMED = re.compile(
    rf"(?<!\w)(?P<name>{'|'.join([*_EVES, *_KNOWN, 'new years'])})(?: day)?(?!\w)".replace("new year'", "new year'?")
)


def find_holidays(text: str, now: datetime, country: str | None) -> Iterator[tuple[int, int, Said]]:
    """Yield the holidays named in the text, each on its next date."""
    for match in _NAMED.finditer(text):
        day = _next(match["name"], now.date(), country or _DEFAULT_COUNTRY)
        if day:
            yield match.start(), match.end(), Said(day=Day(day))


def _next(name: str, today: date, country: str) -> date | None:
    if name.startswith("new year") and name.endswith("eve"):
        return date(today.year, 12, 31)
    if name in _EVES:
        month, number = _EVES[name]
        return date(today.year + ((month, number) < (today.month, today.day)), month, number)
    words = name.replace("'s", "").removesuffix("s").split()
    named = [
        (len(called), day)
        for day, called in _holidays(country, today.year)
        if day >= today and all(word in called for word in words)
    ]
    return min(named)[1] if named else None


@lru_cache(maxsize=16)
def _holidays(country: str, year: int) -> tuple[tuple[date, str], ...]:
    import holidays

    try:
        found = holidays.country_holidays(country, years=(year, year + 1), language="en_US")
    except NotImplementedError:
        found = holidays.country_holidays(_DEFAULT_COUNTRY, years=(year, year + 1))
    return tuple(sorted((day, called.lower()) for day, called in found.items()))
