import random
from datetime import timedelta
from typing import Any

import mongoengine
import pytest
from bson import ObjectId
from django.contrib.auth.models import User
from pymongo import monitoring

from tests.config.mirror import records
from tests.config.mirror.library import documents

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")

BOOKS = "/admin/library/book/"
FEW, MANY = 2_000, 20_000


class Reads(monitoring.CommandListener):
    """Remembers what was asked of MongoDB."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in {"find", "aggregate", "count", "distinct"}:
            self.commands.append({key: event.command[key] for key in event.command if key not in {"lsid", "$db"}})

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def fill(number):
    """Store books of several kinds, spread over three years, by a tenth as many authors."""
    chance = random.Random(7)  # noqa: S311 - the same books each time
    names = [f"{first}{last}" for first in ("ad", "be", "ce", "di") for last in ("la", "ro", "ti", "nu", "so")]
    authors = [{"_id": ObjectId(), "name": f"{chance.choice(names)} {i}"} for i in range(number // 10)]
    documents.Author._get_collection().insert_many([each | {"name_words": each["name"].split()} for each in authors])
    publishers = [{"_id": ObjectId(), "name": f"Publisher {i}", "city": ""} for i in range(5)]
    documents.Publisher._get_collection().insert_many(publishers)
    books = [
        {
            "title": f"{chance.choice(names)}{chance.choice(names)}{i % 97} {i}",
            "isbn": f"+39{3330000000 + i}",
            "author": chance.choice(authors)["_id"],
            "publisher": chance.choice(publishers)["_id"],
            "genre": chance.choice(["novel", "poetry", "essay"]),
            "in_print": chance.random() < 0.8,
            "created_at": records.at(2022, 1, 1) + timedelta(minutes=chance.randrange(3 * 365 * 24 * 60)),
            "lending": {"status": chance.choice(["available", "on_loan"]), "total_loans": chance.randrange(3)},
        }
        for i in range(number)
    ]
    documents.Book._get_collection().insert_many([each | {"title_folded": each["title"]} for each in books])


@pytest.fixture(scope="module")
def libraries(mongod_uri):
    """A small and a large library, with what was asked of MongoDB."""
    reads = Reads()
    for number in (FEW, MANY):
        connect(mongod_uri, number, reads)
        for document in (documents.Author, documents.Publisher, documents.Book):
            document.drop_collection()
            document.ensure_indexes()
        fill(number)
        mongoengine.disconnect(documents.ALIAS)
    yield mongod_uri, reads
    client = connect(mongod_uri, FEW, reads)
    for number in (FEW, MANY):
        client.drop_database(f"library_of_{number}")
    mongoengine.disconnect(documents.ALIAS)


def connect(uri, number, reads):
    options = {"tz_aware": True, "uuidRepresentation": "standard", "event_listeners": [reads]}
    return mongoengine.connect(f"library_of_{number}", alias=documents.ALIAS, host=uri, **options)


def stages_and_work(plan):
    """Return the stages of a plan, and how many keys and documents it looked at."""
    stages, work = set(), 0
    if isinstance(plan, list):
        parts = plan
    elif isinstance(plan, dict):
        stages |= {plan["stage"]} if isinstance(plan.get("stage"), str) else set()
        work += plan["totalKeysExamined"] + plan["totalDocsExamined"] if "totalKeysExamined" in plan else 0
        parts = [value for key, value in plan.items() if key != "rejectedPlans"]
    else:
        parts = []
    for below_stages, below_work in map(stages_and_work, parts):
        stages, work = stages | below_stages, work + below_work
    return stages, work


def stages_and_work_of_page(uri, reads, number, client, query):
    """Return the stages of the plans behind a page over so many books, and how many keys and documents they read."""
    mongo = connect(uri, number, reads)
    reads.commands.clear()
    client.get(BOOKS, query)
    asked = list(reads.commands)
    plans = [mongo[f"library_of_{number}"].command("explain", each, verbosity="executionStats") for each in asked]
    mongoengine.disconnect(documents.ALIAS)
    stages, looked_at = zip(*map(stages_and_work, plans), strict=True)
    return set().union(*stages), sum(looked_at)


PAGES = {
    "list": {},
    "a later page": {"p": "7"},
    "sorted by title": {"o": "1"},
    "sorted by time, the oldest first": {"o": "5"},
    "filtered": {"lending_status__exact": "on_loan"},
    "filtered by two": {"genre__exact": "novel", "lending_status__exact": "on_loan"},
    "drilled down to a month": {"created_at__year": "2023", "created_at__month": "5"},
    "searched for a word": {"q": "adlabero5"},
    "searched for a letter": {"q": "a"},
    "searched for a number": {"q": "+39 333 000 0012"},
    "searched in vain": {"q": "zzz"},
    "searched and filtered": {"q": "adlabero5", "lending_status__exact": "on_loan"},
    "with facets": {"_facets": "True"},
    "with facets, filtered": {"_facets": "True", "lending_status__exact": "on_loan"},
    "with facets, searched": {"_facets": "True", "q": "adlabero5"},
}


@pytest.mark.parametrize("query", PAGES.values(), ids=PAGES)
def test_page_runs_on_indexes_and_looks_at_no_more_when_there_is_more(libraries, db, client, query):
    client.force_login(User.objects.create_superuser("ada"))

    stages_of_few, work_of_few = stages_and_work_of_page(*libraries, FEW, client, query)
    stages_of_many, work_of_many = stages_and_work_of_page(*libraries, MANY, client, query)

    assert "COLLSCAN" not in stages_of_few
    assert "COLLSCAN" not in stages_of_many
    assert work_of_many <= 3 * work_of_few + 200
