"""Leases: how long a claim may be acted on, by a clock that nobody sets and that goes on while the machine sleeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class LeaseOver(Exception):
    """What was claimed may not be done any more: somebody else may be doing it."""


def running_seconds() -> float:
    """Return the seconds since the machine started, with those that it slept where the system counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class Lease:
    """The time within which the holder of a claim may act on it; it holds in this process alone.

    Begin it before the time is read that the claim is dated by: whoever takes over what is unfinished goes by that
    date, and a process that stopped between the two must find its lease the shorter, not the longer.
    """

    ends_at: float  # by `clock`, in seconds
    clock: Callable[[], float]

    @classmethod
    def begin(cls, seconds: float, clock: Callable[[], float] | None = None) -> "Lease":
        """Return a lease that begins now and lasts so many seconds."""
        now = clock or running_seconds
        return cls(now() + seconds, now)

    def check(self) -> None:
        """Let the holder go on. :raises LeaseOver: it is too late."""
        if self.clock() >= self.ends_at:
            raise LeaseOver("It was claimed too long ago.")
