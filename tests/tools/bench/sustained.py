"""Turns as fast as they are answered, and turns that come at a pace of their own, as those of 600 calls do."""

from tests.tools.bench import workload
from tests.tools.bench.environment import Environment
from tests.tools.bench.figures import percentile
from tests.tools.bench.load import Load
from tests.tools.bench.servers import Server
from tests.tools.bench.table import Findings, milliseconds

AT_LEAST_PER_SECOND, PER_SECOND, P99_SECONDS = 600, 100, 0.1
# Twilio keeps a connection for each of its own senders, not for each call
CLOSED_CONNECTIONS, OPEN_CONNECTIONS = 16, 64


def measure(env: Environment, ours: Server, findings: Findings) -> None:
    _as_fast_as_answered(env, ours, findings)
    _at_a_pace(env, ours, findings)


def _as_fast_as_answered(env: Environment, ours: Server, findings: Findings) -> None:
    requests = workload.turns(env.database, 2_000 if env.is_quick else 12_000)
    load = Load(ours.port, connections=CLOSED_CONNECTIONS)
    before, mongod = ours.cpu_seconds(), env.mongod_cpu_seconds()
    run = load.closed(requests)
    shares = {
        "the web workers": ours.cpu_seconds() - before,
        "mongod": env.mongod_cpu_seconds() - mongod,
        "the load": run.own_cpu_seconds,
    }
    load.close()
    rate = len(requests) / run.seconds
    took = ", ".join(f"{name} {seconds / run.seconds:.0%}" for name, seconds in shares.items())
    findings.add(
        "turns a second, sustained",
        f"{rate:.0f} ({took} of a processor)",
        f"at least {AT_LEAST_PER_SECOND}",
        rate >= AT_LEAST_PER_SECOND,
    )


def _at_a_pace(env: Environment, ours: Server, findings: Findings) -> None:
    requests = workload.turns(env.database, PER_SECOND * (8 if env.is_quick else 60))
    load = Load(ours.port, connections=OPEN_CONNECTIONS)
    run = load.open(requests, per_second=PER_SECOND)
    load.close()
    half, most = percentile(run.latencies, 0.5), percentile(run.latencies, 0.99)
    findings.add(
        f"{PER_SECOND} turns a second, however slow the answers: about 600 calls at once",
        f"p50 {milliseconds(half)}, p99 {milliseconds(most)}",
        f"p99 under {P99_SECONDS * 1000:.0f} ms",
        most < P99_SECONDS,
    )
