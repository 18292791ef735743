"""What is done seldom, or without a server: an import, the second start, an utterance understood, the round trips."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from config.mongo.supervisor import Paths, Running
from interviews.understanding import Grammar, Utterance
from tests.tools.bench import scale, workload
from tests.tools.bench.environment import Environment
from tests.tools.bench.rounds import cpu, in_process, interleaved
from tests.tools.bench.servers import ROOT, Server, as_in_a_trial, cpu_seconds, free_port, reaped_cpu_seconds
from tests.tools.bench.table import Findings, milliseconds

IMPORTED, IMPORT_SECONDS = 10_000, 10.0
UNDERSTANDING_SECONDS, START_SECONDS = 0.001, 4.0
TRIPS = {"turn": 2, "status": 1, "place_call": 4, "list": 1}


def measure(env: Environment, findings: Findings) -> None:
    count_trips(env, findings)
    understand(findings)
    import_candidates(env, findings)
    start_again(env, findings)


def count_trips(env: Environment, findings: Findings) -> None:
    """Count the round trips to MongoDB, each second time that something is done."""
    words = [
        sys.executable,
        "-m",
        "tests.tools.bench.round_trips",
        env.token["Authorization"].removeprefix("Token "),
    ]
    run = subprocess.run(words, cwd=ROOT, env=os.environ | env.settings, capture_output=True, text=True, check=True)
    for job, commands in json.loads(run.stdout).items():
        found = f"{len(commands)} ({', '.join(commands)})"
        findings.add(f"round trips, {job}", found, f"{TRIPS[job]}", len(commands) <= TRIPS[job])


def understand(findings: Findings) -> None:
    """Understand all the utterances, as answers to an offer."""
    grammar, now = Grammar(), datetime.now(UTC)
    offered = tuple(slot.starts_at for slot in workload.offer().offered)
    asked = " ".join(workload.opening()[-1]["said"])
    said = [
        Utterance(text, now, workload.PERSON.time_zone, offered, asked, workload.CONFIDENCE, "IN")
        for text in workload.utterances()
    ]

    def all_of_them() -> int:
        for utterance in said:
            grammar.understand(utterance)
        return len(said)

    samples = interleaved({"understanding": lambda: in_process(all_of_them)}, rounds=7)
    took = cpu(samples["understanding"])
    findings.add(
        f"understanding one of {len(said)} utterances",
        f"{milliseconds(took.middle)} ± {milliseconds(took.scatter)} of CPU",
        f"under {UNDERSTANDING_SECONDS * 1000:.0f} ms",
        took.middle < UNDERSTANDING_SECONDS,
    )


def import_candidates(env: Environment, findings: Findings) -> None:
    """Import a file of candidates, each time into an empty database that has its indexes."""
    file = env.var / "candidates.csv"
    file.write_text("".join(csv_lines(IMPORTED)), encoding="utf-8")
    settings = env.settings | {"MONGODB_DATABASE": "bench_0"}
    took = []
    for _ in range(1 if env.is_quick else 3):
        env.database.client.drop_database("bench_0")
        scale.fill(env, [0])
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_candidates", str(file)],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
        )
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        added = env.database.client["bench_0"].candidates.count_documents({})
        if process.returncode or added != IMPORTED:
            raise RuntimeError(f"The import ended with {process.returncode} and added {added} of {IMPORTED}.")
        took.append(used.ru_utime + used.ru_stime)
    found = f"{median(took):.1f} s of CPU, the start of the program included"
    findings.add(
        f"import of {IMPORTED:,} candidates", found, f"under {IMPORT_SECONDS:.0f} s", median(took) < IMPORT_SECONDS
    )


def csv_lines(count: int) -> Iterator[str]:
    """Yield the lines of a file of candidates who all differ."""
    yield "name,phone,email,position,company,tags,notes\n"
    for number in range(count):
        who = f"Asha Rao {number},+9198{number:08d},asha{number}@example.com"
        yield f"{who},Backend Engineer,Acme,referred;senior,Spoke to her in spring\n"


def start_again(env: Environment, findings: Findings) -> None:
    """Start all of it twice, as `make run` does; count the CPU of the second start until the server answers."""
    took = []
    var = env.var / "again"
    for number in range(2 if env.is_quick else 4):
        used = _start(env, var)
        took += [used] if number else []
    found = f"{median(took):.1f} s of CPU, all processes and mongod"
    findings.add(
        "start the second time, until it answers", found, f"under {START_SECONDS:.0f} s", median(took) < START_SECONDS
    )


def _start(env: Environment, var: Path) -> float:
    """Start, wait for an answer and stop; return the CPU that was used until the answer."""
    port = free_port()
    settings = as_in_a_trial(var, port=port)
    with Server(["manage.py", "serve"], settings, log=env.var / "again.log", port=port) as server:
        server.wait()
        running = Running.read(Paths(var / "mongo"))
        beside = [running.supervisor, running.mongod] if running else []
        return sum(cpu_seconds(pid) + reaped_cpu_seconds(pid) for pid in [*server.ids, *beside])
