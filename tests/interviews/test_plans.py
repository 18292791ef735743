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
FEW = 3
DONE = ("booked", "withdrawn")
SENT = {"status": "sent", "tries": 1, "due_at": NOW, "message_id": "<1@acme.example>"}


@pytest.fixture
def crowded(database: Database) -> Database:
    """Return the database with thousands of documents that nobody looks for: booked slots, sent mails."""
    times = [NOW + timedelta(minutes=minutes) for minutes in range(MANY)]
    database.slots.insert_many(
        {**PRIYA, "starts_at": at, "ends_at": at, "status": DONE[at.minute % 2], "interviewer_email": f"{at}"}
        for at in times
    )
    told = {"status": "confirmed", "invitation": SENT, "notice": SENT}
    database.interviews.insert_many(
        {**told, "slot": ObjectId(), "candidate": ObjectId(), "created_at": at} for at in times
    )
    database.follow_ups.insert_many({"session_id": ObjectId(), "delivery": SENT, "created_at": at} for at in times)
    return database


def examined(noted: list[dict[str, Any]]) -> int:
    return max(each.get("docsExamined", 0) for each in noted)


def test_slots_to_offer_are_found_and_held_by_an_index(crowded: Database) -> None:
    a_slot()

    with profiled(crowded) as noted:
        holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="Asia/Kolkata", now=NOW)

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_slot_is_booked_by_an_index(crowded: Database) -> None:
    slot, candidate = a_slot(), a_candidate()

    with profiled(crowded) as noted:
        an_interview(candidate, slot)

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_standing_booking_is_found_by_an_index(crowded: Database) -> None:
    slot = a_slot()
    standing = an_interview(a_candidate(), slot)
    again = {"slot_id": slot.id, "candidate_id": standing.candidate.id, "session_id": standing.session_id}

    with profiled(crowded) as noted:
        bookings.book_slot(**again, evidence=standing.evidence, time_zone="Asia/Kolkata", now=NOW)

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_slots_that_a_call_holds_are_released_by_an_index(crowded: Database) -> None:
    session_id = ObjectId()
    a_slot()
    holds.hold_slots(session_id=session_id, wish=(), time_zone="Asia/Kolkata", now=NOW)

    with profiled(crowded) as noted:
        holds.release_slots(session_id=session_id)

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_expired_holds_are_found_by_an_index(crowded: Database) -> None:
    a_slot()
    holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="Asia/Kolkata", now=NOW)

    with profiled(crowded) as noted:
        holds.release_expired_slots(now=NOW + timedelta(hours=1))

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_overlapping_slots_are_found_by_an_index(crowded: Database) -> None:
    with profiled(crowded) as noted:
        a_slot()

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_due_mails_are_found_by_an_index(crowded: Database) -> None:
    an_interview(a_candidate(), a_slot())
    outbox.queue_follow_up(candidate_id=a_candidate().id, session_id=ObjectId(), now=NOW)

    with profiled(crowded) as noted:
        outbox.send_due(now=NOW)

    assert without_an_index(noted) == []
    assert examined(noted) <= FEW


def test_uninvited_interviews_are_found_by_an_index(crowded: Database) -> None:
    interview = an_interview(a_candidate(), a_slot())
    crowded.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": "", "notice": ""}})

    with profiled(crowded) as noted:
        found = list(outbox.uninvited_interviews(before=NOW + timedelta(minutes=1)))

    assert found == [interview.id]
    assert without_an_index(noted) == []
    assert examined(noted) <= FEW
