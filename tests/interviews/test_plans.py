"""Every query that a call or a job makes finds what it wants by an index: the server's own profile says so."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from interviews import bookings, holds, outbox
from tests.factories import NOW, PRIYA, a_candidate, a_slot, an_interview
from tests.profiling import profiled, without_an_index

MANY = 1000
MAX_EXAMINED = 3
DONE = ("booked", "withdrawn")
SENT = {"status": "sent", "tries": 1, "due_at": NOW, "message_id": "<1@acme.example>"}


@pytest.fixture
def full_database(database: Database) -> Database:
    """Fill the database with thousands of documents that no query wants: booked slots, sent mails."""
    times = [NOW + timedelta(minutes=minutes) for minutes in range(MANY)]
    database.slots.insert_many(
        {**PRIYA, "starts_at": at, "ends_at": at, "status": DONE[at.minute % 2], "interviewer_email": f"{at}"}
        for at in times
    )
    mailed = {"status": "confirmed", "invitation": SENT, "notice": SENT}
    database.interviews.insert_many(
        {**mailed, "slot": ObjectId(), "candidate": ObjectId(), "created_at": at} for at in times
    )
    database.follow_ups.insert_many({"session_id": ObjectId(), "delivery": SENT, "created_at": at} for at in times)
    return database


def documents_examined(profile: list[dict[str, Any]]) -> int:
    return max(each.get("docsExamined", 0) for each in profile)


def test_slots_to_offer_are_found_and_held_by_an_index(full_database: Database) -> None:
    a_slot()

    with profiled(full_database) as profile:
        holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="Asia/Kolkata", now=NOW)

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_slot_is_booked_by_an_index(full_database: Database) -> None:
    slot, candidate = a_slot(), a_candidate()

    with profiled(full_database) as profile:
        an_interview(candidate, slot)

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_standing_booking_is_found_by_an_index(full_database: Database) -> None:
    slot = a_slot()
    standing = an_interview(a_candidate(), slot)
    again = {"slot_id": slot.id, "candidate_id": standing.candidate.id, "session_id": standing.session_id}

    with profiled(full_database) as profile:
        bookings.book_slot(**again, evidence=standing.evidence, time_zone="Asia/Kolkata", now=NOW)

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_slots_that_a_call_holds_are_released_by_an_index(full_database: Database) -> None:
    session_id = ObjectId()
    a_slot()
    holds.hold_slots(session_id=session_id, wish=(), time_zone="Asia/Kolkata", now=NOW)

    with profiled(full_database) as profile:
        holds.release_slots(session_id=session_id)

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_expired_holds_are_found_by_an_index(full_database: Database) -> None:
    a_slot()
    holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="Asia/Kolkata", now=NOW)

    with profiled(full_database) as profile:
        holds.release_expired_slots(now=NOW + timedelta(hours=1))

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_overlapping_slots_are_found_by_an_index(full_database: Database) -> None:
    with profiled(full_database) as profile:
        a_slot()

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_due_mails_are_found_by_an_index(full_database: Database) -> None:
    an_interview(a_candidate(), a_slot())
    outbox.queue_follow_up(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)

    with profiled(full_database) as profile:
        outbox.send_due(now=NOW)

    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED


def test_uninvited_interviews_are_found_by_an_index(full_database: Database) -> None:
    interview = an_interview(a_candidate(), a_slot())
    full_database.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": "", "notice": ""}})

    with profiled(full_database) as profile:
        found = list(outbox.uninvited_interviews(before=NOW + timedelta(minutes=1)))

    assert found == [interview.id]
    assert without_an_index(profile) == []
    assert documents_examined(profile) <= MAX_EXAMINED
