from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from calls.telephony.twilio import twiml
from calls.telephony.twilio.twiml import Keys, Machine, Nothing, Reply, Speech
from candidates.documents import Language

CONTROL = "".join(map(chr, {*range(32)} - {9, 10}))
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

    assert len(heard.text) == twiml.MAX_HEARD


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

    assert written == f"{twiml.XML}<Response><Hangup /></Response>"


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
    assert len(hints) == twiml.MAX_HINTS
    assert max(map(len, hints)) == twiml.HINT_LENGTH


names = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn")), max_size=60)


@given(names, names)
def test_no_name_breaks_out_of_the_xml(said: str, hint: str) -> None:
    written = twiml.write(Reply((said,), ends=False, hints=(hint,)), language="en-US", action=ACTION)

    gather = ElementTree.fromstring(written.encode()).find("Gather")
    assert [child.tag for child in gather] == ["Say"]
    assert (gather.find("Say").text or "") == said


# What XML can carry; \r is a line break to whoever reads it
texts = st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters=CONTROL), min_size=1)
replies = st.builds(
    Reply,
    said=st.lists(texts, max_size=4).map(tuple),
    ends=st.booleans(),
    hints=st.lists(texts, max_size=4).map(tuple),
    wait_seconds=st.integers(1, 60),
    is_slow=st.booleans(),
)
languages = st.sampled_from(Language)


@given(replies, languages, texts)
def test_any_reply_is_byte_for_byte_what_the_phone_services_own_library_writes(
    reply: Reply, language: str, action: str
) -> None:
    assume(reply.said or reply.ends)  # every question says something

    written = twiml.write(reply, language=language, action=action)

    assert written == str(by_the_library(reply, language, action))


@given(replies, languages, texts)
def test_any_text_is_said_as_it_is_and_the_answer_comes_to_the_action(reply: Reply, language: str, action: str) -> None:
    root = ElementTree.fromstring(twiml.write(reply, language=language, action=action))

    assert {verb.tag for verb in root.iter()} <= {"Response", "Gather", "Say", "prosody", "Hangup"}
    assert "".join(root.itertext()) == " ".join(reply.said)
    assert [gather.get("action") for gather in root.iter("Gather")] == [action] * (not reply.ends)
    assert [verb.tag for verb in root.iter("Hangup")] == ["Hangup"] * reply.ends


def by_the_library(reply: Reply, language: str, action: str) -> VoiceResponse:
    """Build the reply with Twilio's own helper library."""
    response = VoiceResponse()
    gather = {
        "input": "speech dtmf",
        "action": action,
        "method": "POST",
        "language": language,
        "hints": ",".join(hint[: twiml.HINT_LENGTH].replace(",", " ") for hint in reply.hints),
        "timeout": reply.wait_seconds,
        "speech_timeout": twiml.PAUSE_SECONDS,
        "num_digits": 1,
        "action_on_empty_result": True,
    }
    verb = response if reply.ends else response.gather(**gather)
    spoken = twiml.SPOKEN.get(language, language)
    voice = {"voice": twiml.VOICES[spoken], "language": spoken}
    text = " ".join(reply.said)
    if reply.said and reply.is_slow:
        verb.say(**voice).prosody(text, rate="slow")
    elif reply.said:
        verb.say(text, **voice)
    if reply.ends:
        response.hangup()
    return response


@given(replies, languages, texts)
def test_a_hold_is_byte_for_byte_what_the_library_writes(reply: Reply, language: str, url: str) -> None:
    spoken = twiml.SPOKEN.get(language, language)
    reply = replace(reply, is_slow=False, said=reply.said or ("One moment.",))
    response = VoiceResponse()
    response.say(" ".join(reply.said), voice=twiml.VOICES[spoken], language=spoken)
    response.pause(length=twiml.HELD_SECONDS)
    response.redirect(url, method="POST")

    assert twiml.hold(reply, language=language, url=url) == str(response)


fields = st.sampled_from(["SpeechResult", "Confidence", "Digits", "AnsweredBy", "CallStatus"]) | st.text()


@given(st.dictionaries(fields, st.text() | st.floats().map(str)))
def test_any_form_reports_something(form: dict[str, str]) -> None:
    assert isinstance(twiml.read_input(form), twiml.Input)


@given(st.text() | st.floats().map(str))
def test_any_confidence_is_a_share_or_none(confidence: str) -> None:
    heard = twiml.read_input({"SpeechResult": "yes", "Confidence": confidence})

    assert heard.confidence is None or 0 <= heard.confidence <= 1


@given(st.text(min_size=1))
def test_any_keys_are_keys_of_a_telephone(keys: str) -> None:
    assert set(twiml.read_input({"Digits": keys}).digits) <= set("0123456789*#")
