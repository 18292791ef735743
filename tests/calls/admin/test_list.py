from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from tests.calls.call_pages import LIST, ended, rows_of, sid_of, talked, text_of
from tests.factories import NOBODY, NOW, a_candidate, a_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database", "today")]


def test_list_shows_who_was_called_and_what_came_of_it(rita: Client) -> None:
    ended(talked(a_candidate(name="Asha Rao"), "yes", confidence=0.8), "completed")

    shown = text_of(rita.get(LIST))

    assert "Asha Rao 2 Mar 2026, 04:30 No agreement 1:05 No agreement 80%" in shown


def test_list_means_the_confidence_of_all_that_was_heard(rita: Client, database: Database) -> None:
    session = a_session()
    heard = [{"number": 0}, {"number": 1, "confidence": 0.9}, {"number": 2, "confidence": 0.6}, {"number": 3}]
    database["sessions"].update_one({"_id": session.id}, {"$set": {"turns": heard}})

    (row,) = rita.get(LIST).context["cl"].result_list

    assert row.confidence == "75%"


def test_call_that_nobody_answered_got_nowhere(rita: Client) -> None:
    ended(a_session())

    shown = text_of(rita.get(LIST))

    assert "Not answered" in shown


def test_list_leaves_the_transcripts_in_the_database(rita: Client) -> None:
    talked(a_candidate(), "yes")

    (row,) = rita.get(LIST).context["cl"].result_list

    assert row.get_deferred_fields() >= {"turns", "statuses", "offered", "dialogue"}


def test_call_of_a_candidate_who_is_gone_is_listed_by_the_name_it_had(rita: Client, database: Database) -> None:
    ended(a_session(a_candidate(name="Asha Rao")))
    database["candidates"].delete_many({})

    shown = text_of(rita.get(LIST))

    assert "Asha Rao (deleted)" in shown


def test_latest_call_is_listed_first(rita: Client) -> None:
    earlier, later = a_session(now=NOW), a_session(now=NOW + timedelta(hours=1))

    assert rows_of(rita.get(LIST)) == [str(later.id), str(earlier.id)]


def test_list_is_filtered_by_outcome_and_says_how_many_there_are(rita: Client) -> None:
    busy, _ = ended(a_session(), "busy"), ended(a_session(), "no-answer")

    response = rita.get(LIST, {"outcome__exact": "busy"})

    assert rows_of(response) == [str(busy.id)]
    for words in ("Busy (1)", "No answer (1)", "Failed (0)"):
        assert words in text_of(response)


def test_calls_under_way_are_those_without_an_outcome(rita: Client) -> None:
    _, running = ended(a_session()), a_session()

    response = rita.get(LIST, {"outcome__isnull": "True"})

    assert rows_of(response) == [str(running.id)]
    assert "Under way (1)" in text_of(response)


def test_outcomes_that_no_finished_call_has_are_not_offered(rita: Client) -> None:
    a_session()

    shown = text_of(rita.get(LIST))

    assert "Placing (" not in shown
    assert "Initiated (" not in shown


def test_list_is_filtered_by_the_phase_reached(rita: Client) -> None:
    _, fruitless = talked(a_candidate()), talked(a_candidate(), "yes")

    response = rita.get(LIST, {"phase__exact": "no_agreement"})

    assert rows_of(response) == [str(fruitless.id)]
    assert "Asking for the person (1)" in text_of(response)


def test_list_is_drilled_down_by_date(rita: Client) -> None:
    a_session(now=NOW - timedelta(days=40))
    march = a_session(now=NOW)

    assert rows_of(rita.get(LIST, {"started_at__year": "2026", "started_at__month": "3"})) == [str(march.id)]


@pytest.mark.parametrize("typed", ["asha", "RAO", "asha.r", "+91 98765 43210", "98765", "rao asha"])
def test_calls_are_found_by_their_candidate(rita: Client, typed: str) -> None:
    called = a_session(a_candidate(name="Asha Rao", phone="+919876543210", email="asha.rao@example.com"))
    a_session(a_candidate(name="Vikram Singh", email="vik@example.com"))

    assert rows_of(rita.get(LIST, {"q": typed})) == [str(called.id)]


