"""What is asked: calls under way and candidates written straight into the database, and a request for each of them."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId
from pymongo import WriteConcern
from pymongo.database import Database

from calls import records
from calls.documents import ConversationSession
from calls.telephony.twilio import twiml
from calls.telephony.twilio.twiml import Reply, Speech
from interviews.dialogue import engine, wording
from interviews.dialogue.engine import Step
from interviews.dialogue.events import Heard, SlotsFound
from interviews.dialogue.session import Offered, Person, Session
from interviews.understanding import Grammar, Intent, IntentHeard, Meaning, Speaker, Utterance
from tests.config import many_candidates
from tests.tools.bench.http_requests import Request, get, json_post, signed_form

SAID = Path(__file__).parents[2] / "interviews" / "understanding" / "cases.txt"
ZONE = ZoneInfo("Asia/Kolkata")
PERSON = Person("Asha Rao", "Acme", "Backend Engineer", "Asia/Kolkata")
CONFIDENCE = 0.9
GEOGRAPHY = {
    f"{whose}{what}": value
    for whose, values in {"From": ("SPRINGFIELD", "IL", "62701", "US"), "To": ("", "", "", "IN")}.items()
    for what, value in zip(("City", "State", "Zip", "Country"), values, strict=True)
}


@cache
def utterances() -> list[str]:
    """Return what people said, as the understanding's own cases have it."""
    lines = SAID.read_text(encoding="utf-8").splitlines()
    return [line.partition("|")[0].strip() for line in lines if line and not line.startswith("#")]


@cache
def offer() -> Session:
    """Return a conversation in which three times have just been offered: two on a Tuesday, one on the Thursday."""
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    tuesday = today + timedelta(days=2 + (1 - today.weekday() - 2) % 7)
    starts = (timedelta(hours=10), timedelta(hours=14), timedelta(days=2, hours=15, minutes=30))
    slots = tuple(Offered(str(ObjectId()), (tuesday + start).astimezone(UTC)) for start in starts)
    yes = Heard(Meaning((IntentHeard(Intent.AFFIRM),), speaker=Speaker.YES))
    return engine.advance(Session(PERSON), yes, lambda _: SlotsFound(slots)).session


@cache
def opening() -> list[dict[str, Any]]:
    """Return the turns up to the offer, as they are stored."""
    first = engine.begin(Session(PERSON))
    offered = (wording.words("greeting", offer()), wording.question(offer()))
    replies = [_reply(first), Reply(offered, False, wording.hints(offer()))]
    heard = [twiml.Nothing(), Speech("yes speaking", CONFIDENCE)]
    return [
        records.turn_record(number, reply, heard=said, cue="yes" if number else None, at=datetime.now(UTC))
        for number, (reply, said) in enumerate(zip(replies, heard, strict=True))
    ]


def _reply(taken: Step) -> Reply:
    return Reply(taken.words, taken.session.has_ended, wording.hints(taken.session))


@cache
def answers() -> list[str]:
    """Return the utterances that are answered without searching, booking or ending the call: a plain turn."""
    grammar, now = Grammar(), datetime.now(UTC)
    offered = tuple(slot.starts_at for slot in offer().offered)
    asked = " ".join(opening()[-1]["said"])
    plain = []
    for text in utterances():
        meaning = grammar.understand(
            Utterance(text, now, PERSON.time_zone, offered, asked, CONFIDENCE, "IN", PERSON.name)
        )
        taken = engine.step(offer(), Heard(meaning))
        if not taken.is_working and not taken.session.has_ended:
            plain.append(text)
    return plain


def _call(session: Session, turns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return the document of a call under way."""
    now = datetime.now(UTC)
    key = ObjectId()
    return ConversationSession(
        id=key,
        candidate=ObjectId(),
        attempt_number=1,
        may_call_again=True,
        call_sid=f"CA{key}00000000",
        language="en-IN",
        country="IN",
        turn_number=len(turns),
        started_at=now,
        answered_at=now,
        twilio_status="initiated",
        last_sequence=0,
        statuses=[{"sequence": 0, "status": "initiated", "at": now}],
        **records.state_of(session),
        **more,
    ).to_mongo().to_dict() | {"turns": turns}


def store(database: Database[Any], name: str, documents: list[dict[str, Any]]) -> None:
    """Insert, without waiting for the disk."""
    database[name].with_options(write_concern=WriteConcern(w=1, j=False)).insert_many(documents, ordered=False)


def _fields(call: dict[str, Any], status: str) -> dict[str, str]:
    """Return what every request about a call carries (docs/voice/twiml, "Twilio's request")."""
    numbers = {"From": "+15005550006", "Caller": "+15005550006", "To": "+919876543210", "Called": "+919876543210"}
    names = {"CallSid": call["call_sid"], "AccountSid": "AC" + "0" * 32, "ApiVersion": "2010-04-01"}
    return {**names, **numbers, **GEOGRAPHY, "CallStatus": status, "Direction": "outbound-api"}


def turns(database: Database[Any], count: int) -> list[Request]:
    """Return requests that each answer the offer of a call of its own, in words that differ."""
    template = _call(offer(), opening())
    calls = [template | _names() for _ in range(count)]
    store(database, "sessions", calls)
    return [
        signed_form(
            f"/twilio/turn/{call['_id']}/{call['turn_number']}",
            _fields(call, "in-progress") | {"SpeechResult": said, "Confidence": f"{CONFIDENCE}"},
            expected=200,
        )
        for call, said in zip(calls, cycle(answers()), strict=False)
    ]


def statuses(database: Database[Any], count: int) -> list[Request]:
    """Return requests that each report the next status of a call of its own, one that does not end it."""
    template = _call(Session(PERSON), [])
    calls = [template | _names() for _ in range(count)]
    store(database, "sessions", calls)
    told = cycle(("ringing", "in-progress"))
    now = format_datetime(datetime.now(UTC))
    about = {"Timestamp": now, "CallbackSource": "call-progress-events", "SequenceNumber": "1"}
    return [
        signed_form(f"/twilio/status/{call['_id']}", _fields(call, status) | about, expected=204)
        for call, status in zip(calls, told, strict=False)
    ]


def _names() -> dict[str, Any]:
    key = ObjectId()
    return {"_id": key, "call_sid": f"CA{key}00000000"}


def fresh_candidates(database: Database[Any], count: int) -> list[ObjectId]:
    """Add candidates who may be called, and return their ids."""
    chance, now, first = random.Random(7), datetime.now(UTC), database.candidates.estimated_document_count()  # noqa: S311
    keys = [ObjectId() for _ in range(count)]
    made = [many_candidates.a_candidate(chance, 50_000_000 + first + number, [], now) for number in range(count)]
    store(database, "candidates", [each | {"_id": key} for each, key in zip(made, keys, strict=True)])
    return keys


def starts(database: Database[Any], count: int, headers: dict[str, str]) -> list[Request]:
    """Return requests that each start the call of a candidate of its own."""
    return [
        json_post("/make-actual-call", {"candidate_id": str(key)}, headers, expected=201)
        for key in fresh_candidates(database, count)
    ]


def lists(database: Database[Any], count: int, headers: dict[str, str]) -> list[Request]:
    """Return requests for pages of 50, each from another place of the list."""
    keys = [found["_id"] for found in database.candidates.find({}, {"_id": 1}).sort("_id").limit(900)]
    chance = random.Random(7)  # noqa: S311
    return [get(f"/list-candidates?after={chance.choice(keys)}", headers) for _ in range(count)]
