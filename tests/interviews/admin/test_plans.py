"""The admin's lists of slots, interviews and mails read off indexes, however many there are."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.auth.models import User
from django.test import Client
from pymongo.database import Database

from interviews import bookings, weekly_slots
from interviews.weekly_patterns import WeeklyPattern
from tests.factories import NOW, a_candidate, a_slot, an_interview
from tests.profiling import profiled

pytestmark = pytest.mark.usefixtures("today")

MANY = 400
PAGE = 50
INTERVIEWERS = 4


def interviewer(number: int) -> dict[str, str]:
    name = f"interviewer{number % INTERVIEWERS}"
    return {"interviewer_name": name, "interviewer_email": f"{name}@acme.example"}


def at(number: int) -> datetime:
    return NOW + timedelta(minutes=30 * (number - MANY // 2))


def a_delivery(number: int) -> dict[str, Any]:
    return {
        "status": "sent" if number % PAGE else "failed",
        "tries": 1,
        "due_at": at(number),
        "message_id": "<1@acme>",
    }


@pytest.fixture
def full_database(database: Database) -> Database:
    """Fill the database with hundreds of slots, interviews and mails, past and ahead."""
    slots, candidates = ([ObjectId() for _ in range(MANY)] for _ in range(2))
    tracking = {"status": "interview_scheduled", "total_attempts": 1, "max_attempts": 3}
    database.candidates.insert_many(
        {
            "_id": key,
            "name": f"Asha Rao {number}",
            "phone": f"+9197{number:08d}",
            "email": "asha@example.com",
            "search_words": ["asha", f"rao{number}"],
            "created_at": at(number),
            "updated_at": NOW,
            "call_tracking": tracking,
        }
        for number, key in enumerate(candidates)
    )
    times = [{"starts_at": at(number), "ends_at": at(number), "created_at": NOW} for number in range(MANY)]
    database.slots.insert_many(
        {"_id": key, "status": ("open", "booked", "withdrawn")[number % 3], **interviewer(number), **times[number]}
        for number, key in enumerate(slots)
    )
    database.interviews.insert_many(
        {
            "slot": slots[number],
            "candidate": candidates[number],
            "status": ("confirmed", "completed", "no_show", "cancelled")[number % 4],
            "time_zone": "Asia/Kolkata",
            "ics_uid": f"{number}@acme.example",
            "invitation": a_delivery(number),
            "notice": a_delivery(number),
            **interviewer(number),
            **times[number],
        }
        for number in range(MANY)
    )
    database.follow_ups.insert_many(
        {"session_id": ObjectId(), "candidate": key, "delivery": a_delivery(number), "created_at": NOW}
        for number, key in enumerate(candidates)
    )
    return database


def test_interview_is_cancelled_by_an_index(full_database: Database) -> None:
    interview = an_interview(a_candidate(), a_slot(starts_at=at(MANY)))

    with profiled(full_database) as profile:
        bookings.cancel_interview(interview_id=interview.id, reason="Ill", now=NOW)

    assert collection_scans(profile) == []
    assert max(each.get("docsExamined", 0) for each in profile) == 1


def test_weekly_pattern_is_previewed_by_an_index(full_database: Database) -> None:
    day, email = NOW.date(), interviewer(1)["interviewer_email"]
    pattern = WeeklyPattern(day, day, frozenset(range(7)), time(9), time(12), 60, "UTC")

    with profiled(full_database) as profile:
        weekly_slots.preview_weekly_slots(pattern=pattern, interviewer_email=email, now=NOW)

    assert collection_scans(profile) == []
    assert max(each.get("docsExamined", 0) for each in profile) < MANY // INTERVIEWERS


def collection_scans(profile: list[dict[str, Any]]) -> list[Any]:
    return [each["command"] for each in profile if "COLLSCAN" in each["planSummary"]]


def sorted_in_memory(profile: list[dict[str, Any]]) -> list[Any]:
    return [each["command"] for each in profile if each.get("hasSortStage")]


@pytest.mark.parametrize(
    "address",
    [
        "slot/",
        "slot/?o=2",
        "slot/?status__exact=open",
        "slot/?interviewer=interviewer1@acme.example",
        "slot/?interviewer=interviewer1@acme.example&status__exact=open",
        "slot/?interviewer=nobody@acme.example&status__exact=held",
        "slot/?week=this&status__exact=open",
        "slot/?week=past",
        "slot/?starts_at__year=2026&starts_at__month=3",
        "interview/",
        "interview/?status__exact=confirmed",
        "interview/?status__exact=rescheduled",
        "interview/?interviewer=interviewer1@acme.example&week=ahead&status__exact=completed",
        "interview/?interviewer=nobody@acme.example",
        "interview/?week=next",
        "invitation/",
        "invitation/?invitation_status__exact=failed",
        "invitation/?invitation_status__exact=pending",
        "notice/",
        "notice/?notice_status__exact=failed",
        "followup/",
        "followup/?delivery_status__exact=failed",
        "followup/?delivery_status__exact=pending",
    ],
)
def test_list_reads_little_more_than_it_shows(full_database: Database, db: None, client: Client, address: str) -> None:
    client.force_login(User.objects.create_superuser("rita"))

    with profiled(full_database) as profile:
        page = client.get(f"/admin/interviews/{address}")

    assert page.status_code == 200
    assert collection_scans(profile) == sorted_in_memory(profile) == []
    assert max(each.get("docsExamined", 0) for each in profile) <= PAGE


@pytest.mark.parametrize("words", ["asha", "rao7", "rao399", "nobody"])
def test_interviews_are_searched_by_an_index(full_database: Database, db: None, client: Client, words: str) -> None:
    client.force_login(User.objects.create_superuser("rita"))

    with profiled(full_database) as profile:
        page = client.get("/admin/interviews/interview/", {"q": words})

    assert page.status_code == 200
    assert collection_scans(profile) == []
