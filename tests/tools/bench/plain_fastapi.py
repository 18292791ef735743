"""The same jobs as a good, ordinary FastAPI programmer writes them: models, dependencies, the async driver.

The conversation is ours (understanding, dialogue, the words), so that only what is around it is compared. Signatures
are checked by hand and TwiML is a string, as ours: with Twilio's RequestValidator and VoiceResponse it would be some
130 µs slower a turn. Turns that search or book are in none of the measurements, so they are not written here.
"""

import base64
import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import phonenumbers
from bson import ObjectId
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Query, Request, Response
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from calls import records
from calls.telephony.twilio import twiml
from interviews.dialogue import engine, wording
from interviews.dialogue.events import Event, Heard, NoInput, Pressed
from interviews.dialogue.session import Person, Session
from interviews.understanding import Grammar, Utterance
from tests.tools.bench.plain_models import (
    AttemptsUsed,
    Called,
    CallOrder,
    CallStarted,
    Candidate,
    CandidatePage,
    StatusForm,
    Tracking,
    TurnForm,
)

TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "").encode()
PUBLIC_BASE_URL = os.environ.get("PUBLIC_BASE_URL", "")
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
logger = logging.getLogger(__name__)
logging.basicConfig(level=logging.INFO)
logging.getLogger("twilio").setLevel(logging.WARNING)
understanding = Grammar()


class LocalHttpClient(AsyncTwilioHttpClient):
    """Twilio's asynchronous client, pointed at TWILIO_API_BASE_URL."""

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return await super().request(
            method, url.replace("https://api.twilio.com", os.environ["TWILIO_API_BASE_URL"]), *args, **kwargs
        )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect once for the process."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["MONGODB_URI"], tz_aware=True)
    app.state.database = client[os.environ["MONGODB_DATABASE"]]
    async with LocalHttpClient() as http:
        app.state.twilio = Client(os.environ["TWILIO_ACCOUNT_SID"], TOKEN.decode(), http_client=http)
        yield
    await client.close()


app = FastAPI(lifespan=lifespan)


def get_database(request: Request) -> AsyncDatabase[dict[str, Any]]:
    return request.app.state.database


Database = Annotated[AsyncDatabase[dict[str, Any]], Depends(get_database)]


async def signed(request: Request, x_twilio_signature: Annotated[str, Header()] = "") -> None:
    """Let in only what Twilio signed. :raises HTTPException: the signature does not fit."""
    form = await request.form()
    text = PUBLIC_BASE_URL + request.url.path + "".join(name + str(form[name]) for name in sorted(form))
    digest = base64.b64encode(hmac.digest(TOKEN, text.encode(), hashlib.sha1)).decode()
    if not hmac.compare_digest(digest, x_twilio_signature):
        raise HTTPException(403, "The signature does not fit.")


async def authenticated(database: Database, authorization: Annotated[str, Header()] = "") -> None:
    """Let in only who has a token. :raises HTTPException: there is none, or nobody's."""
    if not await database.tokens.find_one({"_id": authorization.removeprefix("Token ")}):
        raise HTTPException(401, "Send a token.")


@app.post("/twilio/turn/{session_id}/{number}", dependencies=[Depends(signed)])
async def take_turn(session_id: str, number: int, form: Annotated[TurnForm, Form()], database: Database) -> Response:
    """Take what was said, and answer."""
    stored = await database.sessions.find_one({"_id": ObjectId(session_id)})
    if stored is None or stored["turn_number"] != number or stored["call_sid"] != form.CallSid:
        raise HTTPException(409, "Turn was not asked for.")
    now, heard = datetime.now(UTC), form.as_input()
    session = records.session_from(stored)
    taken = engine.step(session, event_of(stored, session, heard, now))
    after = taken.session
    reply = twiml.Reply(taken.words, after.has_ended, () if after.has_ended else wording.hints(after))
    turn = records.turn_record(number, reply, heard=heard, cue=taken.cue and taken.cue.value, at=now)
    result = await database.sessions.update_one(
        {"_id": stored["_id"], "turn_number": number},
        {"$set": records.state_of(after) | {"turn_number": number + 1}, "$push": {"turns": turn}},
    )
    if not result.matched_count:
        raise HTTPException(409, "Turn was taken meanwhile.")
    action = f"{PUBLIC_BASE_URL}/twilio/turn/{session_id}/{number + 1}"
    return Response(twiml.write(reply, language=stored["language"], action=action), media_type="text/xml")


def event_of(stored: dict[str, Any], session: Session, heard: twiml.Input, now: datetime) -> Event:
    """Return what was heard as the conversation's event."""
    match heard:
        case twiml.Keys(digits):
            return Pressed(digits)
        case twiml.Speech(text, confidence):
            offered = tuple(session.offered[index].starts_at for index in session.options)
            asked = " ".join(stored["turns"][-1]["said"])
            zone, country, name = session.person.time_zone, stored.get("country"), session.person.name
            return Heard(
                understanding.understand(Utterance(text, now, zone, offered, asked, confidence, country, name))
            )
    return NoInput()


