import os
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from config.jobs import runs
from config.jobs.documents import JobRun
from config.jobs.runs import run_job

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=2)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    runs._noted.clear()


def busy(*, now: datetime) -> int:
    return 3


def idle(*, now: datetime) -> int:
    return 0


def broken(*, now: datetime) -> int:
    raise ValueError("Asha Rao")


def cut_off(*, now: datetime) -> int:
    raise AutoReconnect("away")


def test_run_is_noted_with_what_it_did() -> None:
    done = run_job("a.job", busy, now=NOW)

    noted = JobRun.objects.get(name="a.job")
    assert (done, noted.done, noted.started_at, noted.failures, noted.error) == (3, 3, NOW, 0, None)
    assert noted.pid == os.getpid()
    assert noted.finished_at == noted.succeeded_at


def test_runs_that_did_nothing_are_noted_now_and_then() -> None:
    run_job("a.job", idle, now=NOW)
    run_job("a.job", idle, now=LATER)

    assert JobRun.objects.get(name="a.job").started_at == NOW


def test_run_that_did_something_is_noted_at_once() -> None:
    run_job("a.job", idle, now=NOW)
    run_job("a.job", busy, now=LATER)

    assert JobRun.objects.get(name="a.job").started_at == LATER


def test_failure_is_noted_without_its_words_and_raised() -> None:
    with pytest.raises(ValueError, match="Asha"):
        run_job("a.job", broken, now=NOW)
    with pytest.raises(ValueError, match="Asha"):
        run_job("a.job", broken, now=NOW)

    noted = JobRun.objects.get(name="a.job")
    assert (noted.error, noted.failures, noted.succeeded_at) == ("ValueError", 2, None)
    assert "Asha" not in str(noted.to_mongo())


def test_success_after_a_failure_is_noted_at_once() -> None:
    run_job("a.job", idle, now=NOW)
    with pytest.raises(ValueError, match="Asha"):
        run_job("a.job", broken, now=NOW)
    run_job("a.job", idle, now=LATER)

    noted = JobRun.objects.get(name="a.job")
    assert (noted.failures, noted.error, noted.started_at) == (0, None, LATER)


def test_failure_for_want_of_the_database_is_not_noted_there() -> None:
    with pytest.raises(AutoReconnect):
        run_job("a.job", cut_off, now=NOW)

    assert JobRun.objects.count() == 0


def test_job_is_done_also_where_it_cannot_be_noted(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    run_job("another.job", busy, now=NOW)
    database.command("collMod", "job_runs", validator={"host": "nowhere"})

    done = run_job("a.job", busy, now=NOW)

    database.command("collMod", "job_runs", validator={})
    assert done == 3
    assert "could not be noted" in caplog.text
