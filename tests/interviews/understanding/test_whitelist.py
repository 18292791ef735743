import pytest

from interviews.understanding.intents.whitelist import MAX_WORDS, NAME, TIME, Whitelist, words_of

LIST = Whitelist("""# what may be said
good = fine great
  lovely

[yes]
yes
{good} it? is
it is {good}
TIME

[opening]
well
it

[aside]
NAME
""")


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("yes", {"yes"}),
        ("well yes", {"opening", "yes"}),
        ("it is lovely", {"yes"}),
        ("great is", {"yes"}),
        ("great it is", {"yes"}),
        ("it yes", {"opening", "yes"}),
        (f"yes {NAME} {TIME}", {"yes", "aside"}),
    ],
)
def test_words_that_are_on_the_list_are_of_its_kinds(said: str, kinds: set[str]) -> None:
    assert LIST.kinds(said.split()) == kinds


@pytest.mark.parametrize(
    "said", ["", "no", "yes no", "it is", "yes it is", "yes well", "fine", "yes " * (MAX_WORDS + 1)]
)
def test_anything_else_is_of_none(said: str) -> None:
    assert LIST.kinds(said.split()) is None


def test_word_of_two_classes_is_found_in_both() -> None:
    both = Whitelist("a = x y\nb = y z\n\n[one]\n{a} {b}\n")

    assert both.kinds(["y", "y"]) == {"one"}


def test_leading_words_end_with_the_last_phrase_of_a_wanted_kind() -> None:
    assert LIST.leading(["well", "yes", "it", "is", "lovely", "well", "but", "no"], {"yes"}) == 5


def test_time_of_many_pieces_is_one_word() -> None:
    assert words_of("yes on the DAY at CLOCK in the PART - is fine") == ["yes", TIME, "is", "fine"]
