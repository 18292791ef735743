"""A thousand calls held at once: the simulator plays them at the pace of real ones against our server.

The simulator is a process of its own: `python -m tests.tools.bench.held_calls NUMBER SECONDS`. It prints JSON: how many
calls were under way before and after that time, how many went wrong, and the seconds that each turn took meanwhile.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle
from typing import Any

import django
from urllib3 import BaseHTTPResponse, PoolManager

from tests.tools.bench import scale
from tests.tools.bench.environment import ANY_PORT, Environment
from tests.tools.bench.figures import percentile
from tests.tools.bench.servers import ROOT, Server, as_in_a_trial, cpu_seconds, free_port, memory_bytes
from tests.tools.bench.table import Findings, milliseconds

CALLS, HELD_SECONDS = 1_000, 60
P99_SECONDS, MEGABYTE, MEMORY_MOST = 1.0, 1024 * 1024, 150
# By default the simulator looks after each call five times a second and says every five seconds that it still has it,
# which for a thousand takes it, and its mongod, a whole processor each
POLL_SECONDS, LEASE_SECONDS = 2.0, 240.0
INTERVIEWERS, STARTS = 50, 100
# Nobody says no twice in a row, which would end the call, or yes to the read-back
SAID = (
    *("the second one please", "no not that one", "could you repeat that please", "are you a robot"),
    *("i'd go for option three", "sorry no not that one", "who is this", "can you say that slower"),
)


class Talker:
    """A person who never comes to a decision, until everybody hangs up."""

    name = "talks on"
    interrupts = False
    rings_seconds = 1.0

    def __init__(self, hang_up: threading.Event) -> None:
        from calls.telephony.simulator.callees import HungUp, SaidWords
        from calls.telephony.simulator.documents import Taking

        self.taking = Taking.ANSWERS
        self._hang_up, self._end = hang_up, HungUp()
        self._lines = map(SaidWords, chain(["yes speaking"], cycle(SAID)))

    def answer(self, _question: object) -> Any:
        """Say the next thing."""
        return self._end if self._hang_up.is_set() else next(self._lines)


class Watched(PoolManager):
    """Carries the webhooks, and notes how long those of turns took."""

    def __init__(self) -> None:
        super().__init__(maxsize=CALLS)
        self.turns: list[float] = []

    def urlopen(self, method: str, url: str, *args: Any, **more: Any) -> BaseHTTPResponse:
        began = time.perf_counter()
        answer = super().urlopen(method, url, *args, **more)
        if "/twilio/turn/" in url:
            self.turns.append(time.perf_counter() - began)
        return answer


def measure(env: Environment, findings: Findings) -> None:
    """Hold the calls, and look at the memory of the web workers meanwhile."""
    from config.management.commands.serve import WEB

    port, database = free_port(), "bench_0"
    env.database.client.drop_database(database)
    scale.fill(env, [0])
    more = {name: env.settings[name] for name in ("MONGODB_URI", "SECRET_KEY", "DATABASE_URL")}
    settings = as_in_a_trial(env.var, port=port, **more | {"MONGODB_DATABASE": database, "DEBUG": "false"})
    with Server([*WEB, *ANY_PORT], settings, log=env.var / "held.log", port=port) as server:
        server.wait()
        found, memory, share = _watch(server, settings)
    p50, p99 = (percentile(found["turns"], part) for part in (0.5, 0.99))
    wrong = f"{len(found['wrong'])} went wrong{_described(found['wrong'])}"
    findings.add(
        f"{CALLS:,} calls held at once by the simulator for {HELD_SECONDS} s",
        f"{found['before']} under way, {found['after']} at the end, {wrong}; "
        f"{len(found['turns'])} turns, p50 {milliseconds(p50)}, p99 {milliseconds(p99)} as the "
        f"simulator sees it, which takes {share:.0%} of a processor itself",
        f"none dropped, p99 under {P99_SECONDS:.0f} s",
        found["before"] == found["after"] == CALLS and not found["wrong"] and p99 < P99_SECONDS,
    )
    resident, own = max(memory), max(share for _, share in memory)
    findings.add(
        "memory of a web worker meanwhile",
        f"at most {resident[0] / MEGABYTE:.0f} MB (RSS), of which {own / MEGABYTE:.0f} MB are its own share (PSS)",
        f"under {MEMORY_MOST} MB",
        resident[0] < MEMORY_MOST * MEGABYTE,
    )


def _described(wrong: list[str]) -> str:
    """Return how many went wrong in which way, in brackets; nothing where none did."""
    ways = ", ".join(f"{count} {way}" for way, count in Counter(wrong).most_common())
    return f" ({ways})" if ways else ""


def _watch(server: Server, settings: dict[str, str]) -> tuple[dict[str, Any], list[tuple[int, int]], float]:
    """Run the simulator; return what it found, the workers' memory (RSS, PSS) at every second, and its CPU a second."""
    words = [sys.executable, "-m", "tests.tools.bench.held_calls", str(CALLS), str(HELD_SECONDS)]
    memory, began, share = [], time.monotonic(), 0.0
    with (
        server.log.with_name("simulator.log").open("w") as log,
        subprocess.Popen(words, cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, stderr=log) as simulator,
    ):
        while True:
            try:
                said, _ = simulator.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                memory += [memory_bytes(pid) for pid in server.ids[1:]]
                share = cpu_seconds(simulator.pid) / (time.monotonic() - began)
    return json.loads(said), memory, share


