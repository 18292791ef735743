"""What people do in a run beside being called: they start calls, often two of them at once, and offer times."""

import contextlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import requests
from pymongo.errors import PyMongoError

from candidates.services import may_be_called
from tests.torture.clock import Clock
from tests.torture.counting import Faults
from tests.torture.plan import Step
from tests.torture.world import Callflow

ANSWER_SECONDS = 45
THREADS = 32
RAN_OUT = "hold run out while its call goes on"
AT_ONCE = "a call started by several at once"


class Recruiters:
    """Carries out the steps of a plan; `answers` holds what the API said to each request for a call."""

    def __init__(self, callflow: Callflow, clock: Clock, faults: Faults, token: str) -> None:
        self.answers: list[dict[str, Any]] = []
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

    def _session(self) -> requests.Session:
        if not hasattr(self._http, "session"):
            self._http.session = requests.Session()
            self._http.session.trust_env = False
        return self._http.session

    def close(self) -> None:
        """Wait for the answers that are still to come."""
        self._pool.shutdown()
