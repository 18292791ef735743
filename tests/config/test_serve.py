import io
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import IO

import pytest
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from config.management.commands.prepare import admin_password, password_file
from config.management.commands.serve import (
    REVIVALS_PER_MINUTE,
    Child,
    Command,
    check_port_is_free,
    mail_line,
    phone_line,
    sign_in_line,
)
from config.mongo.embedded import EmbeddedMongo

pytestmark = pytest.mark.slow


@pytest.fixture
def child(request: pytest.FixtureRequest) -> Iterator[Child]:
    started = Child("The test", ["-c", request.param], pause_seconds=0)
    yield started
    started.end()
    started.wait(5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(tmp_path: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=project.BASE_DIR,
        env=os.environ
        | {"VAR_DIR": str(tmp_path), "PORT": str(port), "DATABASE_URL": f"sqlite:///{tmp_path / 'django.sqlite3'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(output: IO[str], text: str) -> str:
    """Return what is written up to the line with the text."""
    lines = []
    for line in output:
        lines.append(line)
        if text in line:
            break
    return "".join(lines)


def revive_when_dead(child: Child) -> str:
    child.process.wait(10)
    return child.revive()


def test_one_command_runs_it_all_and_one_signal_stops_it(tmp_path: Path) -> None:
    port = free_port()
    server = start(tmp_path, port)
    assert server.stdout
    shown = read_until(server.stdout, "Ctrl-C stops it")

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=10) as answer:
        assert answer.status == 200
    server.send_signal(signal.SIGTERM)
    rest, _ = server.communicate(timeout=20)

    assert f"http://localhost:{port}/admin/" in shown
    assert f"admin, password in {tmp_path / 'admin_password'}" in shown
    assert (tmp_path / "admin_password").read_text().strip() not in shown + rest
    assert "simulated" in shown
    assert "Stopped: the jobs, the server, the database." in rest
    assert server.returncode == 0
    assert EmbeddedMongo(tmp_path / "mongo").status().running is None
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_taken_port_is_said_in_a_sentence(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.PORT = server.getsockname()[1]

        with pytest.raises(CommandError, match=rf"^Port {settings.PORT} is taken; PORT={settings.PORT + 1} make run$"):
            check_port_is_free()


def test_an_address_that_is_not_ours_is_said_in_a_sentence(settings) -> None:
    settings.HOST = "192.0.2.1"

    with pytest.raises(CommandError, match=r"^Cannot listen on 192\.0\.2\.1"):
        check_port_is_free()


@pytest.mark.parametrize("child", ["raise SystemExit(7)"], indirect=True)
def test_a_process_that_keeps_dying_ends_it_all(child: Child) -> None:
    revived = [revive_when_dead(child) for _ in range(REVIVALS_PER_MINUTE)]
    child.process.wait(10)

    assert revived == ["The test ended with code 7; it was started again."] * REVIVALS_PER_MINUTE

    with pytest.raises(CommandError, match="The test ended 4 times within a minute, last with code 7"):
        child.revive()


@pytest.mark.parametrize("child", ["import time; time.sleep(60)"], indirect=True)
def test_a_process_that_lives_is_left_alone(child: Child) -> None:
    process = child.process

    assert child.revive() == ""
    assert child.process is process


@pytest.mark.parametrize(
    "child",
    ["import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"],
    indirect=True,
)
def test_a_process_that_does_not_end_is_killed(child: Child) -> None:
    child.end()

    child.wait(0.2)

    assert child.process.returncode in {-signal.SIGKILL, -signal.SIGTERM}


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_preparing_makes_an_admin_whose_password_only_we_can_read(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = project.VAR_DIR
    call_command("prepare", verbosity=0)
    path = project.VAR_DIR / "admin_password"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert admin_password() == path.read_text().strip()
    assert get_user_model().objects.get().is_superuser


class Terminal(io.StringIO):
    """What somebody looks at, and nobody keeps."""

    def isatty(self) -> bool:
        return True


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("out", "is_first", "is_told"),
    [(Terminal(), True, True), (Terminal(), False, False), (io.StringIO(), True, False)],
)
def test_the_password_is_shown_on_a_terminal_once(out: io.StringIO, is_first: bool, is_told: bool) -> None:
    call_command("prepare", verbosity=0)

    Command(stdout=out)._report(is_first=is_first)

    assert (admin_password() in out.getvalue()) == is_told
    assert str(password_file()) in out.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_where_the_password_is_another_none_is_reported() -> None:
    call_command("prepare", verbosity=0)
    get_user_model().objects.update(is_active=False)

    assert sign_in_line(may_show=True) == "with a user of yours"


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_preparing_again_changes_nothing() -> None:
    call_command("prepare", verbosity=0)
    before = admin_password()

    call_command("prepare", verbosity=0)

    assert before == admin_password() != ""


@pytest.mark.parametrize("damage", [b"", b"\0" * 13, b"\xff"])
@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_preparing_tells_of_a_damaged_password_and_what_to_do(damage: bytes) -> None:
    call_command("prepare", verbosity=0)
    path, shown = project.VAR_DIR / "admin_password", StringIO()
    path.write_bytes(damage)

    call_command("prepare", verbosity=0, stderr=shown, no_color=True)

    assert shown.getvalue() == (
        f"{path} is damaged: set another password by `manage.py changepassword admin`, and delete that file.\n"
    )
    assert admin_password() == ""


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_preparing_leaves_users_as_they_are() -> None:
    get_user_model().objects.create_user("asha", password="of-her-own")

    call_command("prepare", verbosity=0)

    assert [user.username for user in get_user_model().objects.all()] == ["asha"]


@pytest.mark.django_db
@pytest.mark.usefixtures("database")
def test_a_password_that_was_changed_is_not_shown() -> None:
    call_command("prepare", verbosity=0)
    admin = get_user_model().objects.get()
    admin.set_password("of my own choice")
    admin.save()

    assert admin_password() == ""


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))

    run = subprocess.run(
        [sys.executable, "manage.py", "prepare"], cwd=project.BASE_DIR, capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert run.stderr.startswith("CommandError: The database at MONGODB_URI does not answer")
    assert "Traceback" not in run.stderr


def test_it_says_which_phone_rings_and_where_mail_goes(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = "var/mail"
    assert phone_line("http://localhost:8000") == (
        "simulated, no real phone rings; pick up at http://localhost:8000/phone/"
    )
    assert mail_line() == "written to var/mail"

    settings.SIMULATED = False
    settings.TWILIO_PHONE_NUMBER = "+15005550006"
    settings.PUBLIC_BASE_URL = "https://calls.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "mail.example.com", 587
    assert (
        phone_line("http://localhost:8000")
        == "Twilio, from +15005550006; Twilio reaches us at https://calls.example.com"
    )
    assert mail_line() == "sent through mail.example.com:587"
