import pytest

from interviews.understanding import Grammar
from interviews.understanding.normalise import MAX_LETTERS, MAX_WORDS, words_of
from interviews.understanding.tools.explain import explain
from tests.interviews.understanding.cases import CASES, understood, utterance


@pytest.mark.parametrize("text", [case[0] for case in CASES] + ["yes " * MAX_WORDS, "a" * MAX_LETTERS])
def test_what_people_say_is_read_to_its_end(text: str) -> None:
    assert not understood(text).is_cut


@pytest.mark.parametrize(
    "text",
    [
        "yes " * (MAX_WORDS + 1),
        "yes " * MAX_WORDS + "but not yet",
        "don't " * (MAX_WORDS // 2) + "yes",
        "yes " + "a" * (MAX_LETTERS + 1),
        "yes " + "9" * 400,
        "ह" * 1000,
        "1-" * 500,
        "x" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_what_was_left_out_is_reported(text: str) -> None:
    assert understood(text).is_cut


def test_of_very_long_talk_only_the_beginning_is_read() -> None:
    words = words_of("okay " * 10_000 + "stop").text.split()

    assert words == ["okay"] * MAX_WORDS


def test_a_very_long_word_keeps_its_place() -> None:
    assert words_of(f"monday in {'9' * 400} weeks").text == f"monday in {'9' * MAX_LETTERS} weeks"


def test_fillers_do_not_count() -> None:
    assert words_of("um " * 1000 + "yes").text == "yes"
    assert not words_of("um " * 1000 + "yes").is_cut


def test_what_was_left_out_is_explained() -> None:
    explained = explain(utterance("yes " * 1000), Grammar())

    assert "(and more, not read)" in explained
