import json
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from calls import telephony
from config.mongo import client
from tests.config import many_candidates
from tests.factories import NOW
from tests.servers import served
from tests.tools.bench import comparison, environment, figures, rounds, servers, table, workload
from tests.tools.bench.__main__ import JUDGED
from tests.tools.bench.figures import Spread
from tests.tools.bench.http_requests import Request, get
from tests.tools.bench.load import Load, WrongAnswer
from tests.tools.bench.servers import AUTH_TOKEN, PUBLIC_BASE_URL, Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="CPU is read from the kernel's clocks and /proc")
TOKEN = {"Authorization": "Token known"}
FASTAPI = pytest.mark.skipif(not find_spec("fastapi"), reason="fastapi is missing: make bench installs it")


def test_spread_is_the_median_and_how_far_the_figures_are_from_it() -> None:
    found = figures.spread([1.0, 2.0, 3.0, 4.0, 100.0])

    assert found == Spread(middle=3.0, scatter=1.0)


def test_ratio_divides_round_by_round_so_that_a_slow_round_falls_out() -> None:
    found = figures.ratio([2.0, 20.0, 3.0], [1.0, 10.0, 1.0])

    assert found == Spread(middle=2.0, scatter=0.0)


def test_percentile_is_not_exceeded_by_so_many() -> None:
    latencies = [float(number) for number in range(100)]

    found = [figures.percentile(latencies, part) for part in (0.5, 0.99, 1.0)]

    assert found == [50.0, 99.0, 99.0]


def test_rounds_take_turns_and_the_first_is_not_counted() -> None:
    asked: list[str] = []

    samples = rounds.interleaved({name: lambda name=name: asked.append(name) for name in "ab"}, rounds=2)

    assert asked == ["a", "b"] * 3
    assert {name: len(found) for name, found in samples.items()} == {"a": 2, "b": 2}


def test_ratio_has_grown_only_by_more_than_a_quarter() -> None:
    committed = {"turn": 2.0, "list": 0.2, "gone": 1.0}

    assert figures.grown({"turn": 2.5, "list": 0.26, "new": 9.0}, committed) == {"list": pytest.approx(1.3)}


def test_gate_fails_for_a_judged_ratio_and_only_reports_the_others() -> None:
    ratios = {"turn": Spread(4.0, 0.1), "list": Spread(0.2, 0.1)}
    committed = {"turn": 2.0, "list": 0.2}

    lines, has_grown = table.verdict(ratios, committed, judged=["turn"])
    _, would_have = table.verdict(ratios, committed, judged=["list"])

    assert (has_grown, would_have) == (True, False)
    assert lines[0].startswith("GREW  turn: 4.00, committed 2.00")
    assert lines[1] == "holds  list: 0.20, committed 0.20 (reported only)"


def test_ratio_that_scatters_too_far_to_tell_has_not_grown() -> None:
    _, has_grown = table.verdict({"turn": Spread(2.6, 0.2)}, {"turn": 2.0}, judged=["turn"])

    assert not has_grown


def test_table_takes_the_place_of_the_one_before() -> None:
    readme = f"before\n{table.BEGIN}old\n{table.END}\nafter\n"

    assert table.with_table(readme, "new\n") == f"before\n{table.BEGIN}new\n{table.END}\nafter\n"


def test_finding_beyond_its_goal_is_told_as_missed() -> None:
    findings = table.Findings()

    findings.compare("turn", Spread(3.5, 0.1), most=3, beside="1 ms beside 2 ms")

    assert table.markdown(findings.rows, on=NOW.date(), quick=True).splitlines()[-1] == (
        "| turn | 3.50 × ± 0.10; 1 ms beside 2 ms | at most 3 × | missed |"
    )


def test_committed_ratios_are_those_that_the_readme_and_the_gate_speak_of() -> None:
    assert set(JUDGED) <= set(table.committed())