@app.post("/twilio/status/{session_id}", status_code=204, dependencies=[Depends(signed)])
async def note_status(session_id: str, form: Annotated[StatusForm, Form()], database: Database) -> None:
    """Note how the call stands."""
    event = {"sequence": form.SequenceNumber, "status": form.CallStatus, "at": datetime.now(UTC)}
    await database.sessions.update_one(
        {"_id": ObjectId(session_id), "call_sid": form.CallSid, "last_sequence": {"$lt": form.SequenceNumber}},
        {
            "$set": {"twilio_status": form.CallStatus, "last_sequence": form.SequenceNumber},
            "$push": {"statuses": event},
        },
    )


@app.get("/list-candidates", response_model=CandidatePage, dependencies=[Depends(authenticated)])
async def list_candidates(
    request: Request, database: Database, limit: Annotated[int, Query(ge=1, le=500)] = 50, after: str | None = None
) -> CandidatePage:
    """List the candidates in the order they were added."""
    wanted = {"_id": {"$gt": ObjectId(after)}} if after else {}
    found = await database.candidates.find(wanted).sort("_id").limit(limit + 1).to_list()
    total = await database.candidates.estimated_document_count()
    page = [Candidate.model_validate(each) for each in found[:limit]]
    following = str(request.url.include_query_params(after=page[-1].id)) if len(found) > limit else None
    return CandidatePage(candidates=page, total=total, next=following)


@app.post("/make-actual-call", status_code=201, response_model=CallStarted, dependencies=[Depends(authenticated)])
async def make_actual_call(order: CallOrder, request: Request, database: Database) -> CallStarted:
    logger.info("Processing call request for candidate_id: %s", order.candidate_id)
    session_id, now = ObjectId(secrets.token_bytes(12)), datetime.now(UTC)
    candidate = await claim(database, ObjectId(order.candidate_id), session_id, now)
    tracking = Tracking.model_validate(candidate["call_tracking"])
    logger.info("Call allowed - Attempt %d/%d", tracking.total_attempts, tracking.max_attempts)
    country = phonenumbers.region_code_for_number(phonenumbers.parse(candidate["phone"]))
    await database.sessions.insert_one(new_session(candidate, tracking, session_id, country, now))
    logger.info("Initiating call")
    call = await request.app.state.twilio.calls.create_async(
        to=candidate["phone"],
        from_=os.environ["TWILIO_PHONE_NUMBER"],
        url=f"{PUBLIC_BASE_URL}/twilio/voice/{session_id}",
        fallback_url=f"{PUBLIC_BASE_URL}/twilio/fallback/{session_id}",
        status_callback=f"{PUBLIC_BASE_URL}/twilio/status/{session_id}",
        status_callback_event=STATUS_EVENTS,
        timeout=25,
        time_limit=600,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{PUBLIC_BASE_URL}/twilio/machine/{session_id}",
    )
    logger.info("Updating MongoDB call tracking for candidate %s", order.candidate_id)
    attempt = "call_tracking.call_history.$"
    await database.candidates.update_one(
        {"_id": candidate["_id"], "call_tracking.call_history.session_id": session_id},
        {"$set": {f"{attempt}.outcome": "initiated", f"{attempt}.call_sid": call.sid}},
    )
    return CallStarted(
        message=f"Call initiated to {candidate['phone']}",
        call_sid=call.sid,
        call_status=call.status,
        session_id=str(session_id),
        candidate=Called.model_validate(candidate),
        call_tracking=AttemptsUsed.model_validate(tracking, from_attributes=True),
    )


async def claim(
    database: AsyncDatabase[dict[str, Any]], candidate_id: ObjectId, session_id: ObjectId, now: datetime
) -> dict[str, Any]:
    """Take the candidate's next attempt. :raises HTTPException: the candidate may not be called now."""
    tracking = "$call_tracking.total_attempts"
    next_number = {"$add": [tracking, 1]}
    attempt = {"number": next_number, "session_id": session_id, "initiated_at": now, "outcome": "placing"}
    claimed = await database.candidates.find_one_and_update(
        {
            "_id": candidate_id,
            "call_tracking.status": "active",
            "call_tracking.open_session_id": None,
            "$expr": {"$lt": [tracking, "$call_tracking.max_attempts"]},
        },
        [
            {
                "$set": {
                    "call_tracking.total_attempts": next_number,
                    "call_tracking.last_attempt_at": now,
                    "call_tracking.open_session_id": session_id,
                    "call_tracking.call_history": {"$concatArrays": ["$call_tracking.call_history", [attempt]]},
                }
            }
        ],
        return_document=ReturnDocument.AFTER,
    )
    if claimed is None:
        raise HTTPException(409, "The candidate may not be called now.")
    return claimed


def new_session(
    candidate: dict[str, Any], tracking: Tracking, session_id: ObjectId, country: str | None, now: datetime
) -> dict[str, Any]:
    """Return the session of a call, with all that the conversation needs to know of the person."""
    person = Person(candidate["name"], candidate["company"], candidate["position"], candidate["time_zone"])
    return {
        "_id": session_id,
        "candidate": candidate["_id"],
        "attempt_number": tracking.total_attempts,
        "may_call_again": tracking.can_call_again,
        "language": candidate["language"],
        "country": country,
        "turn_number": 0,
        "last_sequence": -1,
        "started_at": now,
        **records.state_of(Session(person)),
    }
