from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import twiml
from calls.twiml import Keys, Machine, Nothing, Reply, Speech

ACTION = "https://calls.example.com/twilio/turn/5f/1"


@pytest.mark.parametrize(
    ("form", "heard"),
    [
        ({"SpeechResult": "tuesday at ten", "Confidence": "0.87"}, Speech("tuesday at ten", 0.87)),
        ({"SpeechResult": "tuesday"}, Speech("tuesday", None)),
        ({"SpeechResult": "tuesday", "Confidence": "sure"}, Speech("tuesday", None)),
        ({"SpeechResult": "tuesday", "Confidence": "7"}, Speech("tuesday", None)),
        ({"SpeechResult": "tuesday", "Confidence": "nan"}, Speech("tuesday", None)),
        ({"SpeechResult": "tuesday", "Digits": "2"}, Keys("2")),
        ({"Digits": "2x<3"}, Keys("23")),
        ({"SpeechResult": "   "}, Nothing()),
        ({}, Nothing()),
        ({"AnsweredBy": "machine_start"}, Machine()),
        ({"AnsweredBy": "fax"}, Machine()),
        ({"AnsweredBy": "unknown", "SpeechResult": "yes"}, Speech("yes", None)),
        ({"AnsweredBy": "human"}, Nothing()),
    ],
)
def test_form_reports_what_was_heard(form: dict[str, str], heard: twiml.Input) -> None:
    assert twiml.read_input(form) == heard


def test_speech_is_bounded() -> None:
    heard = twiml.read_input({"SpeechResult": "a" * 50_000})

    assert len(heard.text) == twiml.MOST_HEARD


def test_question_gathers_speech_and_keys_and_hears_of_silence_too() -> None:
    written = twiml.write(Reply(("Which one?",), ends=False, hints=("Tuesday", "ten")), language="en-IN", action=ACTION)

    gather = ElementTree.fromstring(written).find("Gather")
    assert gather.attrib == {
        "input": "speech dtmf",
        "action": ACTION,
        "method": "POST",
        "language": "en-IN",
        "hints": "Tuesday,ten",
        "timeout": "6",
        "speechTimeout": "2",
        "numDigits": "1",
        "actionOnEmptyResult": "true",
    }
    assert gather.find("Say").text == "Which one?"
    assert gather.find("Say").attrib == {"voice": "Polly.Kajal-Neural", "language": "en-IN"}


def test_last_words_are_followed_by_a_hang_up() -> None:
    written = twiml.write(Reply(("Goodbye.",), ends=True), language="en-GB", action="")

    assert [verb.tag for verb in ElementTree.fromstring(written)] == ["Say", "Hangup"]


def test_nothing_to_say_is_no_empty_say() -> None:
    written = twiml.write(Reply((), ends=True), language="en-US", action="")

    assert written == f"{twiml.XML}<Response><Hangup/></Response>"


def test_slow_words_are_spoken_slowly() -> None:
    written = twiml.write(Reply(("Once more.",), ends=True, is_slow=True), language="en-US", action="")

    assert ElementTree.fromstring(written).find("Say/prosody").attrib == {"rate": "slow"}


def test_who_answers_in_hindi_is_spoken_to_in_indian_english() -> None:
    written = twiml.write(Reply(("Hello.",), ends=False), language="hi-IN", action=ACTION)

    gather = ElementTree.fromstring(written).find("Gather")
    assert gather.get("language") == "hi-IN"
    assert gather.find("Say").get("language") == "en-IN"


def test_hints_are_kept_within_what_is_taken() -> None:
    reply = Reply(("?",), ends=False, hints=tuple(f"{number}, " + "x" * 200 for number in range(600)))

    written = twiml.write(reply, language="en-US", action=ACTION)

    hints = ElementTree.fromstring(written).find("Gather").get("hints").split(",")
    assert len(hints) == twiml.MOST_HINTS
    assert max(map(len, hints)) == twiml.HINT_LENGTH


names = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn")), max_size=60)


@given(names, names)
def test_no_name_breaks_out_of_the_xml(said: str, hint: str) -> None:
    written = twiml.write(Reply((said,), ends=False, hints=(hint,)), language="en-US", action=ACTION)

    gather = ElementTree.fromstring(written.encode()).find("Gather")
    assert [child.tag for child in gather] == ["Say"]
    assert (gather.find("Say").text or "") == said
