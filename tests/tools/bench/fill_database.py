"""Fills the database of the settings with NUMBER candidates: `python -m tests.tools.bench.fill_database NUMBER`."""

import sys
from datetime import UTC, datetime

import django

if __name__ == "__main__":
    django.setup()
    from mongoengine import connection

    from tests.config import many_candidates

    many_candidates.fill(connection.get_db(), candidates=int(sys.argv[1]), now=datetime.now(UTC))
