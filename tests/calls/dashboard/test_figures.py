import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from pymongo.database import Database

from calls.dashboard import figures, widgets
from calls.dashboard.queries import Lists
from calls.documents import ConversationSession
from calls.endings import end_call
from calls.models import ConversationSession as Call
from candidates.documents import Outcome
from candidates.models import Candidate
from interviews.models import FollowUp, Interview, Invitation, Notice, Slot
from tests.factories import NOW, a_candidate, a_recruiter, a_session, a_slot, an_attempt, an_interview

KOLKATA = ZoneInfo("Asia/Kolkata")
EVERYTHING = (Candidate, Call, Slot, Interview, Invitation, Notice, FollowUp)
LINK = re.compile(r'<a href="([^"]+)"[^>]*>(?:<strong>)?([\d,]+)(?:</strong>|</a>)')


def a_call(*, at: datetime = NOW, phase: str = "identity", status: str = "completed", candidate=None):
    """Place a call that ended then, as the phase of its conversation and the phone service's status say."""
    session = a_session(candidate, now=at)
    ConversationSession.objects(id=session.id).update_one(set__phase=phase)
    end_call(session_id=session.id, status=status, duration_seconds=60, now=at)
    return ConversationSession.objects(id=session.id).no_dereference().get()


def answers_now(now: datetime = NOW) -> dict[str, figures.Rows]:
    return figures.ask(figures.aggregations(Lists(now, KOLKATA), seen=EVERYTHING))


def numbers(figures: list[figures.Figure]) -> dict[str, int]:
    return {figure.label: figure.number for figure in figures}


def texts(page: widgets.Dashboard) -> str:
    return " ".join(f"{panel.title}. {panel.note} {panel.chart}" for panel in page.panels)


# --- What is counted


def test_todays_calls_are_counted_by_how_they_ended(database: Database) -> None:
    a_call(status="busy")
    a_call(status="busy")
    a_call(phase="put_off")
    a_session()

    ended = figures.ended_today(Lists(NOW, KOLKATA), answers_now()["today"])

    assert numbers(ended) == {"Busy": 2, "Callback requested": 1, "Under way": 1}


def test_today_begins_at_midnight_by_the_clock_of_the_zone(database: Database) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=KOLKATA)
    a_call(at=midnight - timedelta(seconds=1), status="busy")
    a_call(at=midnight, status="no-answer")

    ended = figures.ended_today(Lists(NOW, KOLKATA), answers_now()["today"])

    assert numbers(ended) == {"No answer": 1}


def test_funnel_counts_candidates_from_the_list_to_the_interview(database: Database) -> None:
    a_candidate()
    a_call(status="no-answer")
    a_call(phase="not_interested")
    booked = a_candidate()
    session = a_session(booked)
    an_interview(booked, a_slot())
    database.interviews.update_one({}, {"$set": {"session_id": session.id}})
    end_call(session_id=session.id, status="completed", duration_seconds=60, now=NOW)
    held = database.interviews.find_one_and_update({}, {"$set": {"status": "completed"}})

    stages = figures.figures(Lists(NOW, KOLKATA).funnel(), answers_now())

    assert held
    assert numbers(stages) == {"Candidates": 4, "Called": 3, "Reached": 2, "Booked": 1, "Held": 1}


def test_attempts_tell_how_many_calls_reached_somebody(database: Database) -> None:
    candidate = a_candidate()
    a_call(candidate=candidate, status="no-answer")
    a_call(candidate=candidate, phase="put_off", at=NOW + timedelta(hours=1))
    a_call(status="busy")

    found = figures.by_attempt(Lists(NOW + timedelta(hours=2), KOLKATA), answers_now()["calls"])

    assert {number: (each.reached, each.calls) for number, each in found.items()} == {1: (0, 2), 2: (1, 1)}


def test_hours_are_those_of_the_zone(database: Database) -> None:
    a_call(phase="put_off")
    a_call(status="busy", at=NOW + timedelta(hours=1))

    found = figures.by_hour(Lists(NOW, KOLKATA), answers_now(NOW + timedelta(hours=2))["calls"])

    assert {key: (each.reached, each.calls) for key, each in found.items()} == {(0, 10): (1, 1), (0, 11): (0, 1)}


def test_of_very_many_calls_only_the_latest_are_charted(database: Database, monkeypatch) -> None:
    monkeypatch.setattr(figures, "CHARTED_CALLS", 2)
    for hours in range(3):
        a_call(at=NOW - timedelta(hours=hours), status="busy")

    rows = answers_now()["calls"]

    charted = figures.charted_calls(Lists(NOW, KOLKATA), rows)
    assert figures.number_of(rows) == Call.objects.filter(**charted.lookups).count() == 2
    assert widgets.charted(rows) == "in the latest 2 calls"