def test_every_request_answers_in_words_of_its_own_and_ends_nothing() -> None:
    plain = workload.answers()

    assert len(set(plain)) == len(plain) > 50
    assert set(plain) <= set(workload.utterances())


def test_processes_and_their_children_are_counted(tmp_path: Path) -> None:
    starts_another = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"

    with servers.Processes(["-c", starts_another], {}, log=tmp_path / "log") as started:
        used, until = [0.0], time.monotonic() + 30
        while (len(used) < 2 or not all(used)) and time.monotonic() < until:  # the kernel counts in hundredths
            used = [servers.cpu_seconds(pid) for pid in started.ids]
        resident, own = servers.memory_bytes(started.ids[0])

    assert len(used) == 2
    assert all(seconds > 0 for seconds in used)
    assert resident >= own > 0
    assert not started.is_alive()


@pytest.fixture
def twilio(tmp_path: Path) -> Iterator[Server]:
    """Start what stands in for Twilio's REST API."""
    with environment.start_fake_twilio({}, tmp_path) as started:
        yield started.wait()


@pytest.fixture
def ours(database: Database, settings: Any, twilio: Server) -> Iterator[int]:
    """Serve Callflow to callers on this machine, calling by the stand-in; return its port."""
    settings.DEBUG = settings.SIMULATED = True
    settings.WEBHOOK_AUTH_TOKENS = [AUTH_TOKEN]
    settings.ALLOWED_HOSTS = ["*"]
    settings.TELEPHONY, settings.TWILIO_API_BASE_URL = "twilio", f"http://127.0.0.1:{twilio.port}"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, AUTH_TOKEN
    telephony._twilio.cache_clear()
    with served(settings) as url:
        settings.PUBLIC_BASE_URL = PUBLIC_BASE_URL
        yield int(url.rpartition(":")[2])
    telephony.backend().close()
    telephony._twilio.cache_clear()


def server_settings(database: Database, var: Path, **more: str) -> dict[str, str]:
    """Return the settings of the servers beside ours, on the test's own database."""
    return servers.as_in_production(var, client.embedded().uri(), MONGODB_DATABASE=database.name, **more)


@pytest.fixture
def floor(database: Database, tmp_path: Path, twilio: Server) -> Iterator[int]:
    """Start the bare functions on one worker; return the port."""
    words = ["-m", "uvicorn", "tests.tools.bench.served_floors:application", *environment.ANY_PORT]
    settings = server_settings(database, tmp_path, TWILIO_API_BASE_URL=f"http://127.0.0.1:{twilio.port}")
    with Server(words, settings, log=tmp_path / "floor.log") as started:
        yield started.wait().port


@pytest.fixture
def fastapi(database: Database, tmp_path: Path, twilio: Server) -> Iterator[int]:
    """Start the FastAPI version on one worker; return the port."""
    database.tokens.insert_one({"_id": "known"})
    settings = server_settings(database, tmp_path, TWILIO_API_BASE_URL=f"http://127.0.0.1:{twilio.port}")
    words = ["-m", "uvicorn", "tests.tools.bench.plain_fastapi:app", *environment.ANY_PORT]
    with Server(words, settings, log=tmp_path / "fastapi.log") as started:
        yield started.wait().port


def test_answer_of_another_status_fails_the_measurement(twilio: Server) -> None:
    not_found = Request(get("/connections").raw, expected=404)

    with pytest.raises(WrongAnswer, match=r"\(404, 200\): 1"):
        ask(twilio.port, [not_found])


def test_load_at_a_pace_times_each_request_from_when_it_was_due(twilio: Server) -> None:
    load = Load(twilio.port, connections=1)

    run = load.open([get("/connections")] * 5, per_second=1000)
    load.close()

    assert len(run.latencies) == 5
    assert run.seconds >= 0.004


def ask(port: int, requests: list[Request]) -> list[str]:
    """Send the requests; return the bodies of the answers, whose statuses are as expected."""
    load = Load(port, connections=len(requests), keeps_bodies=True)
    try:
        return [body.decode() for body in load.closed(requests).bodies]
    finally:
        load.close()


