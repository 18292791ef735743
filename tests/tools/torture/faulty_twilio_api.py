"""Twilio's REST API as it is on bad days, in front of the simulator (docs/voice/api/call-resource, docs/usage/api)."""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from calls.telephony.base import CallOrder, CallRefused, CallUnknown, PlacedCall
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import UNDER_WAY
from tests.clocks import ENDLESS
from tests.tools.torture.closable_server import ClosableServer
from tests.tools.torture.fault_counts import Faults
from tests.tools.torture.plan import API_FAULTS, Plan

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

REFUSING_SECONDS = (0.3, 1.2)


class Fault(StrEnum):
    """What may go wrong at Twilio's API, in the words of the report."""

    TOO_MANY = "Twilio's API: 429"
    BROKEN = "Twilio's API: 500"
    AWAY = "Twilio's API: 503"
    REFUSED = "Twilio's API: connections refused for a moment"
    LOST = "Twilio's API: answer lost, the call placed"
    SILENT = "Twilio's API: silence, the call placed or not"


# Where Twilio says itself that the call may have been placed all the same (docs/api/errors/20500)
UNDECIDED = {Fault.BROKEN, Fault.AWAY, Fault.SILENT}
CODES = {Fault.TOO_MANY: (429, 20429), Fault.BROKEN: (500, 20500), Fault.AWAY: (503, 20503)}


@dataclass
class Dialled:
    """Which number each call went to, how many calls went there before it, and the clock's shift at that time."""

    keys: dict[str, str] = field(default_factory=dict)
    shifts: dict[str, timedelta] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call_sid: str, to: str, shift: timedelta) -> None:
        """Remember a call that was placed."""
        with self._lock:
            self._counts[to] += 1
            self.keys[call_sid] = f"{to}/{self._counts[to]}"
            self.shifts[call_sid] = shift


class TwilioApi:
    """Serves the four requests that the application makes; some of them badly."""

    def __init__(
        self,
        plan: Plan,
        faults: Faults,
        dialled: Dialled,
        *,
        port: int,
        silence_seconds: float,
        shift: Callable[[], timedelta],
    ) -> None:
        self.dialled = dialled
        self.silence_seconds = silence_seconds
        self.shift = shift
        self._plan, self._faults = plan, faults
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.shutter = ClosableServer(lambda: ApiServer(self, port))

    def fault_for(self, what: str) -> tuple[Fault | None, bool]:
        """Return what goes wrong with a request about a number or call, and whether it is carried out all the same."""
        with self._lock:
            self._asked[what] += 1
            nth = self._asked[what]
        draw = self._plan.draw("api", what, nth)
        if not self._faults.are_on.is_set() or draw.random() >= API_FAULTS:
            return None, True
        fault = draw.choice(list(Fault))
        self._faults.add(fault)
        if fault is Fault.REFUSED:
            self.shutter.close_for(draw.uniform(*REFUSING_SECONDS))
        return fault, fault in {Fault.REFUSED, Fault.LOST} or (fault in UNDECIDED and draw.random() < 0.5)

    def carry_out(self, method: str, call_sid: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Do what was asked, and return Twilio's answer."""
        try:
            if call_sid:
                return self._about(call_sid, form if method == "POST" else {})
            return self._place(form) if method == "POST" else self._listed(form)
        except CallUnknown:
            return 404, error(404, 20404)
        except CallRefused as refused:
            return 400, error(400, refused.error_code)

    def _place(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        said = {name: values[-1] for name, values in form.items()}
        placed = Simulator().place(
            CallOrder(
                to=said["To"],
                voice_url=said["Url"],
                fallback_url=said["FallbackUrl"],
                status_url=said["StatusCallback"],
                machine_url=said["AsyncAmdStatusCallback"],
                ring_seconds=int(said["Timeout"]),
                limit_seconds=int(said["TimeLimit"]),
                lease=ENDLESS,
            )
        )
        self.dialled.add(placed.call_sid, said["To"], self.shift())
        return 201, self._shown(placed)

    def _about(self, call_sid: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if form.get("Status") == ["completed"]:
            if Simulator().fetch(call_sid).status not in UNDER_WAY:
                return 400, error(400, 21220)
            Simulator().hang_up(call_sid)
        return 200, self._shown(Simulator().fetch(call_sid))

    def _listed(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if "To" in form:
            found = Simulator().placed_to(form["To"][-1], since=BEGINNING)
        else:
            found = list(Simulator().placed_between(BEGINNING, datetime.now(UTC)).calls)
        shown = [self._shown(call) for call in reversed(found)]
        return 200, {"calls": shown, "page": 0, "page_size": 50, "next_page_uri": None, "start": 0}

    def _shown(self, placed: PlacedCall) -> dict[str, Any]:
        at = placed.placed_at + self.dialled.shifts[placed.call_sid]
        return {
            "sid": placed.call_sid,
            "account_sid": settings.TWILIO_ACCOUNT_SID,
            "to": self.dialled.keys[placed.call_sid].partition("/")[0],
            "status": placed.status,
            "direction": "outbound-api",
            "date_created": format_datetime(at.replace(microsecond=0)),
            "duration": None if placed.duration_seconds is None else str(placed.duration_seconds),
        }


def error(status: int, code: int | None) -> dict[str, Any]:
    """Return how Twilio says that something failed."""
    return {
        "code": code,
        "message": "failed",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


class ApiServer(ThreadingHTTPServer):
    """One opening of the API."""

    daemon_threads = True

    def __init__(self, api: TwilioApi, port: int) -> None:
        super().__init__(("127.0.0.1", port), Request)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of who did not wait for the answer."""


class Request(BaseHTTPRequestHandler):
    """One request."""

    server: ApiServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve(parse_qs(urlsplit(self.path).query))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # its sender broke off: nobody acts on half a request
            self.close_connection = True
            return
        self._serve(parse_qs(body.decode(), keep_blank_values=True))

    def _serve(self, form: dict[str, list[str]]) -> None:
        """Carry out the request and answer it; or one of the two, or neither."""
        api = self.server.api
        call_sid = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".json").removeprefix("Calls")
        if not self._is_ours():
            self._answer(401, error(401, 20003))
            return
        what = api.dialled.keys.get(call_sid, call_sid) or (form.get("To") or form["From"])[-1]
        fault, is_done = api.fault_for(f"{self.command} {what}")
        answer = api.carry_out(self.command, call_sid, form) if is_done else None
        if fault in CODES:
            status, code = CODES[fault]
            self._answer(status, error(status, code))
        elif fault is Fault.SILENT:
            time.sleep(api.silence_seconds)
        elif fault is not Fault.LOST and answer:
            self._answer(*answer)

    def _is_ours(self) -> bool:
        said = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        return said == f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKEN}"

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