def test_week_counts_each_day_and_leaves_out_what_was_called_off(database: Database) -> None:
    sunday = datetime(2026, 3, 8, 23, 0, tzinfo=KOLKATA)
    for starts_at in (sunday, sunday + timedelta(hours=2), NOW + timedelta(days=1), NOW + timedelta(days=2)):
        an_interview(a_candidate(), a_slot(starts_at=starts_at))
    database.interviews.update_one({"starts_at": NOW + timedelta(days=2)}, {"$set": {"status": "cancelled"}})

    days = figures.by_day(Lists(NOW, KOLKATA), answers_now()["week"])

    assert [figure.label for figure in days] == ["Mon 2", "Tue 3", "Wed 4", "Thu 5", "Fri 6", "Sat 7", "Sun 8"]
    assert [figure.number for figure in days] == [0, 1, 0, 0, 0, 0, 1]


def test_what_needs_a_person_is_counted_and_comes_first(database: Database) -> None:
    an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=1)))
    database.interviews.update_one({}, {"$set": {"invitation.status": "failed"}})
    an_attempt(a_candidate())
    database.candidates.update_one(
        {"call_tracking.total_attempts": 1}, {"$set": {"call_tracking.call_history.0.outcome": Outcome.UNKNOWN.value}}
    )
    a_candidate(call_tracking={"status": "max_attempts_reached"})

    page = widgets.page(seen=EVERYTHING, now=NOW + timedelta(days=2), zone=KOLKATA)

    open_tasks = {task.label: task.number for task in page.tasks if task.is_open}
    assert [task.is_open for task in page.tasks] == [True] * 5 + [False] * 2
    assert open_tasks == {
        "Interviews past and not marked": 1,
        "Candidates out of attempts": 1,
        "Attempts whose end is unknown": 1,
        "Invitations that failed": 1,
        "No slot is free any more": 0,
    }


def test_free_slots_are_no_task(database: Database) -> None:
    a_slot()

    tasks = widgets.page(seen=EVERYTHING, now=NOW, zone=KOLKATA).tasks

    assert [(task.label, task.number) for task in tasks if task.is_open] == []
    assert ("Slots that are free", 1) in [(task.label, task.number) for task in tasks]


def test_empty_database_is_told_in_words(database: Database) -> None:
    told = texts(widgets.page(seen=EVERYTHING, now=NOW, zone=KOLKATA))

    assert "There are no candidates yet." in told
    assert "Nobody was called yet." in told
    assert "Nobody was reached yet." in told


def test_whole_page_is_asked_for_at_once(database: Database) -> None:
    database.command("profile", 2)

    widgets.page(seen=EVERYTHING, now=NOW, zone=KOLKATA)

    database.command("profile", 0)
    asked = list(database["system.profile"].find({"op": "command", "command.aggregate": {"$exists": True}}))
    database["system.profile"].drop()
    assert len(asked) == 1


# --- The page


@pytest.fixture
def rita(db, database: Database, today: datetime, client: Client) -> Client:
    """Return a recruiter's browser, at the time that the factories begin with."""
    call_command("create_groups", verbosity=0)
    person = a_recruiter()
    person.groups.add(Group.objects.get(name="Recruiter"))
    client.force_login(person)
    return client


def test_every_number_is_that_of_the_list_behind_it(rita: Client, database: Database) -> None:
    a_call(status="busy")
    a_call(phase="put_off")
    a_call(at=NOW - timedelta(days=3), phase="not_interested")
    a_session()
    an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(hours=3)))
    page = rita.get("/admin/").content.decode()

    links = {url.replace("&amp;", "&"): int(number.replace(",", "")) for url, number in LINK.findall(page)}
    listed = {url: rita.get(url).context["cl"].result_count for url in links}

    assert len(links) > 20
    assert listed == links


def test_hour_links_to_the_calls_placed_in_it(rita: Client, database: Database) -> None:
    a_call(phase="put_off")
    a_call(at=NOW - timedelta(days=7), status="busy")
    a_call(at=NOW - timedelta(hours=1), status="busy")
    page = rita.get("/admin/").content.decode()

    (url,) = {url.replace("&amp;", "&") for url in re.findall(r'href="([^"]+hour_of_week=0-4[^"]*)"', page)}

    assert rita.get(url).context["cl"].result_count == 2


def test_nothing_is_shown_to_whom_may_not_see_it(db, database: Database, client: Client) -> None:
    an_interview(a_candidate(), a_slot())
    person = a_recruiter()
    person.user_permissions.set(permissions("view_candidate"))
    client.force_login(person)

    page = client.get("/admin/").content.decode()

    assert "From candidate to interview" in page
    assert "Candidates out of attempts" in page
    assert not re.findall(r"/admin/(?:calls|interviews|auth)/", page)
    assert not [word for word in ("Held", "Interviews this week", "free", "Calls today", "mail") if word in page]


def permissions(*codenames: str) -> list[Permission]:

    return list(Permission.objects.filter(codename__in=codenames))