def takes_turns(port: int, database: Database) -> None:
    """Assert that two turns are answered, and stored once."""
    said = ask(port, workload.turns(database, 2))

    stored = list(database.sessions.find())
    assert ["<Gather" in answer and "</Response>" in answer for answer in said] == [True, True]
    assert [call["turn_number"] for call in stored] == [3, 3]
    assert {call["turns"][2]["heard"] for call in stored} == set(workload.answers()[:2])


def notes_statuses(port: int, database: Database) -> None:
    """Assert that two statuses are stored with those before them."""
    ask(port, workload.statuses(database, 2))

    stored = list(database.sessions.find())
    assert {call["twilio_status"] for call in stored} == {"ringing", "in-progress"}
    assert [[event["sequence"] for event in call["statuses"]] for call in stored] == [[0, 1]] * 2


def lists_candidates(port: int, database: Database, headers: dict[str, str]) -> None:
    """Assert that two pages of fifty come, with the total."""
    many_candidates.store(
        database,
        "candidates",
        (many_candidates.a_candidate(many_candidates.random.Random(7), n, [], NOW) for n in range(120)),
    )

    pages = [json.loads(page) for page in ask(port, workload.lists(database, 2, headers))]

    assert [page["total"] for page in pages] == [120, 120]
    assert all(0 < len(page["candidates"]) <= 50 for page in pages)
    assert all(each["call_tracking"]["can_call_again"] for page in pages for each in page["candidates"])


def starts_calls(port: int, database: Database, twilio: Server, headers: dict[str, str]) -> None:
    """Assert that two calls are claimed, asked of Twilio and recorded."""
    started = [json.loads(call) for call in ask(port, workload.starts(database, 2, headers))]

    attempts = [candidate["call_tracking"]["call_history"] for candidate in database.candidates.find()]
    assert {call["call_sid"] for call in started} == {attempt["call_sid"] for (attempt,) in attempts}
    assert {attempt["outcome"] for (attempt,) in attempts} == {"initiated"}
    assert {str(call["_id"]) for call in database.sessions.find()} == {call["session_id"] for call in started}
    assert 1 <= comparison.connections_to(twilio) <= 2


def test_our_server_does_what_is_measured(ours: int, database: Database, twilio: Server) -> None:
    takes_turns(ours, database)
    database.sessions.delete_many({})
    notes_statuses(ours, database)
    database.sessions.delete_many({})
    starts_calls(ours, database, twilio, {})
    database.candidates.delete_many({})
    lists_candidates(ours, database, {})


def test_floor_does_the_least_of_each_job(floor: int, database: Database) -> None:
    takes_turns(floor, database)
    database.sessions.delete_many({})
    notes_statuses(floor, database)
    database.sessions.delete_many({})
    assert [len(sid) for sid in map(json.loads, ask(floor, workload.starts(database, 2, {})))] == [34, 34]
    attempts = [candidate["call_tracking"]["call_history"] for candidate in database.candidates.find()]
    assert [attempt["outcome"] for (attempt,) in attempts] == ["initiated"] * 2
    database.candidates.delete_many({})
    many_candidates.store(
        database,
        "candidates",
        (many_candidates.a_candidate(many_candidates.random.Random(7), n, [], NOW) for n in range(120)),
    )
    pages = [json.loads(page) for page in ask(floor, workload.lists(database, 2, {}))]
    assert all(0 < len(page) <= 50 and page[0]["call_tracking"] for page in pages)


@FASTAPI
def test_plain_fastapi_does_the_same_jobs(fastapi: int, database: Database, twilio: Server) -> None:
    takes_turns(fastapi, database)
    database.sessions.delete_many({})
    notes_statuses(fastapi, database)
    database.sessions.delete_many({})
    starts_calls(fastapi, database, twilio, TOKEN)
    database.candidates.delete_many({})
    lists_candidates(fastapi, database, TOKEN)
