import pytest

from interviews.understanding.meaning import Consent
from tests.interviews.understanding.cases import understood


@pytest.mark.parametrize(
    ("said", "slots"),
    [
        ("yes", (0, 1, 2)),
        ("yes tuesday", (0, 1)),
        ("yes tuesday at ten", (0,)),
        ("yes the 24th at two", (1,)),
        ("yes thursday in the afternoon", (2,)),
        ("yes november 24th 2026 at ten", (0,)),
        ("yes november 24th 2027 at ten", ()),
        ("yes december the 24th at ten", ()),
        ("yes tuesday the 25th", ()),
        ("yes ten at night", ()),
        ("yes after ten", ()),
        ("yes tuesday after ten", ()),
        ("yes next week", ()),
        ("yes from ten to two", ()),
        ("yes tuesday at ten tuesday at two", ()),
    ],
)
def test_yes_is_to_the_slots_that_no_time_in_it_contradicts(said: str, slots: tuple[int, ...]) -> None:
    found = understood(said).consent

    assert (found or Consent(is_plain=False)).slots == slots


def test_next_tuesday_is_asked_about_once_more() -> None:
    assert understood("yes next tuesday at ten").consent == Consent(is_plain=False, slots=(0,))


@pytest.mark.parametrize("said", ["yes not tuesday", "yes tuesday or thursday", "yes 👎", "yes?"])
def test_range_another_choice_and_what_nobody_pronounces_are_no_consent(said: str) -> None:
    assert understood(said).consent is None


@pytest.mark.parametrize("said", ["sure, why not?", "Yes… please!", "“Yes,” please", "yes (please)", "हाँ जी।"])
def test_signs_that_ask_nothing_leave_a_yes_plain(said: str) -> None:
    assert understood(said).consent == Consent(is_plain=True, slots=(0, 1, 2))
