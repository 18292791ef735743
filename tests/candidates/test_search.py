import pytest

from candidates.search import folded, joined_number, search_words


@pytest.mark.parametrize(
    ("typed", "joined"),
    [
        ("+91 98765-43210", "+919876543210"),
        ("(098765) 43210", "9876543210"),
        (" 020.7946.0000 ", "2079460000"),
        ("98765", "98765"),
    ],
)
def test_number_typed_in_pieces_is_one_word(typed: str, joined: str) -> None:
    assert joined_number(typed) == joined


@pytest.mark.parametrize("typed", ["Asha Rao", "asha@example.com", "12 34", "Unit 12345", "", "00 00 0"])
def test_what_is_no_number_stays_as_it_is(typed: str) -> None:
    assert joined_number(typed) == typed


def test_words_are_found_without_accents_and_numbers_by_their_digits() -> None:
    assert folded("Zoë") == "zoe"
    assert search_words("Zoë Rao", None, "+44 7700") == ["44", "7700", "rao", "zoe"]
