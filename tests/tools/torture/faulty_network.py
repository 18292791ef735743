"""The network between Twilio and us as it is on bad days, and an exchange whose calls go on in real time meanwhile."""

import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from twilio.request_validator import RequestValidator
from urllib3 import BaseHTTPResponse, HTTPResponse, PoolManager
from urllib3.exceptions import HTTPError

from calls.telephony.simulator.call_leg import CallLeg
from calls.telephony.simulator.documents import calls
from calls.telephony.simulator.exchange import Exchange
from calls.telephony.twilio.twiml import MAX_HEARD
from tests.tools.torture import transcripts
from tests.tools.torture.fault_counts import Faults
from tests.tools.torture.faulty_twilio_api import Dialled
from tests.tools.torture.plan import DOUBLED, DROPPED, REORDERED, Plan

AT_ONCE, APART = "webhook delivered twice, at once", "webhook delivered twice, seconds apart"
LATE, NEVER = "status callback late, out of order", "status callback dropped"
HUNG_UP = "caller hangs up while we think"
HANGS_UP_WHILE_WE_THINK = 0.02
LAST_WORDS, TWO_ANSWERS = "caller refuses and hangs up in the same instant", "two answers to one turn, at once"
REFUSES_AND_HANGS_UP, ANSWERS_TWICE = 0.5, 0.04
# None of them is said otherwise, so that each can be told from what the person says who is on the line
OTHER_ANSWERS = ["no, please not", "who is this, please?", "another day would be better", "I said stop calling me"]
OVER = b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup /></Response>'
CONVERSATION = {"voice", "turn", "fallback", "hold"}
SHOWN_BYTES = 64 * 1024
TRIES, TOKEN = 4, "I-Twilio-Idempotency-Token"


class FaultyDelivery(PoolManager):
    """Carries the webhooks of all calls, some of them badly; `delivered` holds what each was answered."""

    def __init__(self, plan: Plan, faults: Faults, dialled: Dialled) -> None:
        super().__init__(maxsize=200)
        self.delivered: list[dict[str, Any]] = []
        self._plan, self._faults, self._dialled = plan, faults, dialled
        self._sent: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._last = threading.local()  # the record of this thread's last delivery
        self._on_their_way: list[threading.Thread] = []

    def urlopen(self, method: str, url: str, **options: Any) -> BaseHTTPResponse:  # type: ignore[override]
        """Deliver a webhook, or twice, or late, or not at all."""
        call_sid = dict(parse_qsl(options["body"] or urlsplit(url).query)).get("CallSid", "")
        with self._lock:
            self._sent[call_sid] += 1
            nth = self._sent[call_sid]
        if TOKEN in options["headers"]:
            self._last.record["is_sent_again"] = True
        draw = self._plan.draw("webhook", self._dialled.keys.get(call_sid, call_sid), nth)
        if not self._faults.are_on.is_set():
            return self._deliver(method, url, call_sid, options)
        if kind_of(url) in CONVERSATION:
            return self._converse(draw, method, url, call_sid, options)
        if (fate := draw.random()) < DROPPED + REORDERED:
            self._faults.add(NEVER if fate < DROPPED else LATE)
            if fate >= DROPPED:
                self._later(draw.uniform(0.1, 2.0), method, url, call_sid, options)
            return answer_of(204, {}, b"")
        return self._carry(draw, method, url, call_sid, options)

    def _converse(
        self, draw: random.Random, method: str, url: str, call_sid: str, options: dict[str, Any]
    ) -> BaseHTTPResponse:
        """Deliver what the person said, who may hang up meanwhile, or say something else in the same instant."""
        if draw.random() < HANGS_UP_WHILE_WE_THINK:
            self._faults.add(HUNG_UP)
            calls().update_one({"_id": call_sid, "is_done": False}, {"$set": {"person_hung_up": True}})
        said = said_in(options["body"])
        if transcripts.is_refusal(said) and draw.random() < REFUSES_AND_HANGS_UP:
            self._faults.add(LAST_WORDS)
            self._later(draw.uniform(0, 0.05), method, url, call_sid, options)
            return answer_of(200, {"Content-Type": "text/xml"}, OVER)
        if said and draw.random() < ANSWERS_TWICE:
            self._faults.add(TWO_ANSWERS)
            self._later(draw.uniform(0, 0.02), method, url, call_sid, instead(url, options, draw))
        return self._carry(draw, method, url, call_sid, options)

    def _carry(
        self, draw: random.Random, method: str, url: str, call_sid: str, options: dict[str, Any]
    ) -> BaseHTTPResponse:
        if draw.random() < DOUBLED:
            apart_seconds = draw.choice([0.0, draw.uniform(0.3, 3.0)])
            self._faults.add(APART if apart_seconds else AT_ONCE)
            self._later(apart_seconds, method, url, call_sid, options)
        return self._deliver(method, url, call_sid, options)

    def _later(self, seconds: float, *request: Any) -> None:
        thread = threading.Timer(seconds, self._deliver_in_the_end, request)
        thread.daemon = True
        self._on_their_way = [other for other in self._on_their_way if other.is_alive()] + [thread]
        thread.start()

    def _deliver_in_the_end(self, method: str, url: str, call_sid: str, options: dict[str, Any]) -> None:
        """Send it, and send it again where it fails, as our addresses ask for."""
        first = {name: value for name, value in options["headers"].items() if name != TOKEN}
        for nth in range(TRIES):
            headers = first | ({TOKEN: str(nth)} if nth else {})
            if nth:
                self._last.record["is_sent_again"] = True
            try:
                if self._deliver(method, url, call_sid, options | {"headers": headers}).status < 500:
                    return
            except HTTPError:
                continue  # it stands in the record

    def _deliver(self, method: str, url: str, call_sid: str, options: dict[str, Any]) -> BaseHTTPResponse:
        """Send it, and note what came back."""
        record = {"kind": kind_of(url), "path": urlsplit(url).path, "call": call_sid, "at": time.time()}
        record |= {"is_sent_again": False, "said": said_in(options["body"])}
        self._last.record = record
        began = time.monotonic()
        try:
            answer = super().urlopen(method, url, **options | {"preload_content": True})
            body = answer.data
            record |= {"status": answer.status, "type": answer.headers.get("Content-Type", "")}
            record |= {"retry_after": answer.headers.get("Retry-After"), "length": len(body)}
            record["body"] = body[:SHOWN_BYTES].decode(errors="replace")
        except HTTPError as error:
            record["error"] = f"{type(error).__name__}: {error}"[:300]
            raise
        else:
            return answer_of(answer.status, dict(answer.headers), body)
        finally:
            record["seconds"] = round(time.monotonic() - began, 3)
            self.delivered.append(record)

    def is_idle(self) -> bool:
        """Return whether nothing is on its way that is to arrive late."""
        return not any(thread.is_alive() for thread in list(self._on_their_way))


