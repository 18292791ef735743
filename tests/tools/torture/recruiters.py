"""What people do in a run beside being called: they start calls, often two of them at once, and offer times."""

import contextlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import requests
from pymongo.errors import PyMongoError

from candidates.attempts import may_be_called
from tests.tools.torture.fault_counts import Faults
from tests.tools.torture.plan import Step
from tests.tools.torture.processes import Callflow
from tests.tools.torture.shifted_clock import Clock

ANSWER_SECONDS = 45
THREADS, LOOK_AGAIN_SECONDS = 32, 0.5
RAN_OUT = "hold run out while its call goes on"
AT_ONCE = "a call started by several at once"
DELETED, CLOSED = "candidate deleted and added again", "number put on the suppression list"


class Recruiters:
    """Carries out the steps of a plan; `answers` holds what the API said to each request for a call."""

    def __init__(self, callflow: Callflow, clock: Clock, faults: Faults, token: str) -> None:
        self.answers: list[dict[str, Any]] = []
        self.removed: dict[str, list[float]] = {}  # by phone, when a candidate with it was deleted
        self.gone: set[str] = set()  # the ids of who was deleted
        self.closed: dict[str, float] = {}  # by phone, when the office had it suppressed
        self._callflow, self._clock, self._faults = callflow, clock, faults
        self._database = callflow.database
        self._candidates = [found["_id"] for found in self._database.candidates.find({}, {"_id": 1}).sort("_id", 1)]
        self._http = threading.local()
        self._headers = {"Authorization": f"Token {token}"}
        self._pool = ThreadPoolExecutor(THREADS)
        self._pending: list[Future[None]] = []

    def take(self, step: Step) -> None:
        """Do what the step says; returns at once."""
        if not self._callflow.is_away.is_set():
            with contextlib.suppress(PyMongoError):
                self._change(step)
            if step.is_deleted:
                self._pending.append(self._pool.submit(self._delete_and_add_again, step.candidate))
            if step.is_closed:
                self._pending.append(self._pool.submit(self._suppress, step.candidate))
        if not step.is_queued:
            if step.callers > 1:
                self._faults.add(AT_ONCE)
            self._pending = [future for future in self._pending if not future.done()]
            self._pending += [self._pool.submit(self._start_call, step.candidate) for _ in range(step.callers)]

    def pending(self) -> int:
        """Return how many requests wait for their answer."""
        return sum(not future.done() for future in self._pending)

    def _change(self, step: Step) -> None:
        now, slots = self._clock.now(), self._database.slots
        if step.opens_slot:
            slots.find_one_and_update({"status": "withdrawn"}, {"$set": {"status": "open"}}, sort=[("starts_at", 1)])
        if step.runs_out and slots.find_one_and_update({"status": "held"}, {"$set": {"held_until": now}}):
            self._faults.add(RAN_OUT)
        if step.is_queued:
            idle = {"_id": self._candidates[step.candidate]} | may_be_called()
            self._database.candidates.update_one(idle, {"$set": {"call_tracking.next_attempt_at": now}})

    def _start_call(self, candidate: int) -> None:
        candidate_id = str(self._candidates[candidate])
        record: dict[str, Any] = {"candidate": candidate_id, "at": time.time()}
        began = time.monotonic()
        try:
            answer = self._session().post(
                f"http://127.0.0.1:{self._callflow.port}/make-actual-call",
                json={"candidate_id": candidate_id},
                headers=self._headers,
                timeout=ANSWER_SECONDS,
            )
            record |= {"status": answer.status_code, "body": answer.text[:2000]}
            record["retry_after"] = answer.headers.get("Retry-After")
        except requests.RequestException as error:
            record["error"] = f"{type(error).__name__}: {error}"[:300]
        self.answers.append(record | {"seconds": round(time.monotonic() - began, 3)})

    def _delete_and_add_again(self, number: int) -> None:
        """Delete the candidate, if that may be, and add the same person once more."""
        candidate = self._look_up(self._candidates[number])
        if candidate is None or self._ask("DELETE", f"candidates/{candidate['_id']}/") == HTTPStatus.CONFLICT:
            return
        while self._look_up(candidate["_id"]):  # no answer came: what became of it is found out by asking again
            if self._ask("DELETE", f"candidates/{candidate['_id']}/") == HTTPStatus.CONFLICT:
                return
            time.sleep(LOOK_AGAIN_SECONDS)
        self.removed.setdefault(candidate["phone"], []).append(time.time())
        self.gone.add(str(candidate["_id"]))
        self._faults.add(DELETED)
        person = {name: candidate[name] for name in ("name", "phone", "email", "position", "time_zone")}
        while self._ask("POST", "candidates/", person) not in {HTTPStatus.CREATED, HTTPStatus.CONFLICT}:
            time.sleep(LOOK_AGAIN_SECONDS)
        self._candidates[number] = self._database.candidates.find_one({"phone": candidate["phone"]})["_id"]

    def _look_up(self, candidate_id: Any) -> dict[str, Any] | None:
        """Return the candidate, once the database answers."""
        while True:
            with contextlib.suppress(PyMongoError):
                return self._database.candidates.find_one({"_id": candidate_id})
            time.sleep(LOOK_AGAIN_SECONDS)

    def _suppress(self, number: int) -> None:
        candidate = self._database.candidates.find_one({"_id": self._candidates[number]}, {"phone": 1})
        report = {"phone": candidate and candidate["phone"], "reason": "office"}
        if candidate and self._ask("POST", "suppression/", report) == HTTPStatus.CREATED:
            self.closed.setdefault(candidate["phone"], time.time())
            self._faults.add(CLOSED)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """Ask the API; return the status of its answer, 0 where there is none."""
        url = f"http://127.0.0.1:{self._callflow.port}/api/{path}"
        with contextlib.suppress(requests.RequestException):
            answer = self._session().request(method, url, json=body, headers=self._headers, timeout=ANSWER_SECONDS)
            return answer.status_code
        return 0

    def _session(self) -> requests.Session:
        if not hasattr(self._http, "session"):
            self._http.session = requests.Session()
            self._http.session.trust_env = False
        return self._http.session

    def close(self) -> None:
        """Wait for the answers that are still to come."""
        self._pool.shutdown()
