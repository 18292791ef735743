import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.utils import timezone

from interviews.documents import Slot

pytestmark = pytest.mark.usefixtures("database")

IN_A_WEEK = (timezone.now() + timedelta(days=7)).date()


def add_slots(*more: str, email: str = "priya@acme.example", **changes: str) -> None:
    """Add two hours in Kolkata on each day of the week that begins in a week."""
    options = {
        "name": "Priya Sharma",
        "first": f"{IN_A_WEEK}",
        "last": f"{IN_A_WEEK + timedelta(days=6)}",
        "days": "mon-sun",
        "from": "10:00",
        "to": "12:00",
        "time-zone": "Asia/Kolkata",
    }
    given = options | {name.replace("_", "-"): value for name, value in changes.items()}
    call_command("add_slots", email, *(f"--{name}={value}" for name, value in given.items()), *more)


def test_slots_are_added_and_counted(capsys) -> None:
    add_slots()

    assert capsys.readouterr().out == "14 slots added, 0 passed over.\n"
    assert Slot.objects(interviewer_name="Priya Sharma", interviewer_email="priya@acme.example").count() == 14


def test_second_time_nothing_is_added(capsys) -> None:
    add_slots()

    add_slots()

    assert capsys.readouterr().out.endswith("0 slots added, 14 passed over.\n")
    assert Slot.objects.count() == 14


def test_slots_last_as_long_as_asked(capsys) -> None:
    add_slots("--minutes=30")

    assert capsys.readouterr().out == "28 slots added, 0 passed over.\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": "mon-xyz"}, "'xyz' is no day of the week"),
        ({"time_zone": "Mars/Olympus"}, "'Mars/Olympus' is no IANA time zone, such as Asia/Kolkata."),
        ({"to": "09:00"}, "Not one slot fits between these hours."),
        ({"to": "12:00+05:30"}, "The hours are local to the time zone; write them as HH:MM."),
        ({"last": "2020-01-01"}, "The last day must not be before the first"),
        ({"first": "9999-12-31", "last": "9999-12-31"}, "The first day must lie in the years 2000 to 2099."),
        ({"minutes": "0"}, "A slot lasts from 5 to 480 minutes."),
        ({"email": "priya"}, "interviewer_email: Invalid email address: priya"),
        ({"name": "Priya\nBcc: x"}, "interviewer_name: Control characters and line breaks are not allowed here."),
    ],
)
def test_impossible_pattern_is_refused_in_a_sentence(changes: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        add_slots(**changes)

    assert str(refused.value).startswith(message)
    assert refused.value.returncode == 2
    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": "tomorrow"}, "argument --first: invalid fromisoformat value: 'tomorrow'"),
        ({"from": "ten"}, "argument --from: invalid fromisoformat value: 'ten'"),
        ({"minutes": "an hour"}, "argument --minutes: invalid int value: 'an hour'"),
    ],
)
def test_what_cannot_be_read_is_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        add_slots(**changes)


def test_script_sees_the_exit_code_and_one_line() -> None:
    words = ["jo@acme.com", "--name=Jo", "--first=2030-01-01", "--last=2030-01-01", "--from=10:00", "--to=09:00"]

    done = subprocess.run(
        [sys.executable, "manage.py", "add_slots", *words, "--time-zone=Asia/Kolkata"],
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr == "CommandError: Not one slot fits between these hours.\n"
