"""The measurements of a round: one job on one server or in this process; each round goes through all of them.

The first round warms up and is not counted.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.tools.bench.figures import Spread, ratio, spread
from tests.tools.bench.http_requests import Request
from tests.tools.bench.load import Load
from tests.tools.bench.servers import Server

# Two web workers with eight threads each, half of them busy
CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One request's share of a cell: the server's CPU (user and system), and the median latency. Seconds."""

    cpu: float
    latency: float


Measurement = Callable[[], Sample]
Samples = dict[str, list[Sample]]


def on_server(server: Server, requests: Sequence[Request], *, connections: int = CONNECTIONS) -> Sample:
    """Send the requests over new connections, which the kernel spreads over the workers."""
    load = Load(server.port, connections=connections)
    before = server.cpu_seconds()
    run = load.closed(requests)
    cpu = server.cpu_seconds() - before
    load.close()
    return Sample(cpu / len(requests), median(run.latencies))


def in_process(job: Callable[[], int]) -> Sample:
    """Do the job in this process; it returns how often it was done."""
    began, before = time.perf_counter(), time.process_time()
    times = job()
    return Sample((time.process_time() - before) / times, (time.perf_counter() - began) / times)


def interleaved(measurements: Mapping[str, Measurement], *, rounds: int) -> Samples:
    """Go through the measurements so many times and once before that; return the samples of each."""
    samples: Samples = {name: [] for name in measurements}
    for number in range(rounds + 1):
        for name, cell in measurements.items():
            sample = cell()
            if number:
                samples[name].append(sample)
    return samples


def cpu(samples: Sequence[Sample]) -> Spread:
    return spread([sample.cpu for sample in samples])


def latency(samples: Sequence[Sample]) -> Spread:
    return spread([sample.latency for sample in samples])


def cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Spread:
    """Return how many times the CPU of theirs ours takes, round by round."""
    return ratio([sample.cpu for sample in ours], [sample.cpu for sample in theirs])


def latency_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Spread:
    """Return how many times as long as theirs ours takes, round by round."""
    return ratio([sample.latency for sample in ours], [sample.latency for sample in theirs])
