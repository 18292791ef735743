"""Replays the conversations written down beside this file; `pytest --update` writes them anew, for review."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.rehearsal import Rehearsal, next_working_days
from calls.schedule import CallingHours
from interviews.dialogue.session import Person, Session
from interviews.understanding import Grammar

HERE = Path(__file__).parent
SUNDAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ZONE = "Asia/Kolkata"
US, THEM, SETTING = "we say: ", "they: ", "given: "
NO_INPUT = "(nothing)"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.txt")), ids=lambda file: file.stem)
def test_conversation_goes_as_written(file: Path, request: pytest.FixtureRequest) -> None:
    replayed = "\n".join(replay(file.read_text().splitlines())) + "\n"

    update(file, replayed, request.config)

    assert replayed == file.read_text()


def update(file: Path, replayed: str, config: pytest.Config) -> None:
    if config.getoption("--update"):
        file.write_text(replayed)


def replay(written: list[str]) -> Iterator[str]:
    """Yield the conversation as it goes today, for the lines that the other side says."""
    yield from (line for line in written if line.startswith(("#", SETTING)))
    rehearsal = rehearsal_for([line.removeprefix(SETTING) for line in written if line.startswith(SETTING)])
    yield ""
    yield US + " ".join(rehearsal.begin())
    for line in (line.removeprefix(THEM) for line in written if line.startswith(THEM)):
        if rehearsal.is_over:
            yield f"(the call is over before: {line})"
            return
        words = rehearsal.answer("" if line == NO_INPUT else line)
        yield f"{THEM}{line}"
        yield US + (" ".join(words) or "(nothing)")
    booked = rehearsal.booked.strftime("%A %d %B %Y, %H:%M") if rehearsal.booked else "nothing"
    yield ""
    yield f"ends: {rehearsal.session.phase}, booked: {booked}"


def rehearsal_for(settings: list[str]) -> Rehearsal:
    """Return a rehearsal with the slots that the settings leave: "no free slots", "one free slot", "all gone"."""
    free = next_working_days(SUNDAY, time_zone=ZONE, days=6, clocks=(10, 14))
    if "no free slots" in settings:
        free = []
    if "one free slot" in settings:
        free = free[3:4]
    return Rehearsal(
        session=Session(Person("Asha Rao", "Acme", "Backend Engineer", ZONE)),
        now=SUNDAY,
        free=free,
        understanding=Grammar(),
        hours=CallingHours(9, 20),
        taken=set(free[:1]) if "the first slot goes meanwhile" in settings else set(),
    )
