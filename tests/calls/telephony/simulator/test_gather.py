"""What a Gather makes of what people say, press or do not do."""

import pytest

from calls.telephony.simulator.callees import HungUp, PressedKeys, Reaction, SaidNothing, SaidWords
from tests.calls.telephony.http_servers import OurSide
from tests.calls.telephony.played_calls import STANDARD_FIELDS, Play, scripted, spoken, statuses

SPEECH_AND_KEYS = "<Gather input='speech dtmf' timeout='4' speechTimeout='2' numDigits='1' action='/turn/'>{}</Gather>"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (SaidWords("Tuesday at ten"), {"SpeechResult": "Tuesday at ten", "Confidence": "0.9"}),
        (SaidWords("Tuesday at ten", confidence=None), {"SpeechResult": "Tuesday at ten"}),
        (PressedKeys("12"), {"Digits": "1"}),
        (PressedKeys("*"), {"Digits": "*"}),
    ],
    ids=["words", "words without confidence", "keys", "star"],
)
def test_what_the_person_does_reaches_the_action(
    play: Play, our_side: OurSide, reply: Reaction, expected: dict[str, str]
) -> None:
    our_side.says("/voice/", SPEECH_AND_KEYS.format("<Say>When?</Say>"))
    our_side.says("/turn/", "<Hangup/>")

    play(scripted(reply))

    (asked,) = our_side.asked_at("/turn/")
    assert {key: value for key, value in asked.form if key not in STANDARD_FIELDS} == expected


@pytest.mark.parametrize(
    ("attributes", "keys", "expected"),
    [
        ("", "123#", {"Digits": "123", "FinishedOnKey": "#"}),
        ("", "123", {"Digits": "123"}),
        ("finishOnKey='*'", "12*3", {"Digits": "12", "FinishedOnKey": "*"}),
        ("finishOnKey=''", "1#2", {"Digits": "1#2"}),
        ("numDigits='2'", "1234", {"Digits": "12"}),
        ("numDigits='many'", "1234", {"Digits": "1234"}),
    ],
)
def test_keys_are_gathered_until_they_are_complete(
    play: Play, our_side: OurSide, attributes: str, keys: str, expected: dict[str, str]
) -> None:
    our_side.says("/voice/", f"<Gather action='/turn/' {attributes}/>")
    our_side.says("/turn/", "<Hangup/>")

    play(scripted(PressedKeys(keys)))

    (asked,) = our_side.asked_at("/turn/")
    assert {key: value for key, value in asked.form if key not in STANDARD_FIELDS} == expected


@pytest.mark.parametrize(
    ("twiml", "reply"),
    [
        ("<Gather action='/turn/'/>", SaidNothing()),
        ("<Gather action='/turn/'/>", PressedKeys("#")),
        ("<Gather action='/turn/'/>", SaidWords("Nobody listens to words here")),
        ("<Gather input='speech' action='/turn/'/>", PressedKeys("1")),
        ("<Gather input='speech' action='/turn/'/>", SaidWords("  ")),
    ],
    ids=["silence", "finishing key alone", "words to a Gather of keys", "keys to a Gather of words", "noise"],
)
def test_nothing_gathered_leads_to_the_next_verb(play: Play, our_side: OurSide, twiml: str, reply: Reaction) -> None:
    our_side.says("/voice/", f"{twiml}<Say>We did not hear you.</Say>")

    call = play(scripted(reply))

    assert our_side.asked_at("/turn/") == []
    assert spoken(call) == ["We did not hear you."]


def test_nothing_gathered_reaches_the_action_where_it_is_asked_for(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather actionOnEmptyResult='true' action='/turn/'/><Say>Never.</Say>")
    our_side.says("/turn/", "<Say>Hello?</Say>")

    call = play(scripted(SaidNothing()))

    (asked,) = our_side.asked_at("/turn/")
    assert asked.fields.keys() == STANDARD_FIELDS
    assert spoken(call) == ["Hello?"]


def test_gather_without_an_action_asks_its_own_document_again(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather numDigits='1'/>", "<Hangup/>")

    play(scripted(PressedKeys("7")))

    assert [asked.fields.get("Digits") for asked in our_side.asked_at("/voice/")] == [None, "7"]


def test_person_who_hangs_up_ends_the_call_without_another_request(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather action='/turn/' actionOnEmptyResult='true'/>")

    call = play(scripted(HungUp()))

    assert our_side.asked_at("/turn/") == []
    assert statuses(our_side)[-1] == "completed"
    assert call.status == "completed"


def test_silence_lasts_as_long_as_the_gather_waits(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather timeout='20'/>")

    call = play(scripted(SaidNothing()))

    assert call.duration_seconds == 20
