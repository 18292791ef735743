"""A database as full as it gets, written past the services: candidates, their calls, interviews, slots and mails."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pymongo
from bson import ObjectId
from pymongo import IndexModel, WriteConcern
from pymongo.database import Database

from candidates.documents import Outcome
from candidates.search import search_words
from config.mongo import client

POSITIONS = ("Backend Engineer", "Data Analyst", "Product Designer", "Support Lead")
# As many different names as people have: the most frequent of them are those of one in a hundred
SYLLABLES = ("a", "ka", "vi", "me", "ro", "ni", "sha", "ra", "de", "lu")
FIRST = ("Asha", *(f"{one}{two}n".title() for one in SYLLABLES for two in SYLLABLES))
LAST = ("Rao", *(f"{one}{two}r".title() for one in SYLLABLES for two in SYLLABLES))
STATUSES = ("active", "active", "max_attempts_reached", "not_interested", "interview_scheduled", "do_not_call")
ENDED = [str(outcome) for outcome in Outcome][3:-1]
COLLECTIONS = ("candidates", "sessions", "slots", "interviews", "follow_ups")
AT_ONCE = 5_000


def fill(database: Database, *, candidates: int, now: datetime) -> None:
    """Store so many candidates; a fifth of them was called in the last hundred days, a twentieth has an interview.

    The indexes are built afterwards, all of a collection at once, which is several times quicker.
    """
    client.ensure_indexes()
    indexes = {name: indexes_of(database, name) for name in COLLECTIONS}
    for name in COLLECTIONS:
        database[name].drop()
    chance = random.Random(7)  # noqa: S311 - the same crowd each time
    called = [ObjectId() for _ in range(candidates // 5)]
    store(database, "candidates", (a_candidate(chance, number, called, now) for number in range(candidates)))
    ids = [found["_id"] for found in database.candidates.find({}, {"_id": 1}).limit(len(called))]
    store(database, "sessions", (a_session(chance, key, ids[n], n, now) for n, key in enumerate(called)))
    booked = candidates // 20
    slots = [ObjectId() for _ in range(booked)]
    store(database, "slots", (a_slot(key, number, now) for number, key in enumerate(slots)))
    store(database, "interviews", (an_interview(slots[n], ids[n], n, now) for n in range(booked)))
    store(database, "follow_ups", (a_follow_up(called[n], ids[n], n, now) for n in range(booked)))
    with pymongo.timeout(client.INDEX_SECONDS):
        for name in COLLECTIONS:
            database[name].create_indexes(indexes[name])
    client.ensure_indexes()


def indexes_of(database: Database, name: str) -> list[IndexModel]:
    """Return the indexes of a collection, to be made again."""
    found = database[name].index_information()
    return [
        IndexModel(about.pop("key"), name=key, **{option: value for option, value in about.items() if option != "v"})
        for key, about in found.items()
        if key != "_id_"
    ]


def store(database: Database, name: str, documents: Iterator[dict[str, Any]]) -> None:
    """Insert in big batches, without waiting for the disk."""
    collection = database[name].with_options(write_concern=WriteConcern(w=1, j=False))
    while batch := list(islice(documents, AT_ONCE)):
        collection.insert_many(batch, ordered=False)


def a_candidate(chance: random.Random, number: int, called: list[ObjectId], now: datetime) -> dict[str, Any]:
    """Return a candidate; the first ones were called once each."""
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {number}"
    phone, email = f"+9198{number:08d}", f"candidate{number}@example.com"
    created_at = now - timedelta(minutes=chance.randrange(300 * 24 * 60))
    tracking: dict[str, Any] = {"total_attempts": 0, "max_attempts": 3, "status": "active", "call_history": []}
    if number < len(called):
        at = call_time(number, now)
        attempt = {"number": 1, "session_id": called[number], "initiated_at": at, "outcome": an_outcome(number)}
        tracking |= {"total_attempts": 1, "status": chance.choice(STATUSES), "last_attempt_at": at}
        tracking |= {"call_history": [attempt], "last_outcome": an_outcome(number)}
    return {
        "name": name,
        "phone": phone,
        "email": email,
        "position": chance.choice(POSITIONS),
        "company": "Acme",
        "time_zone": "Asia/Kolkata",
        "language": "en-IN",
        "tags": [],
        "search_words": search_words(name, email, phone, phone[3:]),
        "created_at": created_at,
        "updated_at": created_at,
        "call_tracking": tracking,
    }


def an_outcome(number: int) -> str:
    """Return what came of the call to the candidate of this number."""
    return ENDED[number % len(ENDED)]


def call_time(number: int, now: datetime) -> datetime:
    """Return when the candidate of this number was called: within a hundred days, about as many each day."""
    return now - timedelta(minutes=number * 7919 % (100 * 24 * 60))


def a_session(chance: random.Random, key: ObjectId, candidate: ObjectId, number: int, now: datetime) -> dict[str, Any]:
    """Return a call that is over, with a conversation of a usual length."""
    at = call_time(number, now)
    turn = {"at": at, "heard": "yes please " * 5, "confidence": 0.9, "said": ["Shall I book it for you then? " * 4]}
    return {
        "_id": key,
        "candidate": candidate,
        "attempt_number": 1 + chance.randrange(3),
        "may_call_again": True,
        "call_sid": f"CA{key}00000000",
        "phase": "booked",
        "offered": [],
        "dialogue": {},
        "language": "en-IN",
        "turn_number": 6,
        "turns": [turn | {"number": turn_number} for turn_number in range(6)],
        "statuses": [],
        "twilio_status": "completed",
        "last_sequence": 3,
        "outcome": an_outcome(number),
        "started_at": at,
        "ended_at": at + timedelta(minutes=2),
        "duration_seconds": 120,
        "recorded_at": at + timedelta(minutes=2),
    }


def slot_time(number: int, now: datetime) -> datetime:
    """Return when the slot of this number is: within a hundred days before and after now."""
    return now + timedelta(minutes=30 * (number * 7919 % (200 * 48)) - 100 * 24 * 60)


def a_slot(key: ObjectId, number: int, now: datetime) -> dict[str, Any]:
    at, who = slot_time(number, now), f"interviewer{number % 50}"
    times = {"starts_at": at, "ends_at": at + timedelta(minutes=30), "created_at": now}
    status = ("open", "booked", "booked", "withdrawn")[number % 4]
    return (
        {"_id": key, "interviewer_name": who, "interviewer_email": f"{who}.{number}@acme.example"}
        | times
        | {"status": status}
    )


def an_interview(slot: ObjectId, candidate: ObjectId, number: int, now: datetime) -> dict[str, Any]:
    """Return an interview: past ones were held, or nobody marked them."""
    at = slot_time(number, now)
    past = ("completed", "completed", "no_show", "cancelled", "confirmed")
    return {
        "slot": slot,
        "candidate": candidate,
        "starts_at": at,
        "ends_at": at + timedelta(minutes=30),
        "time_zone": "Asia/Kolkata",
        "status": past[number % 5] if at < now else "confirmed",
        "ics_uid": f"{number}@acme.example",
        "ics_sequence": 0,
        "invitation": a_delivery(number, now),
        "notice": a_delivery(number, now),
        "created_at": now,
    }


def a_follow_up(session_id: ObjectId, candidate: ObjectId, number: int, now: datetime) -> dict[str, Any]:
    """Return the mail after a call."""
    return {
        "session_id": session_id,
        "candidate": candidate,
        "delivery": a_delivery(number, now),
        "created_at": now,
    }


def a_delivery(number: int, now: datetime) -> dict[str, Any]:
    """Return how a mail stands: nearly all are sent."""
    return {"status": "sent" if number % 50 else "failed", "tries": 1, "due_at": now, "message_id": f"<{number}@acme>"}