def hold(count: int, seconds: float) -> dict[str, Any]:
    """Place so many calls, play them, and hang up once all were held for so long."""
    from calls.telephony.simulator.documents import IN_PROGRESS
    from calls.telephony.simulator.documents import calls as placed
    from calls.telephony.simulator.exchange import Exchange

    hang_up, stop, pools = threading.Event(), threading.Event(), Watched()
    exchange = Exchange(
        pace=1.0,
        callee_for=lambda _: Talker(hang_up),
        pools=pools,
        at_once=count,
        poll_seconds=POLL_SECONDS,
        lease_seconds=LEASE_SECONDS,
    )
    playing = threading.Thread(target=exchange.run, args=(stop,))
    playing.start()
    order_calls(count)  # with the network at work, as ever: one after the other, and each rings at once
    under_way, until = {"status": IN_PROGRESS}, time.monotonic() + 120
    while placed().count_documents(under_way) < count and time.monotonic() < until:
        time.sleep(0.5)
    before = placed().count_documents(under_way)
    pools.turns.clear()
    time.sleep(seconds)
    after, turns = placed().count_documents(under_way), list(pools.turns)
    hang_up.set()  # each does so when it is asked next, so not all at once
    until = time.monotonic() + 120
    while placed().count_documents({"is_done": False}) and time.monotonic() < until:
        time.sleep(0.5)
    stop.set()
    playing.join()
    well = {"status": "completed", "application_error": None, "persona": Talker.name, "is_done": True}
    wrong = [_what_became_of(call) for call in placed().find({"$nor": [well]})]
    return {"before": before, "after": after, "wrong": wrong, "turns": turns}


def _what_became_of(call: dict[str, Any]) -> str:
    error = (call.get("application_error") or {}).get("code", "no error")
    return f"{call['status']}, {error}, {'done' if call['is_done'] else 'left'}"


def order_calls(count: int) -> None:
    """Add slots enough for all, and place the calls."""
    from mongoengine import connection

    from calls.placing import place_call
    from calls.telephony.simulator.backend import Simulator
    from tests.tools.bench import workload

    database, now = connection.get_db(), datetime.now(UTC)
    workload.store(database, "slots", [_slot(number, now) for number in range(INTERVIEWERS * STARTS)])
    for key in workload.fresh_candidates(database, count):
        place_call(candidate_id=key, now=now, telephony=Simulator())


def _slot(number: int, now: datetime) -> dict[str, Any]:
    who, start = divmod(number, STARTS)
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=24 + start)
    return {
        "interviewer_name": f"Interviewer {who}",
        "interviewer_email": f"interviewer{who}@acme.example",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "status": "open",
        "created_at": now,
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(hold(int(sys.argv[1]), float(sys.argv[2]))))
