"""Reports the turns of exported sessions that were not matched or were corrected, to learn from."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

# The cues of turns that we did not understand, in exports of older versions too, and of turns in which the person took
# back what we had understood.
NO_MATCH = (
    *("no_match", "no_match_again", "disambiguation", "given_up"),
    *("unclear", "unclear_again", "ask_between", "between"),
)
CORRECTED = ("no", "other_time")

Session = dict[str, Any]


def read_sessions(text: str) -> list[Session]:
    """Return the sessions of an export, which is a JSON list or one JSON object a line."""
    if text.lstrip().startswith("["):
        sessions: list[Session] = json.loads(text)
        return sessions
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def report(sessions: Iterable[Session]) -> str:
    """Return what was misheard, said most often first, each with the session and turn it was last heard in."""
    found: dict[str, Counter[str]] = {"no_match": Counter(), "corrected": Counter()}
    where: dict[tuple[str, str], str] = {}
    turns = 0
    for session in sessions:
        turns += len(session.get("turns", ()))
        for kind, heard, place in _misheard(session):
            found[kind][heard] += 1
            where[kind, heard] = place
    lines = [f"{turns} turns, {found['no_match'].total()} no_match, {found['corrected'].total()} corrected"]
    for kind, counts in found.items():
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"{kind:9} {count:4}  {heard}  ({where[kind, heard]})" for heard, count in ranked]
    return "\n".join(lines)


def _misheard(session: Session) -> Iterator[tuple[str, str, str]]:
    before: dict[str, Any] = {}
    for turn in session.get("turns", ()):
        place = f"session {session.get('id')}, turn {turn.get('number')}"
        cue, heard = turn.get("cue"), turn.get("heard") or ""
        if cue in NO_MATCH and heard:
            yield "no_match", heard, place
        elif cue in CORRECTED and _chose(before):
            yield "corrected", f"{before['heard']} / {heard}", place
        before = turn


def _chose(turn: dict[str, Any]) -> bool:
    """Whether the turn was taken for a choice, which the next one can take back."""
    return bool(turn.get("heard")) and turn.get("cue") in ("chose", "other_time", "found_one")
