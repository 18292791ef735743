import pytest

from interviews.understanding.meaning import Intent
from interviews.understanding.score import ACT
from tests.interviews.understanding.cases import understood

CONFIRM = (
    "To be sure: Tuesday the 24th of November at ten in the morning, your local time. Shall I book that? "
    "Say yes or no, or press 1 for yes, 2 for no."
)


def intents(text: str, asked: str) -> set[Intent]:
    return {heard.intent for heard in understood(text, asked).intents if heard.score >= ACT}


@pytest.mark.parametrize(
    "text",
    [
        "that's no good",
        "that would not work",
        "it's not fine",
        "yeah no",
        "well maybe",
        "good question",
        "sounds like a scam",
        "okay let me check",
        "alright i need to think",
        "okay so where is it",
        "right so who are you",
        "right now i'm busy",
        "great but i can't do tuesday",
        "perfect except the time is wrong",
        "could be",
        "and who is this",
        "hello",
        "what",
        "purple monkey",
    ],
)
def test_what_is_no_plain_yes_books_nothing(text: str) -> None:
    assert Intent.AFFIRM not in intents(text, CONFIRM)


@pytest.mark.parametrize(
    "text",
    [
        "this is john",
        "this is her mother",
        "who is it",
        "i am with him",
        "she is not here",
        "who wants to know",
        "no this is her brother",
    ],
)
def test_somebody_else_is_not_the_person(text: str) -> None:
    assert Intent.AFFIRM not in intents(text, "Am I speaking with Meera Shah? Say yes or no.")


@pytest.mark.parametrize(
    "text", ["no", "no not tuesday", "no i can't do that", "nope that doesn't work for me", "never on a friday"]
)
@pytest.mark.parametrize("asked", [CONFIRM, "Which one suits you?", "When would be a good time to call again?"])
def test_no_to_a_time_is_never_an_opt_out(text: str, asked: str) -> None:
    assert not {Intent.OPT_OUT, Intent.WRONG_NUMBER, Intent.NOT_INTERESTED} & intents(text, asked)


@pytest.mark.parametrize(
    "text",
    ["yes", "yes please do go ahead", "that's perfect thank you", "sure why not", "haan theek hai kar do", "correct"],
)
def test_a_plain_yes_is_one(text: str) -> None:
    assert understood(text, CONFIRM).intents[0].intent is Intent.AFFIRM
