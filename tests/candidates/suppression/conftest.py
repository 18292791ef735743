"""The key that numbers are hashed with, made anew for each test: another's may have emptied the database."""

import pytest

from candidates.suppression import numbers


@pytest.fixture(autouse=True)
def _a_key_of_its_own() -> None:
    numbers.key.cache_clear()
