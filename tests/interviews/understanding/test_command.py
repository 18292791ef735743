import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from interviews.management.commands import understand


def run(*words: str, **options: object) -> str:
    out = io.StringIO()
    call_command("understand", *words, stdout=out, **options)
    return out.getvalue()


def test_words_are_explained() -> None:
    explained = run(
        "tuesday after three", "--offered", "2026-11-24T15:30", "2026-11-25T10:00", "--now", "2026-11-22T09:00"
    )

    assert "read as   tuesday after 3" in explained
    assert "time      after Tuesday 2026-11-24 15:00" in explained
    assert "choice    1 (Tuesday 24 November 15:30)" in explained
    assert "so        sure enough to act on" in explained


def test_a_rule_is_named_as_the_reason() -> None:
    assert 'for "stop", which nothing outweighs' in run("stop")


def test_an_ambiguous_choice_names_what_it_is_between() -> None:
    explained = run("tuesday", "--offered", "2026-11-24T10:00", "2026-11-24T14:00", "--now", "2026-11-22T09:00")

    assert "ambiguous between 1 (Tuesday 24 November 10:00), 2 (Tuesday 24 November 14:00)" in explained


def test_json_lines_are_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"now": "2026-11-22T09:00:00", "time_zone": "UTC", "asked": None}
    asks = [
        {"text": "the second one", "offered": ["2026-11-24T10:00", "2026-11-25T10:00"], **about},
        {"text": "friday at ten", "offered": ["2026-11-24T10:00"], **about},
    ]
    monkeypatch.setattr(understand.sys, "stdin", io.StringIO("\n".join(json.dumps(ask) for ask in asks)))

    first, second = (json.loads(line) for line in run().splitlines())

    assert first["choice"] == 1
    assert first["intents"][0] == "choose_option"
    assert second["choice"] == "none"
    assert second["times"][0]["date"] == "2026-11-27"
    assert second["times"][0]["time"] == "10:00"


def test_misheard_turns_are_reported(tmp_path: Path) -> None:
    export = tmp_path / "sessions.jsonl"
    export.write_text(json.dumps({"id": "a", "turns": [{"number": 1, "heard": "blub", "cue": "unclear"}]}))

    assert "blub  (session a, turn 1)" in run(misheard=export)


@pytest.mark.parametrize(
    "options", [{"misheard": Path("no such file")}, {"time_zone": "Mars/Olympus"}, {"now": "soon"}]
)
def test_what_can_not_be_read_is_said_so(options: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        run("tuesday", **options)
