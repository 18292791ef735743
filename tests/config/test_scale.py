from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from mongoengine import connection
from pymongo.database import Database

from calls.dashboard import figures
from config.mongo import client
from tests.config import many_candidates

pytestmark = pytest.mark.slow

CANDIDATES = 100_000
CANDIDATE, CALL = "candidates/candidate/", "calls/conversationsession/"
# What a query may look at besides what it returns: pages passed over, others of a name; a count stops at 1,001
SPARE, COUNT_LIMIT = 4_000, 1_001
NOT_QUERIES = {"profile", "explain", "killCursors", "hello"}
READS_ALL = "COLLSCAN"
SESSION_KEYS = {"lsid", "$db", "$clusterTime", "$readPreference"}
PAGES = {
    "list": (CANDIDATE, {}),
    "list, a later page": (CANDIDATE, {"p": "20"}),
    "list, sorted by name": (CANDIDATE, {"o": "1"}),
    "filter": (CANDIDATE, {"call_tracking_status__exact": "max_attempts_reached"}),
    "filter by two": (CANDIDATE, {"call_tracking_status__exact": "active", "position": "Data Analyst"}),
    "filter by last outcome": (CANDIDATE, {"call_tracking_last_outcome__exact": "busy"}),
    "search for a name": (CANDIDATE, {"q": "asha rao"}),
    "search for a letter": (CANDIDATE, {"q": "a"}),
    "search for a phone": (CANDIDATE, {"q": "+91 98000 12"}),
    "search in vain": (CANDIDATE, {"q": "zzzzz"}),
    "search and filter": (CANDIDATE, {"q": "asha", "call_tracking_status__exact": "max_attempts_reached"}),
    "facets": (CANDIDATE, {"_facets": "True"}),
    "facets, filtered": (CANDIDATE, {"_facets": "True", "call_tracking_status__exact": "active"}),
    "date drill-down": (CANDIDATE, {"created_at__year": "2026", "created_at__month": "1"}),
    "called, from the dashboard": (CANDIDATE, {"call_tracking_total_attempts__gte": "1"}),
    "reached, from the dashboard": (CANDIDATE, {"call_tracking_call_history__outcome__in": "no_agreement,opted_out"}),
    "calls": (CALL, {}),
    "calls, filtered": (CALL, {"outcome__exact": "busy"}),
    "calls, searched": (CALL, {"q": "asha rao"}),
    "calls of an hour of the week": (CALL, {"hour_of_week": "1-10"}),
    "interviews": ("interviews/interview/", {}),
    "interviews, filtered": ("interviews/interview/", {"status__exact": "confirmed"}),
    "interviews, searched": ("interviews/interview/", {"q": "asha rao"}),
    "slots": ("interviews/slot/", {}),
    "slots, filtered": ("interviews/slot/", {"status__exact": "open"}),
    "invitations": ("interviews/invitation/", {}),
    "follow-ups": ("interviews/followup/", {}),
}


@pytest.fixture(scope="module")
def crowded(var) -> Database:
    """Return the database with 100,000 candidates; whoever asks for an empty one afterwards empties it."""
    database = connection.get_db()
    many_candidates.fill(database, candidates=CANDIDATES, now=timezone.now())
    yield database
    for name in many_candidates.COLLECTIONS:
        database[name].drop()
    client.ensure_indexes()


def queries_of(database: Database, ask: Any) -> list[dict[str, Any]]:
    """Return what the server noted of the queries that were asked meanwhile."""
    database.command("profile", 2)
    answer = ask()
    database.command("profile", 0)
    assert answer.status_code == 200
    noted = list(database["system.profile"].find({"op": {"$in": ["query", "command", "getmore"]}}))
    database["system.profile"].drop()
    return [each for each in noted if not NOT_QUERIES & each["command"].keys()]


def stages(plan: Any) -> set[str]:
    """Return the stages that a plan names, those of the union's other parts too."""
    if isinstance(plan, dict):
        own = {plan["stage"]} if isinstance(plan.get("stage"), str) else set()
        return own.union(*(stages(value) for key, value in plan.items() if key != "rejectedPlans"))
    return set().union(*map(stages, plan)) if isinstance(plan, list) else set()


def plan_of(database: Database, note: dict[str, Any]) -> set[str]:
    """Return the stages of a query's plan; of one too long to be noted whole, what the note itself says."""
    command = note.get("originatingCommand", note["command"])
    if "$truncated" in command:
        return {note["planSummary"].split()[0]}
    asked = {key: value for key, value in command.items() if key not in SESSION_KEYS}
    return stages(database.command("explain", asked, verbosity="queryPlanner"))


def faults_of(database: Database, note: dict[str, Any]) -> list[str]:
    """Say what is wrong with how a query was answered: it read all there is, or far more than it returned."""
    command, returned = note.get("originatingCommand", note["command"]), note.get("nreturned", 0)
    keys, documents = note.get("keysExamined", 0), note.get("docsExamined", 0)
    may_read = returned * (COUNT_LIMIT if "aggregate" in command else 1) + SPARE
    found = [f"{keys} keys"] * (keys > may_read) + [f"{documents} documents"] * (documents > returned + SPARE)
    found += sorted({READS_ALL} & plan_of(database, note))
    return [f"{', '.join(found)}: {command!s:.200}"] if found else []


def test_pages_run_on_indexes_and_look_at_little_more_than_they_show(crowded: Database, admin_client: Client) -> None:
    faults = {
        name: [
            fault
            for note in queries_of(crowded, lambda at=path, by=query: admin_client.get(f"/admin/{at}", by))
            for fault in faults_of(crowded, note)
        ]
        for name, (path, query) in PAGES.items()
    }
    asked = queries_of(crowded, lambda: admin_client.get("/admin/"))
    (asked_once,) = (note for note in asked if not note["ns"].endswith(".dialling"))  # the switch, shown on every page

    assert {name: found for name, found in faults.items() if found} == {}
    assert READS_ALL not in plan_of(crowded, asked_once)
    # The funnel counts the keys of who was called and of who was reached, everything else has a limit
    called = crowded.candidates.count_documents({"call_tracking.total_attempts": {"$gte": 1}})
    assert asked_once["keysExamined"] <= 2 * called + figures.CHARTED_CALLS + 10 * COUNT_LIMIT
    assert asked_once["docsExamined"] <= COUNT_LIMIT
