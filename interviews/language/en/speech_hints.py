"""What the phone service's recogniser is told to expect."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from interviews.language.en.spoken_times import ordinal, spoken_in_short, spoken_time

ALWAYS = ("yes", "no", "repeat that", "another time", "call me later")


def hints(offered: Iterable[datetime]) -> tuple[str, ...]:
    """Return the answers that any question may get, and those that name one of these local times."""
    return tuple(dict.fromkeys([*ALWAYS, *_naming(offered)]))


def _naming(offered: Iterable[datetime]) -> Iterator[str]:
    for number, at in zip(("first", "second", "third"), offered, strict=False):
        yield from (f"the {number} one", f"{at:%A}", spoken_in_short(at))
        yield from (f"the {ordinal(at.day)}", spoken_time(at.time()))
