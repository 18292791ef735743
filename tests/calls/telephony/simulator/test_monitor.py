from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.telephony.simulator import monitor
from calls.telephony.simulator.documents import SimulatedCall

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=1)
QUESTION = "x" * 60  # takes four seconds to say


def a_call(status: str, **fields: Any) -> SimulatedCall:
    times = {"placed_at": LONG_AGO, "ringing_at": NOW, "ring_seconds": 25}
    return SimulatedCall(call_sid="CA1", status=status, **times | fields)


def entry(verb: str, text: str = "", at: datetime = NOW, **attributes: str) -> dict[str, Any]:
    return {"at": at, "verb": verb, "text": text, "attributes": attributes}


def running(verb: dict[str, Any], *before: dict[str, Any], **fields: Any) -> SimulatedCall:
    return a_call("in-progress", **{"taking": "answers", "running": verb, "script": [*before, verb]} | fields)


def asking(
    *, begun: bool = False, inputs: tuple[str, ...] = ("dtmf", "speech"), digits: int | None = 1
) -> dict[str, Any]:
    begun_at = {"begun_at": NOW} if begun else {}
    return {"number": 1, "began_at": NOW, "timeout_seconds": 6.0, "inputs": inputs, "num_digits": digits} | begun_at


def test_ringing_call_rings_for_the_time_its_caller_set() -> None:
    moment = monitor.moment(a_call("ringing"), now=NOW + timedelta(seconds=5))

    assert (moment.name, moment.lasts_seconds, moment.seconds_left) == ("ringing", 25, 20)
    assert moment.attributes == {"Timeout": "25"}


@pytest.mark.parametrize("status", ["queued", "completed", "busy", "no-answer", "canceled", "failed"])
def test_call_on_which_no_verb_runs_is_its_status(status: str) -> None:
    moment = monitor.moment(a_call(status), now=NOW)

    assert (moment.name, moment.is_verb, moment.seconds_left) == (status, False, None)
    assert moment.meaning


def test_gather_waits_from_the_end_of_its_prompt_on() -> None:
    call = running(entry("Say", QUESTION), entry("Gather", input="speech dtmf", speechTimeout="2"), asking=asking())

    moment = monitor.moment(call, now=NOW + timedelta(seconds=1))

    assert (moment.name, moment.lasts_seconds, moment.seconds_left) == ("Gather", 6, 9)
    assert moment.attributes == {"input": "speech dtmf", "speechTimeout": "2"}
    assert moment.meaning == (
        "Listens for speech and keys while the prompt is spoken, and 6 s longer. 2 s of silence end what is said. "
        "One key is enough. If nothing comes, the next verb runs."
    )


def test_gather_waits_a_minute_longer_for_who_has_begun() -> None:
    call = running(entry("Say", QUESTION), entry("Gather"), asking=asking(begun=True))

    moment = monitor.moment(call, now=NOW)

    assert moment.seconds_left == 70
    assert moment.meaning.startswith("Somebody has begun to answer")


def test_gather_for_keys_alone_says_how_many() -> None:
    call = running(entry("Gather", actionOnEmptyResult="true"), asking=asking(inputs=("dtmf",), digits=4))

    assert monitor.moment(call, now=NOW).meaning == (
        "Listens for keys while the prompt is spoken, and 6 s longer. 4 keys are enough. "
        "If nothing comes, the action is asked all the same."
    )


def test_pause_that_ends_speech_may_be_left_to_twilio() -> None:
    call = running(entry("Gather", speechTimeout="auto"), asking=asking(inputs=("speech",)))

    assert "A pause ends what is said." in monitor.moment(call, now=NOW).meaning


@pytest.mark.parametrize(
    ("verb", "lasts", "left"),
    [
        (entry("Say", QUESTION), 4, 3),
        (entry("Play"), 3, 2),
        (entry("Pause", length="2"), 2, 1),
        (entry("Hangup"), 0, None),
        (entry("Redirect", "/again"), 0, None),
    ],
    ids=["Say", "Play", "Pause", "Hangup", "Redirect"],
)
def test_verb_takes_its_time(verb: dict[str, Any], lasts: float, left: float | None) -> None:
    moment = monitor.moment(running(verb), now=NOW + timedelta(seconds=1))

    assert (moment.name, moment.lasts_seconds, moment.seconds_left) == (verb["verb"], lasts, left)
    assert moment.is_verb
    assert moment.meaning


def test_line_without_a_person_is_not_timed() -> None:
    assert monitor.moment(running(entry("Say", QUESTION), taking="voicemail"), now=NOW).seconds_left is None


@pytest.mark.parametrize("reply", ["Speech", "Keys", "Silence"])
def test_after_an_answer_our_webhook_is_asked(reply: str) -> None:
    call = running(entry("Say", QUESTION))
    call.script.append(entry(reply, "Yes"))

    assert monitor.moment(call, now=NOW).name == "answer sent"


def test_timeline_tells_what_the_call_came_through() -> None:
    call = a_call("busy", ended_at=NOW + timedelta(seconds=3))

    assert monitor.timeline(call) == [
        ("queued", LONG_AGO),
        ("ringing", NOW),
        ("busy", NOW + timedelta(seconds=3)),
    ]
