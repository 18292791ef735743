"""Turns, status callbacks, lists and calls started: ours beside the floor and beside the plain FastAPI version."""

import json
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from calls.placing import place_call
from calls.telephony.base import CallOrder, PlacedCall
from tests.config import many_candidates
from tests.tools.bench import floors, workload
from tests.tools.bench.environment import Environment, start_fake_twilio
from tests.tools.bench.http_requests import get
from tests.tools.bench.load import Load
from tests.tools.bench.rounds import Measurement, Samples, cpu, cpu_ratio, in_process, interleaved, latency, on_server
from tests.tools.bench.servers import Server
from tests.tools.bench.table import Findings, milliseconds

# What, whose job, beside whose, the goal; without one it is there to read the others by
COMPARED = (
    ("a whole turn / the floor", "turn, ours", "turn, floor", 3.0),
    ("a whole turn / plain FastAPI", "turn, ours", "turn, fastapi", 0.85),
    ("a status callback / the floor", "status, ours", "status, floor", 2.5),
    ("a list of 50 / the floor", "list, ours", "list, floor", None),
    ("a list of 50 / plain FastAPI", "list, ours", "list, fastapi", 0.25),
    ("the floor of a list of 50 / plain FastAPI", "list, floor", "list, fastapi", None),
    ("starting a call / the floor", "start, ours", "start, floor", None),
    ("starting a call / plain FastAPI", "start, ours", "start, fastapi", 0.5),
    ("the floor of starting a call / plain FastAPI", "start, floor", "start, fastapi", None),
    ("place_call without the network / the floor", "place_call, ours", "place_call, floor", 4.0),
)
LISTED = 1_000


class NoNetwork:
    """A phone service that takes every call at once."""

    def place(self, _order: CallOrder) -> PlacedCall:
        return PlacedCall(f"CA{ObjectId()}00000000", "queued")


def measure(env: Environment, findings: Findings) -> tuple[Server, Server]:
    """Go through the rounds; return our server, warm, and the floor's."""
    many_candidates.fill(env.database, candidates=LISTED, now=datetime.now(UTC))
    with start_fake_twilio(env.settings, env.var) as other_twilio:
        ours, floor, fastapi = env.ours(), env.floor(), env.plain_fastapi(other_twilio.wait())
        for server in (ours, floor, fastapi):
            server.wait()
        _count_connections(env, ours, findings)
        samples = interleaved(_measurements(env, ours, floor, fastapi), rounds=7 if env.is_quick else 11)
        fastapi.end()
    for what, one, other, most in COMPARED:
        ratio = cpu_ratio(samples[one], samples[other])
        findings.compare(what, ratio, most=most, beside=_beside(samples, one, other))
    return ours, floor


def _beside(samples: Samples, one: str, other: str) -> str:
    """Say what a ratio is made of: the CPU of both, and both latencies."""
    own, theirs = samples[one], samples[other]
    took = f"{milliseconds(cpu(own).middle)} of CPU beside {milliseconds(cpu(theirs).middle)}"
    waited = f"answered in {milliseconds(latency(own).middle)} and {milliseconds(latency(theirs).middle)}"
    return f"{took}, {waited}"


def _measurements(env: Environment, ours: Server, floor: Server, fastapi: Server) -> dict[str, Measurement]:
    database, token = env.database, env.token
    many, some, few = (120, 60, 30) if env.is_quick else (400, 200, 100)
    makers = {
        "turn": (lambda: workload.turns(database, many), (ours, floor, fastapi)),
        "status": (lambda: workload.statuses(database, many), (ours, floor)),
        "list": (lambda: workload.lists(database, some, token), (ours, floor, fastapi)),
        "start": (lambda: workload.starts(database, few, token), (ours, floor, fastapi)),
    }
    names = {id(ours): "ours", id(floor): "floor", id(fastapi): "fastapi"}
    measurements: dict[str, Measurement] = {
        f"{job}, {names[id(server)]}": lambda make=make, server=server: on_server(server, make())
        for job, (make, servers) in makers.items()
        for server in servers
    }
    measurements["place_call, ours"] = lambda: _place_ours(database, many)
    measurements["place_call, floor"] = lambda: _place_bare(database, many)
    return measurements


def _place_ours(database: Any, count: int) -> Any:
    keys = workload.fresh_candidates(database, count)

    def place() -> int:
        for key in keys:
            place_call(candidate_id=key, now=datetime.now(UTC), telephony=NoNetwork())
        return count

    return in_process(place)


def _place_bare(database: Any, count: int) -> Any:
    keys = workload.fresh_candidates(database, count)

    def place() -> int:
        for key in keys:
            floors.place_call(database, key)
        return count

    return in_process(place)


def _count_connections(env: Environment, ours: Server, findings: Findings) -> None:
    """Count how often our workers connect to Twilio for calls that are started one after the other."""
    calls = 0
    for _ in range(8):  # new connections, so that each worker gets some
        calls += 4
        on_server(ours, workload.starts(env.database, 4, env.token), connections=1)
    made, workers = connections_to(env.twilio), len(ours.ids) - 1
    found = f"{made} for {calls} calls one after the other on {workers} workers"
    findings.add("connections to Twilio", found, "at most 1 a worker", made <= workers)


def connections_to(twilio: Server) -> int:
    """Return how many connections the stand-in for Twilio was asked for calls on."""
    load = Load(twilio.port, connections=1, keeps_bodies=True)
    (body,) = load.closed([get("/connections")]).bodies
    load.close()
    return int(json.loads(body)["connections"])
