"""A run: calls under faults, then time to heal, then the evidence of what happened."""

import contextlib
import logging
import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from calls.telephony.simulator.documents import SimulatedCall, calls
from tests.tools.torture import process_faults
from tests.tools.torture.callees import Population
from tests.tools.torture.evidence import Evidence
from tests.tools.torture.fault_counts import Faults
from tests.tools.torture.faulty_network import FaultyDelivery, PacedExchange
from tests.tools.torture.faulty_twilio_api import Dialled, TwilioApi
from tests.tools.torture.mail_server import MailFaults
from tests.tools.torture.plan import KILLS_EVERY, Plan
from tests.tools.torture.processes import Callflow
from tests.tools.torture.recovery import recover
from tests.tools.torture.recruiters import Recruiters
from tests.tools.torture.shifted_clock import Clock

AT_ONCE = 14  # calls under way
PACE = 0.004
RECOVERY_SECONDS = 5.0
SILENCE_SECONDS = 12.0
STEP_SECONDS, STEP_SECONDS_WHILE_AWAY = 0.02, 0.5
OUTAGE, STOPPED = "mongod killed", "job runner stopped between claim and dial, for longer than a lease"
STOPPED_AT = ["attempt claimed, call not placed", "session saved, call not placed"]
# As real seconds; meanwhile the application's clock leaps past the age at which an open attempt is settled
STOPPED_SECONDS, STOP_PATIENCE_SECONDS, SETTLED_WITHIN = 34.0, 60.0, timedelta(minutes=5)
logger = logging.getLogger(__name__)


class Run:
    """Everything that takes part in a run; Twilio, the network, the people and the mail server live in this process."""

    def __init__(self, plan: Plan, directory: Path, settings: dict[str, str], ports: dict[str, int]) -> None:
        self.plan, self.directory = plan, directory
        self.faults, self.clock, self.dialled = Faults(), Clock(directory), Dialled()
        self.clock.start_at(plan.begins_at)
        self.post_office = MailFaults(plan, self.faults, port=ports["mail"])
        self.api = TwilioApi(
            plan,
            self.faults,
            self.dialled,
            port=ports["api"],
            silence_seconds=SILENCE_SECONDS,
            shift=self.clock.shift,
        )
        self.postman = FaultyDelivery(plan, self.faults, self.dialled)
        self.callflow = Callflow(directory, settings)
        self._slow_until = 0.0
        self._stop = threading.Event()
        self._helpers: list[threading.Thread] = []
        self._one_at_a_time = {kind: threading.Lock() for kind in process_faults.MOMENTS}

    def go(self) -> Evidence:
        """Run it, from the first call to the evidence."""
        SimulatedCall.ensure_indexes()
        token = self.callflow.write_seed_data(self.plan.seed, self.plan.calls)
        self.callflow.start()
        exchange = PacedExchange(
            pace_now=self._pace_now,
            callee_for=Population(self.plan).callee_for,
            pools=self.postman,
            poll_seconds=0.05,
        )
        playing = threading.Thread(target=exchange.run, args=(self._stop,), name="exchange")
        playing.start()
        self.recruiters = Recruiters(self.callflow, self.clock, self.faults, token)
        try:
            self._place_calls()
            rest = recover(self)
        finally:
            self._stop.set()
            playing.join()
            self.recruiters.close()
        return Evidence.gather(self, rest)

    def under_way(self) -> int:
        """Return how many calls are not over, or not told to be."""
        return calls().count_documents({"is_done": False})

    def _pace_now(self) -> float:
        if self.callflow.is_away.is_set():
            self._slow_until = time.monotonic() + RECOVERY_SECONDS
        return 1.0 if time.monotonic() < self._slow_until else PACE

    def _place_calls(self) -> None:
        """Have candidates called, under faults, until as many calls were dialled as planned."""
        self.faults.are_on.set()
        outages, stops, killed_at = self.plan.outages(), self.plan.stops(), 0
        for step in self.plan.steps():
            while self.under_way() + self.recruiters.pending() >= AT_ONCE:
                time.sleep(STEP_SECONDS)
            number = len(self.dialled.keys)
            if number >= self.plan.calls:
                break
            for due in [count for count in outages if count <= number]:
                self._help(self._lose_mongod, outages.pop(due))
            if stops and stops[0] <= number:
                self._help(self._stop_runner, stops.pop(0))
            while killed_at + KILLS_EVERY <= number + KILLS_EVERY // 2:
                killed_at += KILLS_EVERY
                self._help(self._kill, "web", killed_at)
                self._help(self._kill, "jobs", killed_at)
            self.recruiters.take(step)
            time.sleep(STEP_SECONDS_WHILE_AWAY if self.callflow.is_away.is_set() else STEP_SECONDS)
        for helper in self._helpers:
            helper.join()
        self.faults.are_on.clear()

    def _help(self, what: Any, *arguments: Any) -> None:
        helper = threading.Thread(target=what, args=arguments, daemon=True)
        self._helpers.append(helper)
        helper.start()

    def _lose_mongod(self, seconds: float) -> None:
        if not self.callflow.is_away.is_set():
            self.faults.add(OUTAGE)
            self.callflow.lose_mongod(seconds)

    def _stop_runner(self, number: int) -> None:
        """Stop a job runner between a claim and its dial, let the others settle what it claimed, and let it go on."""
        moment = self.plan.draw("stop", number).choice(STOPPED_AT)
        with self._one_at_a_time["jobs"]:
            self._withdraw_orders("jobs")
            order = process_faults.orders_of("jobs", self.directory) / moment
            order.write_text(process_faults.STOP)
            process = self._wait_for_stopped()
            if process is None:
                order.unlink(missing_ok=True)
                return
            self.faults.add(STOPPED)
            self.clock.leap(SETTLED_WITHIN)
            time.sleep(STOPPED_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def _wait_for_stopped(self) -> int | None:
        end = time.monotonic() + STOP_PATIENCE_SECONDS
        while time.monotonic() < end:
            if process := process_faults.stopped("jobs", self.directory):
                return process
            time.sleep(STEP_SECONDS)
        return None

    def _kill(self, kind: str, number: int) -> None:
        """Order one death; where the order before was not carried out yet, its victim dies now instead."""
        draw = self.plan.draw("kill", kind, number)
        time.sleep(draw.uniform(0, 2))
        with self._one_at_a_time[kind]:
            is_overdue = self._withdraw_orders(kind)
            self.callflow.wait_until_whole(kind)
            moment = draw.choice([*process_faults.MOMENTS[kind], process_faults.ANY])
            if is_overdue or moment == process_faults.ANY:
                self.callflow.kill_any(kind, draw)
                self.callflow.wait_until_whole(kind)
            if moment != process_faults.ANY:
                (process_faults.orders_of(kind, self.directory) / moment).touch()

    def _withdraw_orders(self, kind: str) -> bool:
        """Take back the orders that were not carried out; return whether there was one."""
        standing = [order for order in process_faults.orders_of(kind, self.directory).iterdir() if order.is_file()]
        for order in standing:
            order.unlink(missing_ok=True)
        return bool(standing)
