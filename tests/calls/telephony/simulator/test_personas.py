"""Each persona in our own conversation's words, and who lives at which number."""

import pytest

from calls.telephony.simulator.callees import HungUp, PressedKeys, Prompt, Reaction, SaidNothing, SaidWords
from calls.telephony.simulator.documents import Taking
from calls.telephony.simulator.personas import Listener, Topic, callee_for, times_offered, topic_of

IDENTITY = (
    "Hello, this is an automated call from Acme. Am I speaking with Asha Rao? "
    "Say yes or no, or press 1 for yes, 2 for no."
)
REACHABLE = "Is this a number where I can reach Asha Rao another time? Say yes or no, or press 1 for yes, 2 for no."
OFFER = (
    "Thank you, Asha. I'm calling to find a time for your interview. "
    "I can offer: one, Tuesday the 24th of November at ten in the morning; two, the same day at noon; "
    "or three, Friday the 27th at two in the afternoon. "
    "Which one suits you? Say it, or press its number. For another time, say when, or press 4."
)
ONE_LEFT = (
    "I'm sorry, that time has just been taken. I can offer Friday the 27th of November at noon. "
    "Does that suit you? Say yes, or press 1. For another time, say when, or press 2."
)
WISH = "Which day or time would suit you?"
CONFIRM = (
    "To be sure: Friday the 27th of November at noon, your local time. Shall I book that? "
    "Say yes or no, or press 1 for yes, 2 for no."
)
CALLBACK = "When would be a good time to call again?"


def asked(person: Listener, *prompts: str) -> list[Reaction | None]:
    return [
        person.answer(Prompt(number, prompt, frozenset({"speech", "dtmf"}), timeout_seconds=5))
        for number, prompt in enumerate(prompts, 1)
    ]


@pytest.mark.parametrize(
    ("prompt", "topic"),
    [
        (IDENTITY, Topic.IDENTITY),
        (REACHABLE, Topic.REACHABLE),
        (OFFER, Topic.OFFER),
        (ONE_LEFT, Topic.OFFER),
        ("Which of them?", Topic.OFFER),
        (WISH, Topic.WISH),
        (CONFIRM, Topic.CONFIRM),
        (f"All right, not that one. {OFFER}", Topic.OFFER),
        (CALLBACK, Topic.CALLBACK),
        ("Lovely weather.", None),
    ],
)
def test_topic_is_the_last_one_spoken_of(prompt: str, topic: Topic | None) -> None:
    assert topic_of(prompt) == topic


@pytest.mark.parametrize(("prompt", "count"), [(OFFER, 3), (ONE_LEFT, 1), (IDENTITY, 0)])
def test_times_offered_are_counted_without_the_key_for_others(prompt: str, count: int) -> None:
    assert times_offered(prompt) == count


@pytest.mark.parametrize(
    ("digit", "replies"),
    [
        ("0", [SaidWords("Yes"), SaidWords("The first one, please"), SaidWords("Yes")]),
        ("1", [SaidWords("Yes"), SaidWords("The second one, please"), SaidWords("Yes")]),
        (
            "2",
            [SaidWords("Yes"), SaidWords("Could we do it on another day, maybe Friday afternoon?"), SaidWords("Yes")],
        ),
        ("3", [PressedKeys("1"), PressedKeys("3"), PressedKeys("1")]),
        ("4", [SaidNothing(), SaidNothing(), SaidNothing()]),
        ("9", [SaidWords("Please stop calling me")] * 3),
    ],
)
def test_persona_answers_in_its_way(digit: str, replies: list[Reaction]) -> None:
    assert asked(callee_for(f"+91987654321{digit}"), IDENTITY, OFFER, CONFIRM) == replies


@pytest.mark.parametrize(
    ("digit", "taking"), [("5", Taking.RINGS_OUT), ("6", Taking.BUSY), ("7", Taking.VOICEMAIL), ("0", Taking.ANSWERS)]
)
def test_persona_takes_the_call_in_its_way(digit: str, taking: Taking) -> None:
    assert callee_for(f"+91987654321{digit}").taking is taking


def test_another_day_is_asked_for_once_and_then_taken() -> None:
    replies = asked(callee_for("+919876543212"), IDENTITY, OFFER, OFFER, CONFIRM)

    assert replies[2:] == [SaidWords("The first one, please"), SaidWords("Yes")]


def test_another_day_is_named_where_we_ask_for_it() -> None:
    assert asked(callee_for("+919876543212"), OFFER, WISH)[1] == SaidWords("Friday afternoon")


def test_wrong_number_denies_everything() -> None:
    replies = asked(callee_for("+919876543218"), IDENTITY, REACHABLE)

    assert replies == [SaidWords("No, you have the wrong number"), SaidWords("No")]


def test_voicemail_greets_and_then_records() -> None:
    greeting, then = asked(callee_for("+919876543217"), IDENTITY, IDENTITY)

    assert isinstance(greeting, SaidWords)
    assert then == SaidNothing()


@pytest.mark.parametrize("digit", ["1", "3"])
def test_who_cannot_have_the_time_they_like_takes_the_last_one_there_is(digit: str) -> None:
    (reply,) = asked(callee_for(f"+91987654321{digit}"), ONE_LEFT)

    assert reply in (SaidWords("Yes, that suits me"), PressedKeys("1"))


def test_who_is_not_understood_presses_the_key_in_the_end() -> None:
    replies = asked(callee_for("+919876543211"), OFFER, f"Sorry, I didn't get that. {OFFER}", OFFER, OFFER)

    assert replies[1:] == [SaidWords("The second"), PressedKeys("2"), PressedKeys("2")]


def test_who_is_called_on_though_they_said_stop_hangs_up() -> None:
    assert asked(callee_for("+919876543219"), OFFER, OFFER, OFFER)[-1] == HungUp()
