import pytest

from interviews.language.en.raw_text import is_murmured, is_no_clear_yes


@pytest.mark.parametrize(
    "said", ["Yes, mm-mm.", "ah ah okay", "okay hmm", "yes um sir", "uh-oh yes", "haan ya", "हाँ या"]
)
def test_murmur_or_a_hindi_or_is_heard(said: str) -> None:
    assert is_murmured(said)


@pytest.mark.parametrize("said", ["um yes", "uh-huh", "mm-hmm yes", "yes uh tuesday", "ya sure", "Ya, ya.", "10 a.m."])
def test_murmur_within_a_yes_is_none(said: str) -> None:
    assert not is_murmured(said)


@pytest.mark.parametrize(
    "said", ["yes no, problem", "haan nahi problem", "haan do", "yes it's", "Okay, let's", "yes...", "accha ji"]
)
def test_what_may_be_no_yes_is_none(said: str) -> None:
    assert is_no_clear_yes(said)


@pytest.mark.parametrize(
    "said",
    ["yes, no problem", "koi dikkat nahi haan", "haan do baje", "yes it's fine", "haan kar do", "accha theek hai"],
)
def test_clear_yes_stays_one(said: str) -> None:
    assert not is_no_clear_yes(said)
