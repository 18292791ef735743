"""Plays the queued calls of the simulated network; any number of exchanges may run, each call is played by one."""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from pymongo.errors import PyMongoError
from urllib3 import PoolManager

from calls.telephony.simulator import leased_calls, personas
from calls.telephony.simulator.call_leg import CallLeg
from calls.telephony.simulator.callees import Callee
from calls.telephony.simulator.interpreter import Interpreter
from calls.telephony.simulator.webhook_client import WebhookClient

POLL_SECONDS = 0.2  # an idle exchange costs five small indexed queries a second
PATIENCE_SECONDS = 5.0
logger = logging.getLogger(__name__)


class Exchange:
    """Claims calls and plays them: `run` in threads until `stop` is set, `play_all` here and now.

    `pace` is real seconds for each simulated one (0: no waiting); a call that a person picks up goes at `real_pace`.
    `callee_for` says who lives at a number; `pools` carry the webhooks, for those who want to watch or bend them.
    """

    _leg_type = CallLeg

    def __init__(
        self,
        *,
        pace: float | None = None,
        real_pace: float = 1.0,
        callee_for: Callable[[str], Callee] = personas.callee_for,
        pools: PoolManager | None = None,
        lease_seconds: float = leased_calls.LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        at_once: int = 100,
    ) -> None:
        self.exchange_id = secrets.token_hex(8)
        self._pace = settings.SIMULATOR_PACE if pace is None else pace
        self._real_pace = real_pace
        self._callee_for = callee_for
        self._webhooks = WebhookClient(pools)
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._places = threading.Semaphore(at_once)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def run(self, stop: threading.Event) -> None:
        """Play every call that is due, each in a thread of its own, until `stop` is set; then end those under way."""
        while not stop.is_set():
            try:
                is_idle = not self._start_next()
            except Exception:
                logger.exception("The simulated exchange could not take up a call; it tries again.")
                is_idle = True
            if is_idle:
                stop.wait(self._poll_seconds)
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def play_next(self) -> str | None:
        """Play the next call that is due to its end, and return its sid; None where none is due."""
        call = self._claim()
        if call is None:
            return None
        self._play(call)
        return str(call["_id"])

    def play_all(self) -> list[str]:
        """Play the calls that are due, and those that come of them, one after the other; return their sids."""
        played: list[str] = []
        while call_sid := self.play_next():
            played.append(call_sid)
        return played

    def close(self) -> None:
        self._webhooks.close()

    def _start_next(self) -> bool:
        """Start to play a call; false where none is due, or no place is free."""
        if not self._places.acquire(blocking=False):
            return False
        call = None
        try:
            call = self._claim()
        finally:
            if call is None:
                self._places.release()
        if call is None:
            return False
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._play_and_leave, args=(call,), name=call["_id"], daemon=True)
        self._threads.append(thread)
        thread.start()
        return True

    def _play_and_leave(self, call: dict[str, Any]) -> None:
        try:
            self._play(call)
        except PyMongoError:
            logger.exception("Call %s is left to another exchange.", call["_id"])
        finally:
            self._places.release()

    def _claim(self) -> dict[str, Any] | None:
        return leased_calls.claim(
            exchange_id=self.exchange_id, now=datetime.now(UTC), lease_seconds=self._lease_seconds
        )

    def _play(self, call: dict[str, Any]) -> None:
        leg = self._leg_of(call)
        if call.get("claimed_by") is None:
            leg.play()
        else:
            leg.wind_up()

    def _leg_of(self, call: dict[str, Any]) -> CallLeg:
        return self._leg_type(
            call,
            leased=leased_calls.LeasedCall(call["_id"], self.exchange_id, self._lease_seconds),
            webhooks=self._webhooks,
            callee_for=self._callee_for,
            pace=self._pace,
            real_pace=self._real_pace,
            poll_seconds=self._poll_seconds,
            stop=self._stop,
            converse=lambda leg, callee: Interpreter(leg, callee).run(),
        )
