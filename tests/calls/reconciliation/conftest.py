"""Calls that are simulated, and that nobody plays."""

from typing import Any

import pytest
from pymongo.database import Database


@pytest.fixture(autouse=True)
def simulated(database: Database, settings: Any) -> Database:
    """Calls are simulated, and nobody plays them."""
    settings.TELEPHONY = "simulator"
    settings.LOG_PERSONAL_DATA = False
    return database
