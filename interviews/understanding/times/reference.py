"""Times said by pointing at the one that we spoke of: "same time next week", "the day after", "an hour later"."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from interviews.understanding.times.said import HALF_DAY, Clock, Day, Said

_POINTS = re.compile(
    r"(?<!\w)(?:"
    r"(?P<next_week>same (?:day and )?time next week|a week later|the week after)|"
    r"(?P<same_time>(?:at )?(?:the )?same time)|"
    r"(?P<same_day>(?:on )?(?:the )?same day)|"
    r"(?P<day_after>(?:the )?(?:day after(?: that)?|next day))(?= (?:at|in|please|then|instead|is|works)\b|$)|"
    r"(?P<day_before>(?:the )?day before(?: that)?)(?= (?:at|in|please|then|instead|is|works)\b|$)|"
    r"(?P<count>an|a|1|2|3) hours? (?P<side>later|earlier|after that|before that)"
    r")(?!\w)"
)


# Found in every text that points, and in few others
_MAY_POINT = re.compile(r"\b(?:same|later|earlier|after|before|next|coming) ?")


def may_point(text: str) -> bool:
    """Return whether it is worth reading what we said last: few texts point at it, and reading it costs as much."""
    return bool(_MAY_POINT.search(text))


def find_references(text: str, asked: Said | None) -> Iterator[tuple[int, int, Said]]:
    """Yield what points at the time spoken of last, settled by it."""
    if asked is None:
        return
    for match in _POINTS.finditer(text):
        said = _pointed(match, asked.day, asked.clock)
        if said:
            yield match.start(), match.end(), said


def _pointed(match: re.Match[str], day: Day | None, clock: Clock | None) -> Said | None:
    if match["count"]:
        return _hours_on(match, day, clock)
    if match["same_time"]:
        return Said(clock=clock) if clock else None
    if day is None:
        return None
    if match["next_week"]:
        return Said(day=Day(day.start + timedelta(weeks=1)), clock=clock if "time" in match.group() else None)
    return Said(day=Day(day.start + timedelta(days=1 if match["day_after"] else -1 if match["day_before"] else 0)))


def _hours_on(match: re.Match[str], day: Day | None, clock: Clock | None) -> Said | None:
    if clock is None:
        return None
    minutes = 60 * (int(match["count"]) if match["count"].isdigit() else 1)
    start = clock.start + (minutes if match["side"].startswith(("later", "after")) else -minutes)
    return Said(day=day, clock=replace(clock, start=start % (2 * HALF_DAY), end=None, sure=True))