@pytest.mark.parametrize("typed", ["asha singh", "sha", "+", "CAffff", "(", ".*"])
def test_what_fits_nobody_finds_no_call(rita: Client, typed: str) -> None:
    a_session(a_candidate(name="Asha Rao", phone="+919876543210", email="asha.rao@example.com"))
    a_session(a_candidate(name="Vikram Singh", email="vik@example.com"))

    assert rows_of(rita.get(LIST, {"q": typed})) == []


def test_search_that_fits_too_many_says_that_it_leaves_some_out(rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.admin.call_search.MAX_CANDIDATES", 1)
    a_session(a_candidate(name="Asha Rao", now=NOW - timedelta(days=1)))
    latest = a_session(a_candidate(name="Asha Nair"))

    response = rita.get(LIST, {"q": "asha"})

    assert rows_of(response) == [str(latest.id)]
    assert "candidates match: these are calls of" in text_of(response)


@pytest.mark.parametrize("as_typed", [str, str.lower, str.upper, lambda sid: sid[:12]])
def test_call_is_found_by_its_sid(rita: Client, as_typed: Callable[[str], str]) -> None:
    called, _ = talked(a_candidate()), talked(a_candidate())

    assert rows_of(rita.get(LIST, {"q": as_typed(sid_of(called))})) == [str(called.id)]


def test_calls_of_one_candidate_are_listed_under_their_name(rita: Client) -> None:
    candidate = a_candidate(name="Meera Nair")
    session, _ = ended(a_session(candidate)), a_session()

    response = rita.get(f"{LIST}of/{candidate.id}/", follow=True)

    assert rows_of(response) == [str(session.id)]
    assert "Meera Nair (1)" in text_of(response)


@pytest.mark.parametrize("wanted", ["zzz", NOBODY])
def test_no_calls_are_listed_of_somebody_we_do_not_know(rita: Client, wanted: str) -> None:
    a_session()

    assert rows_of(rita.get(f"{LIST}of/{wanted}/", follow=True)) == []


PAGES = {
    "list": {},
    "filtered": {"outcome__exact": "busy"},
    "under way": {"outcome__isnull": "True"},
    "filtered by two": {"outcome__exact": "busy", "phase__exact": "identity"},
    "of one candidate": {"candidate__id__exact": NOBODY},
    "drilled down": {"started_at__year": "2026", "started_at__month": "3"},
    "searched": {"q": "asha"},
    "searched by sid": {"q": "CA0123"},
    "searched and filtered": {"q": "asha", "outcome__exact": "busy"},
}


def collection_scans(database: Database, noted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the noted queries whose plans read a whole collection."""
    keys = (
        "find",
        "aggregate",
        "count",
        "filter",
        "query",
        "pipeline",
        "sort",
        "projection",
        "limit",
        "skip",
        "cursor",
    )
    asked = [{key: each["command"][key] for key in keys if key in each["command"]} for each in noted]
    plans = [database.command("explain", each, verbosity="queryPlanner") for each in asked]
    return [each for each, plan in zip(asked, plans, strict=True) if "COLLSCAN" in str(plan)]


@pytest.mark.parametrize("query", PAGES.values(), ids=PAGES)
def test_list_runs_on_indexes(rita: Client, database: Database, query: dict[str, str]) -> None:
    ended(a_session(a_candidate(name="Asha Rao")), "busy")
    database.command("profile", 2)

    rita.get(LIST, query)

    database.command("profile", 0)
    noted = list(database["system.profile"].find({"op": {"$in": ["query", "command"]}, "command.explain": None}))
    database["system.profile"].drop()
    asked = [each for each in noted if {"find", "aggregate", "count"} & each["command"].keys()]
    assert asked
    assert collection_scans(database, asked) == []
