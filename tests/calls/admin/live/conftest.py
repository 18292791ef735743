"""The clock by which looks at a call are shared."""

from collections.abc import Callable
from itertools import count

import pytest

from calls.admin import live


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let so much time pass between two looks that they share nothing; return what stops that."""
    live._look.cache_clear()
    looks = count(step=10.0)
    monkeypatch.setattr(live, "monotonic", lambda: next(looks))
    return lambda: monkeypatch.setattr(live, "monotonic", lambda: 7.0)
