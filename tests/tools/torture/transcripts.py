"""What was said in a call, as the simulator heard it: our words, the person's, and the yes to a read-back."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from calls.telephony.twilio.twiml import MAX_HEARD
from interviews.language.en.spoken_times import spoken_slot
from tests.tools.torture.callees import REFUSALS, YES

READ_BACK, BOOKED = "To be sure: {choice}, your local time. Shall I book that?", "It's booked"
TROUBLE, GONE = "something went wrong on our side", "that time has just been taken"
OVER, HOLDS = "This call can't go on", "moment, please"
REPLIES = {"Speech", "Keys"}


class Exchanged(NamedTuple):
    """All that we said since the last reply, and the reply."""

    said: str
    reply: str


def exchanged(call: dict[str, Any]) -> Iterator[Exchanged]:
    """Return the person's replies in the simulator's script, each with what it answers."""
    said: list[str] = []
    for entry in call["script"]:
        if entry["verb"] == "Say":
            said.append(entry["text"])
        elif entry["verb"] in REPLIES:
            yield Exchanged(" ".join(said), entry["text"].strip()[:MAX_HEARD])
            said = []


def written(session: dict[str, Any]) -> Iterator[Exchanged]:
    """Return the same from the transcript that we keep."""
    turns = session.get("turns", [])
    for before, turn in pairwise(turns):
        yield Exchanged(" ".join(before["said"]), turn.get("keys") or turn.get("heard") or "")


def all_written(session: dict[str, Any]) -> set[str]:
    """Return all that we wrote down of the person, whatever answer it got."""
    turns = session.get("turns", [])
    also = {words.removeprefix("key ") for turn in turns for words in turn.get("also_heard", ())}
    return also | {turn.get(name, "") for turn in turns for name in ("heard", "keys")}


def all_our_words(session: dict[str, Any]) -> set[str]:
    """Return what we wrote down of ours, one text for each time we spoke."""
    return {" ".join(turn.get("said", ())) for turn in session.get("turns", [])}


def is_out_of_reach(words: str) -> bool:
    """Tell whether we said that where no transcript can be reached: while the database is away, or of no session."""
    return TROUBLE in words or OVER in words or HOLDS in words


def said_by_us(call: dict[str, Any]) -> list[str]:
    """Return our words, one text for each time we spoke."""
    return [entry["text"] for entry in call["script"] if entry["verb"] == "Say"]


def heard(call: dict[str, Any], words: str) -> bool:
    """Tell whether the person was told that."""
    return any(words in text for text in said_by_us(call))


def hung_up(call: dict[str, Any]) -> bool:
    """Tell whether it was the person who ended the call."""
    return call["person_hung_up"] or any(entry["verb"] == "HangUp" for entry in call["script"])


def is_agreed(exchanges: Iterator[Exchanged], choice: str) -> bool:
    """Tell whether the time was read back and answered with a yes."""
    asked = " ".join(READ_BACK.format(choice=choice).split())
    return any(asked in " ".join(each.said.split()) and is_yes(each.reply) for each in exchanges)


def is_yes(reply: str) -> bool:
    """Tell whether the reply is one by which our people agree."""
    return reply == "1" or reply.casefold() in YES


def is_refusal(reply: str) -> bool:
    """Tell whether the reply is one by which our people want no more calls."""
    return reply.casefold() in REFUSALS


def spoken(at: datetime, time_zone: str) -> str:
    """Return how the time is said to somebody who lives there."""
    return spoken_slot(at.astimezone(ZoneInfo(time_zone)))


def is_part_of(ours: list[str], theirs: list[str]) -> bool:
    """Tell whether what we wrote down was said, whole and in that order."""
    rest = iter(theirs)
    return all(one in rest for one in ours)