def said_in(body: str | None) -> str:
    """Return the words, as many as we take, or the key, that a request reports of the person."""
    form = dict(parse_qsl(body or ""))
    return form.get("Digits") or form.get("SpeechResult", "").strip()[:MAX_HEARD]


def instead(url: str, options: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Return the request with another answer of the person in it, signed anew."""
    form = {name: value for name, value in parse_qsl(options["body"]) if name not in {"Digits", "SpeechResult"}}
    form["SpeechResult"] = draw.choice(OTHER_ANSWERS)
    signed = RequestValidator(settings.WEBHOOK_AUTH_TOKEN).compute_signature(url, form)
    return options | {"body": urlencode(form), "headers": options["headers"] | {"X-Twilio-Signature": signed}}


def kind_of(url: str) -> str:
    """Return which webhook the address is: voice, turn, fallback, status, machine …"""
    return (urlsplit(url).path.split("/") + [""] * 3)[2]


def answer_of(status: int, headers: dict[str, str], body: bytes) -> HTTPResponse:
    """Return an answer that has been read, or that never was, for another to read; its body is not compressed."""
    told = {name: value for name, value in headers.items() if name.lower() in {"content-type", "location"}}
    return HTTPResponse(io.BytesIO(body), headers=told, status=status, preload_content=False)


class PacedCallLeg(CallLeg):
    """A call whose simulated seconds are as long as `pace_now` says at the time."""

    pace_now: Callable[[], float]

    def _pass_towards(self, end: float) -> None:
        self._pace = self._base_pace = self.pace_now()
        super()._pass_towards(end)


class PacedExchange(Exchange):
    """Plays calls fast, but in real time while `pace_now` says so: a caller does not wait faster than we mend."""

    _leg_type = PacedCallLeg

    def __init__(self, *, pace_now: Callable[[], float], **options: Any) -> None:
        super().__init__(pace=pace_now(), **options)
        self._pace_now = pace_now

    def _leg_of(self, call: dict[str, Any]) -> CallLeg:
        line = super()._leg_of(call)
        line.pace_now = self._pace_now
        return line
