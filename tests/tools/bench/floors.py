"""The floor: the least that each job takes, a bare WSGI function with nothing between the server and the driver."""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database
from urllib3 import PoolManager

TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "").encode()
PUBLIC_BASE_URL = os.environ.get("PUBLIC_BASE_URL", "")
TWIML = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather input="speech dtmf" action="{}" method="POST">'
    "<Say>Which one suits you?</Say></Gather></Response>"
)
CALLS_URL = f"{os.environ.get('TWILIO_API_BASE_URL', '')}/2010-04-01/Accounts/AC{'0' * 32}/Calls.json"
CALL = {
    "From": "+15005550006",
    "Url": f"{PUBLIC_BASE_URL}/twilio/voice/",
    "StatusCallback": f"{PUBLIC_BASE_URL}/twilio/status/",
    "Timeout": "25",
}
SHOWN = {"name": True, "phone": True, "email": True, "call_tracking": True}
_databases: list[Database[dict[str, Any]]] = []
_twilio = PoolManager(maxsize=32)

Start = Callable[[str, list[tuple[str, str]]], object]


def database() -> Database[dict[str, Any]]:
    """Return the database, through one client for the process, which its first request makes."""
    if not _databases:
        client: MongoClient[dict[str, Any]] = MongoClient(os.environ["MONGODB_URI"], tz_aware=True, w="majority")
        _databases.append(client[os.environ["MONGODB_DATABASE"]])
    return _databases[0]


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    return PAGES.get(environ["PATH_INFO"], webhook)(environ, start_response)


def webhook(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    """Check the signature, make the one update, answer with a string."""
    path = environ["PATH_INFO"]
    form = dict(parse_qsl(_body(environ).decode(), keep_blank_values=True))
    text = PUBLIC_BASE_URL + path + "".join(name + form[name] for name in sorted(form))
    digest = base64.b64encode(hmac.digest(TOKEN, text.encode(), hashlib.sha1)).decode()
    if not hmac.compare_digest(digest, environ.get("HTTP_X_TWILIO_SIGNATURE", "")):
        start_response("403 Forbidden", [("Content-Length", "0")])
        return [b""]
    _, _, kind, session_id, *number = path.split("/")
    return JOBS[kind](form, session_id, number, start_response)


def _body(environ: dict[str, Any]) -> bytes:
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))


def turn(form: dict[str, str], session_id: str, number: list[str], start_response: Start) -> list[bytes]:
    """Raise the turn's number and keep what was heard."""
    taken = database().sessions.find_one_and_update(
        {"_id": ObjectId(session_id), "turn_number": int(number[0])},
        {
            "$inc": {"turn_number": 1},
            "$push": {"turns": {"number": int(number[0]), "heard": form["SpeechResult"], "at": datetime.now(UTC)}},
        },
    )
    reply = TWIML.format(f"{PUBLIC_BASE_URL}/twilio/turn/{session_id}/{taken['turn_number'] + 1}").encode()
    start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(reply)))])
    return [reply]


def status(form: dict[str, str], session_id: str, _number: list[str], start_response: Start) -> list[bytes]:
    sequence = int(form["SequenceNumber"])
    database().sessions.update_one(
        {"_id": ObjectId(session_id), "last_sequence": {"$lt": sequence}},
        {
            "$set": {"twilio_status": form["CallStatus"], "last_sequence": sequence},
            "$push": {"statuses": {"sequence": sequence, "status": form["CallStatus"], "at": datetime.now(UTC)}},
        },
    )
    start_response("204 No Content", [])
    return [b""]


def list_candidates(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    """Find a page of candidates, and write it as it was found."""
    after = ObjectId(dict(parse_qsl(environ["QUERY_STRING"]))["after"])
    found = database().candidates.find({"_id": {"$gt": after}}, SHOWN).sort("_id", 1).limit(50).to_list()
    return _json("200 OK", found, start_response)


def make_actual_call(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    """Claim, insert, ask Twilio, record."""
    key = ObjectId(orjson.loads(_body(environ))["candidate_id"])
    place_call(database(), key)
    placed = _twilio.request("POST", CALLS_URL, fields=CALL, encode_multipart=False)
    return _json("201 Created", placed.json()["sid"], start_response)


def _json(status: str, content: Any, start_response: Start) -> list[bytes]:
    body = orjson.dumps(content, str, orjson.OPT_UTC_Z)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


JOBS = {"turn": turn, "status": status}
PAGES = {"/list-candidates": list_candidates, "/make-actual-call": make_actual_call}


def place_call(database: Database[dict[str, Any]], candidate_id: ObjectId) -> None:
    """Pass the gate, claim the candidate, insert the session, record the answer: four round trips and nothing else."""
    session_id, now, candidates = ObjectId(), datetime.now(UTC), database.candidates
    passed = {"$inc": {"calls": 1}, "$push": {"under_way": {"$each": [session_id], "$slice": -1}}}
    database.dialling.update_one({"_id": "floor"}, passed, upsert=True)
    attempt = {"number": 1, "session_id": session_id, "initiated_at": now, "outcome": "placing"}
    candidates.find_one_and_update(
        {"_id": candidate_id, "call_tracking.status": "active", "call_tracking.open_session_id": None},
        {
            "$inc": {"call_tracking.total_attempts": 1},
            "$set": {"call_tracking.open_session_id": session_id},
            "$push": {"call_tracking.call_history": attempt},
        },
    )
    database.sessions.insert_one({"_id": session_id, "candidate": candidate_id, "turn_number": 0, "started_at": now})
    candidates.update_one(
        {"_id": candidate_id, "call_tracking.call_history.session_id": session_id},
        {"$set": {"call_tracking.call_history.$.outcome": "initiated"}},
    )
