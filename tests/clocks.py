"""A clock that a test sets, and a lease that no clock ends."""

import math

from config.lease import Lease, running_seconds

ENDLESS = Lease(math.inf, running_seconds)


class Clock:
    """Tells the seconds that it was let go by, as the machine's own running clock does."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def go_by(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.seconds += seconds
