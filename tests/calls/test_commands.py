import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pymongo.errors import ServerSelectionTimeoutError

from calls import turns
from calls.management.commands import call, run_jobs
from calls.telephony.twilio.twiml import Keys, Nothing
from candidates.documents import Candidate
from tests.calls.webhooks import CALL_SID, status
from tests.factories import NOW, a_candidate, an_attempt


def output_of(*arguments: str, lines: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    if monkeypatch:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


# --- call


def test_call_places_a_call(database: object) -> None:
    candidate = a_candidate()

    said = output_of("call", str(candidate.id))

    assert said.startswith(f"Call initiated to {candidate.phone}: CA")


@pytest.mark.parametrize("candidate_id", ["6b02c37d3c74f49924fbae88", "nonsense"])
def test_call_to_nobody_exits_with_two(candidate_id: str, database: object) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("call", candidate_id)

    assert raised.value.returncode == 2


def test_call_that_may_not_be_made_exits_with_one(database: object) -> None:
    candidate = a_candidate()
    an_attempt(candidate)

    with pytest.raises(CommandError, match="under way") as raised:
        call_command("call", str(candidate.id))

    assert raised.value.returncode == 1


def test_call_that_was_refused_exits_with_three(database: object) -> None:
    candidate = a_candidate(phone="+15005550004")

    with pytest.raises(CommandError) as raised:
        call_command("call", str(candidate.id))

    assert raised.value.returncode == 3


def test_followed_call_is_shown_to_its_end(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate = a_candidate()
    answers = iter([(0, Nothing()), (1, Nothing()), (2, Keys("1"))])

    def talk(_: float) -> None:
        attempt = Candidate.objects.get(id=candidate.id).call_tracking.call_history[0]
        number, heard = next(answers, (None, None))
        if number is None:
            status(attempt.session_id, "completed", 3, call_sid=CALL_SID)
        else:
            turns.take_turn(session_id=attempt.session_id, number=number, call_sid=CALL_SID, heard=heard, now=NOW)

    monkeypatch.setattr(call, "time", SimpleNamespace(sleep=talk))

    said = output_of("call", str(candidate.id), "--follow")

    assert "☎  Hello, this is an automated call from Acme." in said
    assert "> (silence)" in said
    assert "> 1" in said
    assert said.endswith("Ended: no_agreement\n")


# --- rehearse


def test_rehearsal_goes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    said = output_of("rehearse", "--cues", lines="yes\n2\n\nyes\n", monkeypatch=monkeypatch)

    assert "[chose]" in said
    assert "[no_input]" in said
    assert "It's booked" in said


def test_rehearsal_hung_up_exits_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as raised:
        output_of("rehearse", lines="yes\n", monkeypatch=monkeypatch)

    assert raised.value.code == 1


# --- run_jobs


def test_every_job_runs_once(database: object) -> None:
    said = output_of("run_jobs", "--once")

    assert [line.partition(":")[0] for line in said.splitlines()] == list(settings.JOBS)


def test_job_that_fails_comes_again(database: object, settings: object, caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()
    settings.JOBS = {"fails": 0}
    runs: list[datetime] = []

    def fails(*, now: datetime) -> int:
        runs.append(now)
        if len(runs) == 2:
            stop.set()
        raise RuntimeError("broken")

    run_jobs.run({"fails": fails}, stop)

    assert len(runs) == 2
    assert "Job fails failed" in caplog.text


def test_job_that_finds_the_database_away_says_so_in_one_line(settings: object, caplog: object) -> None:
    stop = threading.Event()
    settings.JOBS = {"waits": 0}

    def waits(*, now: datetime) -> int:
        stop.set()
        raise ServerSelectionTimeoutError("nobody there")

    run_jobs.run({"waits": waits}, stop)

    assert caplog.messages == ["Job waits waits 0 s: the database is away: nobody there"]


def test_jobs_keep_their_own_pace(database: object, settings: object) -> None:
    stop = threading.Event()
    settings.JOBS = {"often": 0, "seldom": 3600}
    runs = {"often": 0, "seldom": 0}

    def job(name: str) -> Callable[..., int]:
        def run(*, now: datetime) -> int:
            runs[name] += 1
            if runs["often"] == 3:
                stop.set()
            return 1

        return run

    run_jobs.run({name: job(name) for name in runs}, stop)

    assert runs == {"often": 3, "seldom": 1}


def test_jobs_end_when_told_to(database: object) -> None:
    command = [sys.executable, "manage.py", "run_jobs"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ, stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=20) == 0
