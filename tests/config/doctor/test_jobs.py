from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.doctor import jobs
from config.doctor.findings import Finding, Verdict
from config.jobs.documents import JobRun

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def two_jobs(database: object, settings: Any) -> None:
    settings.JOBS = {"calls.jobs.dial": 5, "calls.jobs.compare": 900}


def ran(name: str, ago: timedelta = timedelta(seconds=3), **facts: Any) -> None:
    at = NOW - ago
    JobRun(name=name, started_at=at, finished_at=at, host="one", pid=1, **facts).save()


def test_jobs_that_ran_lately_are_alive() -> None:
    ran("calls.jobs.dial")
    ran("calls.jobs.compare", timedelta(minutes=45))

    assert list(jobs.check_jobs(NOW)) == [Finding("Jobs", Verdict.RIGHT, "All 2 run, on one.")]


def test_no_job_that_ever_ran_is_reported() -> None:
    (finding,) = jobs.check_jobs(NOW)

    assert (finding.verdict, finding.words, finding.advice) == (Verdict.WRONG, "None has ever run.", jobs.START)


def test_jobs_that_all_stopped_are_reported_in_one_line() -> None:
    ran("calls.jobs.dial", timedelta(hours=3))
    ran("calls.jobs.compare", timedelta(hours=4))

    (finding,) = jobs.check_jobs(NOW)

    assert finding.words == "None runs; one last ran at 2026-03-02 01:30:00 UTC."


def test_job_that_stopped_is_reported() -> None:
    ran("calls.jobs.dial", timedelta(minutes=6))
    ran("calls.jobs.compare")

    (finding,) = jobs.check_jobs(NOW)

    assert finding.words == "calls.jobs.dial last ran at 2026-03-02 04:24:00 UTC."


def test_job_that_never_ran_is_reported() -> None:
    ran("calls.jobs.dial")

    (finding,) = jobs.check_jobs(NOW)

    assert finding.words == "calls.jobs.compare has never run."


def test_job_that_fails_is_reported() -> None:
    ran("calls.jobs.dial", failures=4, error="OperationFailure")
    ran("calls.jobs.compare")

    (finding,) = jobs.check_jobs(NOW)

    assert finding.verdict == Verdict.WRONG
    assert finding.words == "calls.jobs.dial failed 4 times in a row, last with OperationFailure on one."
