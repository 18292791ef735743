"""Holidays by name, in the candidate's country."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from interviews.understanding.times.said import Day, Said

_DEFAULT_COUNTRY = "US"

# The same everywhere, whether a holiday or not.
_FIXED = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "new year eve": (12, 31),
    "new year": (1, 1),
}
_BY_COUNTRY = (
    "boxing day",
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
    "worker day",
    "memorial day",
    "veteran day",
    "columbus day",
    "martin luther king day",
    "canada day",
    "anzac day",
    "bastille day",
)
_NAMED = re.compile(rf"(?<!\w)(?P<name>{'|'.join([*_FIXED, *_BY_COUNTRY])})(?: day)?(?!\w)")
_WORD = re.compile(r"[a-z]+?(?=s?(?![a-z]))")


def find_holidays(text: str, now: datetime, country: str | None) -> Iterator[tuple[int, int, Said]]:
    """Yield the holidays named in the text, each on its next date."""
    for match in _NAMED.finditer(text):
        day = _next(match["name"], now.date(), country or _DEFAULT_COUNTRY)
        if day:
            yield match.start(), match.end(), Said(day=Day(day))


def _next(name: str, today: date, country: str) -> date | None:
    if name in _FIXED:
        month, number = _FIXED[name]
        return date(today.year + ((month, number) < (today.month, today.day)), month, number)
    words = set(name.split())
    named = [(len(called), day) for day, called in _holidays(country, today.year) if day >= today and words <= called]
    return min(named)[1] if named else None


@lru_cache(maxsize=16)
def _holidays(country: str, year: int) -> tuple[tuple[date, frozenset[str]], ...]:
    """Return the days and the words of their names, for two years."""
    # Here, for the library is large and few callers name a holiday
    import holidays

    try:
        found = holidays.country_holidays(country, years=(year, year + 1), language="en_US")
    except NotImplementedError:
        found = holidays.country_holidays(_DEFAULT_COUNTRY, years=(year, year + 1))
    return tuple((day, frozenset(_WORD.findall(called.lower()))) for day, called in found.items())
