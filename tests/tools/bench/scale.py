"""What lists and the admin's pages cost with ever more candidates: ours beside ours."""

from typing import Any

from pymongo.database import Database

from tests.tools.bench.environment import Environment
from tests.tools.bench.figures import Spread
from tests.tools.bench.http_requests import get
from tests.tools.bench.rounds import (
    Measurement,
    Samples,
    cpu,
    cpu_ratio,
    interleaved,
    latency,
    latency_ratio,
    on_server,
)
from tests.tools.bench.servers import Processes, Server
from tests.tools.bench.table import Findings, milliseconds

FEW, MANY, MOST = 1_000, 100_000, 1_000_000
LISTS_MOST, ADMIN_MOST = 1.5, 3.0
ADMIN = "/admin/candidates/candidate/"
# What is searched for fills the page at any size
PAGES = {
    "the admin's list": ADMIN,
    "the admin's search for a name": f"{ADMIN}?q=a",
    "the admin's search for a number": f"{ADMIN}?q=%2B91+98000001",
    "the admin's filter": f"{ADMIN}?call_tracking_status__exact=max_attempts_reached",
    "the admin's facets": f"{ADMIN}?_facets=True",
}
LISTS = ("list, page 1", "list, a later page", "list, filtered", "list, its count")


def measure(env: Environment, findings: Findings) -> None:
    """Fill databases of several sizes, and go through the pages of all in rounds."""
    sizes = [FEW, MANY] if env.is_quick else [FEW, MANY, MOST]
    fill(env, sizes)
    servers = {size: env.ours(name=f"ours-{size}", MONGODB_DATABASE=f"bench_{size}") for size in sizes}
    measurements: dict[str, Measurement] = {}
    for size, server in servers.items():
        server.wait()
        database = env.database.client[f"bench_{size}"]
        measurements |= _measurements(
            server, size, lists_of(database, env.token) if size != MANY or env.is_quick else {}, 6
        )
        measurements |= _measurements(server, size, pages(env.cookie) if size != MOST else {}, 2)
    samples = interleaved(measurements, rounds=7)
    for server in servers.values():
        server.end()
    for name in LISTS:
        _compare(findings, samples, name, most_candidates=sizes[-1], most=LISTS_MOST)
    for name in PAGES:
        _compare(findings, samples, name, most_candidates=MANY, most=ADMIN_MOST)


def fill(env: Environment, sizes: list[int]) -> None:
    """Fill a database for each size. :raises RuntimeError: that failed."""
    logs = env.var / "fill.log"
    for size in sizes:
        filling = Processes(
            ["-m", "tests.tools.bench.fill_database", str(size)],
            env.settings | {"MONGODB_DATABASE": f"bench_{size}"},
            log=logs,
        )
        if filling.wait_for_end():
            raise RuntimeError(f"A database is not filled: {logs.read_text()[-3000:]}")


def lists_of(database: Database[Any], headers: dict[str, str]) -> dict[str, list[bytes | Any]]:
    """Return the requests for pages of the list: the first, one in the middle, one filtered, and the mere count."""
    middle = database.candidates.estimated_document_count() // 2
    (found,) = database.candidates.find({}, {"_id": 1}).sort("_id").skip(middle).limit(1)
    called = database.sessions.find_one({}, {"candidate": 1})
    paths = (
        "/list-candidates",
        f"/list-candidates?after={found['_id']}",
        f"/api/calls/?candidate={called['candidate']}",
        "/list-candidates?limit=1",
    )
    return {name: [get(path, headers)] for name, path in zip(LISTS, paths, strict=True)}


def pages(cookie: dict[str, str]) -> dict[str, list[Any]]:
    """Return the requests for the admin's pages."""
    return {name: [get(path, cookie)] for name, path in PAGES.items()}


def _measurements(server: Server, size: int, requests: dict[str, list[Any]], times: int) -> dict[str, Measurement]:
    return {
        f"{name}, {size}": lambda asked=asked * times: on_server(server, asked, connections=2)
        for name, asked in requests.items()
    }


def _compare(findings: Findings, samples: Samples, name: str, *, most_candidates: int, most: float) -> None:
    """Add the row of a page: the larger of what its time and its CPU grow by counts."""
    few, many = samples[f"{name}, {FEW}"], samples[f"{name}, {most_candidates}"]
    time, effort = latency_ratio(many, few), cpu_ratio(many, few)
    larger: Spread = max(time, effort, key=lambda found: found.middle)
    beside = (
        f"time {time.middle:.2f} × ({milliseconds(latency(few).middle)} -> {milliseconds(latency(many).middle)}), "
        f"CPU {effort.middle:.2f} × ({milliseconds(cpu(few).middle)} -> {milliseconds(cpu(many).middle)})"
    )
    findings.compare(f"{name}: {FEW:,} -> {most_candidates:,} candidates", larger, most=most, beside=beside)
