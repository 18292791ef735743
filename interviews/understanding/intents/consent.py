"""The gate before a booking: whether an utterance is nothing but a yes to the time that was read back.

It is closed by rule. No classifier takes part, so no score can open it: every word has to be on the list.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from interviews.language.in_use import raw_text
from interviews.understanding.intents import whitelist
from interviews.understanding.intents.whitelist import Whitelist
from interviews.understanding.meaning import Consent, Intent
from interviews.understanding.phrases import BESIDE
from interviews.understanding.times.reader import Reading
from interviews.understanding.times.said import Day, Said

# Beside these a yes may answer the phone, end the call or say that it was heard
_LEAVES_OPEN = {"greeting", "farewell", "understood"}


def consent(reading: Reading, offered: Sequence[datetime], *, heard: str) -> Consent | None:
    """Return what consent the utterance is, if it is any, to which of the offered slots, given in local time.

    `heard` is the utterance as the recogniser wrote it. Nobody's name is part of a yes: some are named "but" or "not".
    """
    kinds = _words().kinds(whitelist.words_of(reading.shape))
    if kinds is None or "closed" in kinds or raw_text.SIGNS.search(heard) or raw_text.is_no_clear_yes(heard):
        return None
    slots = tuple(index for index, slot in enumerate(offered) if _is_agreed(reading.said, slot))
    if kinds & {"yes", "accepts"}:
        return Consent(is_plain=_is_plain(kinds) and not raw_text.NEXT.search(heard), slots=slots)
    return Consent(is_plain=False, slots=slots) if kinds & {"thanks", "understood", "goes_along", "time"} else None


def _is_plain(kinds: frozenset[str]) -> bool:
    left_open = kinds & _LEAVES_OPEN
    if "yes" in kinds:
        return not left_open or (left_open == {"farewell"} and "thanks" in kinds)
    return not left_open and "sigh" not in kinds


def beside(text: str) -> Intent | None:
    """Return what normalised text that is no plain yes says to a read-back: it is to be answered first."""
    return next((intent for intent, pattern in BESIDE.items() if pattern.search(text)), None)


@cache
def _words() -> Whitelist:
    return whitelist.load("consent.txt")


def _is_agreed(said: Sequence[Said], slot: datetime) -> bool:
    """Whether every time said names this slot, and none a range, a bound or what is not wanted."""
    minute = slot.hour * 60 + slot.minute
    return all(one.fits(slot.date(), minute) and _is_one_time(one, slot) for one in said)


def _is_one_time(said: Said, slot: datetime) -> bool:
    clock_ends = said.clock is not None and said.clock.end is not None
    return not (said.bound or said.excluded or clock_ends) and (said.day is None or _is_one_day(said.day, slot))


def _is_one_day(day: Day, slot: datetime) -> bool:
    """Whether it is one day, and where its month was named, also in the slot's year."""
    return day.end is None and (day.month is None or day.start == slot.date())
