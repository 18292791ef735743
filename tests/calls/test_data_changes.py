from typing import Any

import pytest
from pymongo.database import Database

from calls.data_changes import RENAMED_CUES, rename_cues
from calls.documents import ConversationSession
from config.mongo import data_changes
from tests.factories import NOW, a_session


def stored_with(*cues: str | None) -> ConversationSession:
    """Store a session whose turns had these cues, the first none, as the greeting has."""
    session = a_session()
    turns: list[dict[str, Any]] = [{"number": number, "at": NOW, "said": ["Hello."]} for number in range(len(cues))]
    for turn, cue in zip(turns, cues, strict=True):
        turn.update({"cue": cue} if cue else {})
    ConversationSession._get_collection().update_one({"_id": session.id}, {"$set": {"turns": turns}})
    return session


def turns_of(session: ConversationSession) -> list[dict[str, Any]]:
    return ConversationSession._get_collection().find_one({"_id": session.id})["turns"]


def test_cues_have_their_names_of_today(database: Database) -> None:
    session = stored_with(None, "yes", *RENAMED_CUES)

    assert rename_cues(now=NOW) == 1

    assert [turn.get("cue") for turn in turns_of(session)] == [None, "yes", *RENAMED_CUES.values()]
    assert "cue" not in turns_of(session)[0]


def test_other_sessions_and_a_second_time_change_nothing(database: Database) -> None:
    session = stored_with(None, "chose", "no_match")
    before = turns_of(session)

    assert rename_cues(now=NOW) == 0
    assert turns_of(session) == before


def test_all_are_renamed_however_many(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_changes, "AT_ONCE", 2)
    sessions = [stored_with(None, "silence") for _ in range(5)]

    assert rename_cues(now=NOW) == 5

    assert [turns_of(session)[1]["cue"] for session in sessions] == ["no_input"] * 5
