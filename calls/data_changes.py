"""The data changes of calls, by name in the order of all apps' (see config.mongo.data_changes)."""

from datetime import datetime

from calls.documents import ConversationSession
from config.mongo.data_changes import DataChange, id_ranges

# What cues were called before they had the names of the field
RENAMED_CUES = {
    "silence": "no_input",
    "silence_again": "no_input_again",
    "doubt": "clarification",
    "unclear": "no_match",
    "unclear_again": "no_match_again",
    "between": "disambiguation",
}


def rename_cues(*, now: datetime) -> int:
    """Give the cues of stored turns their names of today; each session is changed by one update, or not yet."""
    branches = [{"case": {"$eq": ["$$turn.cue", old]}, "then": new} for old, new in RENAMED_CUES.items()]
    cue = {"$switch": {"branches": branches, "default": "$$turn.cue"}}
    # A turn without a cue, such as the greeting, keeps none
    renamed = {
        "$cond": [{"$in": ["$$turn.cue", [*RENAMED_CUES]]}, {"$mergeObjects": ["$$turn", {"cue": cue}]}, "$$turn"]
    }
    turns = {"$map": {"input": "$turns", "as": "turn", "in": renamed}}
    sessions, is_old = ConversationSession._get_collection(), {"turns.cue": {"$in": [*RENAMED_CUES]}}
    renaming = [{"$set": {"turns": turns}}]
    return sum(sessions.update_many({"_id": ids} | is_old, renaming).modified_count for ids in id_ranges(sessions))


CHANGES = (DataChange("0002_rename_cues", rename_cues),)
