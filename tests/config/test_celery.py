import inspect
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

import pytest
from django.conf import settings as project
from django.utils.module_loading import import_string

from config.celery import add_task, app, build

pytestmark = pytest.mark.slow

seen: list[datetime] = []


def note(*, now: datetime) -> int:
    seen.append(now)
    return 2


@pytest.fixture
def broker(tmp_path, monkeypatch) -> Iterator[str]:
    """Run a Redis of the test's own."""
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    redis = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    yield url
    redis.terminate()
    redis.wait()


@pytest.mark.parametrize("path", project.JOBS)
def test_every_job_has_a_task_and_a_beat(path: str) -> None:
    beat = app.conf.beat_schedule[path]

    assert path in app.tasks
    assert beat["task"] == path
    assert beat["schedule"] == beat["options"]["expires"] == project.JOBS[path]


@pytest.mark.parametrize("path", project.JOBS)
def test_every_job_can_be_imported_and_takes_the_time(path: str) -> None:
    now = inspect.signature(import_string(path)).parameters["now"]

    assert now.kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.usefixtures("database")
def test_a_task_runs_its_job_with_the_time_it_is() -> None:
    task = add_task(build(), f"{__name__}.note")

    done = task.apply()

    assert done.get() == 2
    assert abs((datetime.now(UTC) - seen[-1]).total_seconds()) < 60


def read_until(log: IO[str], pattern: str) -> str:
    """Return the log up to the line in which the pattern is found."""
    lines = []
    for line in log:
        lines.append(line)
        if re.search(pattern, line):
            break
    return "".join(lines)


@pytest.mark.usefixtures("database")
def test_a_worker_runs_what_the_broker_brings(broker: str) -> None:
    path = "interviews.jobs.free_expired_holds"
    with subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "INFO"],
        cwd=project.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as worker:
        sender = build()
        sender.conf.broker_url = broker
        with sender.connection_for_write() as connection:
            connection.ensure_connection(max_retries=50, interval_start=0.1, interval_step=0)
            sender.send_task(path, connection=connection)
        assert worker.stdout
        log = read_until(worker.stdout, rf"Task {re.escape(path)}.*(succeeded|raised)")
        worker.terminate()

    assert f"Task {path}" in log
    assert "succeeded" in log


WORKER = """
import logging
from config.celery import app
app.loader.init_worker()
app.log.setup(loglevel="DEBUG")
print([type(handler.formatter).__name__ for handler in logging.getLogger().handlers])
print(logging.getLogger("celery.task").propagate, logging.getLogger().level)
"""


def test_workers_and_beat_write_the_log_as_everything_does() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=project.BASE_DIR, capture_output=True, text=True, check=True
    )

    assert shown.stdout.splitlines() == ["['LineFormatter']", "True 20"]
