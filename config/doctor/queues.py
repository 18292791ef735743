"""Whether work waits too long or was given up, in the queues that apps register."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from config.doctor.findings import Finding, right, wrong

NAME = "Queues"
# More is not counted to the end: the number helps nobody, and a check is to take seconds
MAX_COUNTED = 1000


class Queue(NamedTuple):
    """What waits, or was given up, in words, and what to do about it."""

    words: str
    waiting: Iterable[object]
    advice: str


# Given the time and how many to look for at most
ListQueues = Callable[[datetime, int], Iterable[Queue]]

app_queues: list[ListQueues] = []


def register_queues(list_queues: ListQueues) -> None:
    """Add an app's queues; the app calls this once, as it gets ready."""
    app_queues.append(list_queues)


def check_queues(now: datetime) -> Iterator[Finding]:
    """Yield what has waited too long, each kind with what to do."""
    is_empty = True
    # The uppermost app's first: a call that waits is more urgent than the mail that follows it
    for list_queues in reversed(app_queues):
        for queue in list_queues(now, MAX_COUNTED + 1):
            count = sum(1 for _ in islice(queue.waiting, MAX_COUNTED + 1))
            if count:
                is_empty = False
                counted = f"{MAX_COUNTED}+" if count > MAX_COUNTED else count
                yield wrong(NAME, f"{counted} {queue.words}.", queue.advice)
    if is_empty:
        yield right(NAME, "Nothing waits that should not.")
