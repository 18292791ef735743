"""Counts the faults that were injected, from any thread."""

import threading
from collections import Counter


class Faults:
    """How often each fault was injected, under the words that the report shows."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.are_on = threading.Event()

    def add(self, fault: str) -> int:
        """Count one more, and return how many there are now."""
        with self._lock:
            self._counts[fault] += 1
            return self._counts[fault]

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(sorted(self._counts.items()))
