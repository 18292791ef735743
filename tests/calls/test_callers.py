import json
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from calls.callers import BadCaller, End, Played, figures, play, play_all, read_callers
from calls.rehearsal import Rehearsal, next_working_days
from calls.schedule import CallingHours
from interviews.dialogue.session import Person, Session
from interviews.understanding import Grammar

ZONE = "Europe/Madrid"
AGREES = {
    "id": "agrees",
    "kind": "accept",
    "zone": ZONE,
    "says": {"identity": ["yes"], "offer": ["2"], "confirm": ["yes"]},
    "expect": [{"phase": "agreed", "at": "2026-12-01T10:00"}],
    "turns": 3,
}
PUTS_OFF = {
    "id": "puts off",
    "zone": ZONE,
    "says": {"identity": ["call me tomorrow at five in the afternoon"]},
    "expect": [{"phase": "put_off", "call_back": "2026-11-28T17"}],
}
SILENT = {"id": "silent", "zone": ZONE, "says": {"identity": [""]}, "expect": [{"phase": "no_agreement"}]}
REPEATS = {
    "id": "repeats",
    "zone": ZONE,
    "says": {"identity": ["can you repeat that"]},
    "expect": [{"phase": "agreed"}],
}


def rehearsal_in(zone: str) -> Rehearsal:
    now = datetime(2026, 11, 27, 10, tzinfo=ZoneInfo(zone))
    return Rehearsal(
        session=Session(Person("Asha Rao", "Acme", "Backend Engineer", zone)),
        now=now,
        free=next_working_days(now, time_zone=zone, days=8, clocks=(10, 14, 16)),
        understanding=Grammar(),
        hours=CallingHours(9, 20),
    )


def written(*rows: dict[str, Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def played(row: dict[str, Any]) -> Played:
    (caller,) = read_callers(written(row))
    return play(caller, rehearsal_in(caller.zone))


def said(one: Played) -> Iterator[str]:
    return (text for who, text in one.lines if who == "they")


def test_caller_who_agrees_ends_with_the_time_booked() -> None:
    one = played(AGREES)

    assert one.end == End("agreed", at="2026-12-01T10:00")
    assert one.is_right
    assert one.answers == 3


def test_call_back_is_right_where_it_begins_as_expected() -> None:
    one = played(PUTS_OFF)

    assert one.end == End("put_off", call_back="2026-11-28T17:00")
    assert one.fault == ""


def test_caller_says_their_lines_one_after_another_and_the_last_again() -> None:
    one = played(AGREES | {"says": {"identity": ["hello", "", "what did you say", "yes"], "offer": ["2"]}})

    assert list(said(one))[:5] == ["hello", "", "what did you say", "yes", "2"]


def test_question_that_a_caller_was_not_written_for_hears_their_last_words_and_then_yes() -> None:
    one = played(AGREES | {"says": {"identity": ["yes"], "offer": ["2"]}})

    assert list(said(one)) == ["yes", "2", "2", "2", "yes"]


def test_call_that_does_not_end_is_stuck() -> None:
    one = played(REPEATS)

    assert (one.fault, one.answers) == ("stuck", 16)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (AGREES | {"turns": 2}, "too slow"),
        (AGREES | {"expect": [{"phase": "agreed", "at": "2026-12-02T10:00"}]}, "wrong booking"),
        (AGREES | {"says": {"identity": ["stop calling me"]}}, "wrong close"),
        (AGREES | {"says": {"identity": [""]}}, "other end"),
    ],
)
def test_what_went_wrong_has_a_name(row: dict[str, Any], fault: str) -> None:
    assert played(row).fault == fault


def test_figures_count_what_came_of_all() -> None:
    wrongly = AGREES | {"expect": [{"phase": "put_off"}]}
    callers = read_callers(written(AGREES, PUTS_OFF, SILENT, REPEATS, wrongly))

    counted = figures(list(play_all(callers, rehearsal_in)))

    assert counted == {
        "callers": 5,
        "success_percent": 60.0,
        "wrong_bookings": 1,
        "wrong_closes": 0,
        "stuck": 1,
        "turns_per_call": 5.2,
    }


def test_no_callers_are_no_failure() -> None:
    assert figures([])["success_percent"] == 0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Line 2 is not JSON"),
        ("[]", "Line 2: a caller is an object"),
        (json.dumps(AGREES | {"id": 7}), 'Line 2: "id" has to be a text'),
        (json.dumps(AGREES | {"zone": "Mars/Base"}), 'Line 2: there is no time zone "Mars/Base"'),
        (json.dumps(AGREES | {"says": ["yes"]}), 'Line 2: "says" has to hold'),
        (json.dumps(AGREES | {"says": {"offer": []}}), 'Line 2: what is said in "offer" has to be a list'),
        (json.dumps(AGREES | {"expect": "agreed"}), 'Line 2: "expect" has to list'),
        (json.dumps(AGREES | {"expect": [{}]}), 'Line 2: "phase" has to be a text'),
        (json.dumps(AGREES | {"turns": "few"}), 'Line 2: "turns" has to be a whole number'),
    ],
)
def test_bad_line_is_told_by_its_number_and_what_is_wrong(line: str, why: str) -> None:
    with pytest.raises(BadCaller, match="Line 2") as raised:
        read_callers(f"\n{line}")

    assert str(raised.value).startswith(why)


def output_of(file: Path, *options: str) -> list[str]:
    out = StringIO()
    call_command("rehearse", "--callers", str(file), *options, stdout=out)
    return out.getvalue().splitlines()


def test_command_ends_with_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text(written(AGREES, SILENT))

    lines = output_of(file)

    assert len(lines) == 1
    assert json.loads(lines[0])["success_percent"] == 100.0


def test_command_shows_the_calls_that_went_wrong(tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text(written(AGREES, REPEATS))

    lines = output_of(file, "--show")

    assert lines[0] == "== stuck: repeats , expected agreed; ended identity"
    assert "   they  can you repeat that" in lines
    assert "accept           1 of 1" in lines
    assert json.loads(lines[-1])["stuck"] == 1


def test_command_refuses_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        output_of(tmp_path / "nowhere.jsonl")


def test_command_names_the_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text(f"{written(AGREES)}\nnonsense")

    with pytest.raises(CommandError, match="Line 2 is not JSON"):
        output_of(file)
