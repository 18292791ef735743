import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interviews.understanding import Meaning
from interviews.understanding.times.reader import read
from interviews.understanding.times.search import admits, distance
from tests.interviews.understanding.cases import NOW, understood

# Where people say numbers
SAID = (
    "in {} days",
    "in {} and a half hours",
    "in {} minutes",
    "{} weeks from monday",
    "monday se {} din baad",
    "monday in {} weeks",
    "next {} weeks",
    "{} mondays from now",
    "{} years from now",
    "{} hours ago",
    "option {}",
    "press {}",
    "at {}",
    "{} past 3",
    "{}:30",
    "10:{} pm",
    "saade {}",
    "saade {} baje",
    "the {}th",
    "{} november",
    "november {}",
    "3 november {}",
    "{} tarikh",
    "{}/{}/{}",
    "1/1/{}",
    "after 12/31/{}",
    "before 1/1/{}",
    "the day after 12/31/{}",
    "the day before 1/1/{}",
    "31/12/{} to monday",
    "20{}-11-24",
    "for {} days",
)
# As recognisers and keyboards write them, signs among them that are digits and no numbers
NUMBERS = st.text("0123456789", min_size=1, max_size=12) | st.text("0९٣²½9", min_size=1, max_size=9)
FAR = "9" * 400


@pytest.mark.parametrize("number", [FAR, "9" * 5000, "9" * 12, "9999", "0001", "²"], ids=lambda number: number[:12])
@pytest.mark.parametrize("said", SAID)
def test_a_number_of_any_length_is_understood_wherever_it_is_said(said: str, number: str) -> None:
    text = said.replace("{}", number)

    meaning = understood(text)

    assert isinstance(meaning, Meaning)
    assert admits(meaning.times, NOW) == (not distance(meaning.times, NOW))


@given(said=st.sampled_from(SAID), number=NUMBERS, joined=st.sampled_from([" ", " or ", " to ", " and not "]))
@example(said="31/12/{} to monday", number="9999", joined=" ")
def test_any_number_twice_in_one_sentence_is_understood(said: str, number: str, joined: str) -> None:
    text = said.replace("{}", number)

    assert isinstance(understood(text + joined + text), Meaning)


@pytest.mark.parametrize("said", SAID)
def test_times_are_read_out_of_words_that_nobody_has_cut(said: str) -> None:
    reading = read(said.replace("{}", "9" * 5000), NOW.replace(tzinfo=None))

    assert all(distance((one.time_said(),), NOW) is not None for one in reading.said)


@pytest.mark.parametrize(
    "text",
    [
        f"in {FAR} days",
        f"in {FAR} and a half hours",
        f"{FAR} weeks from monday",
        f"monday in {FAR} weeks",
        f"{FAR} mondays from now",
        "1000 weeks from monday",
        "monday in 1000 weeks",
        "in 99 years",
        "12/31/9999",
        "on 3/12/1850",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_too_far_away_is_no_time_nor_is_a_piece_of_it(text: str) -> None:
    assert understood(text).times == ()


@pytest.mark.parametrize(
    ("text", "days"), [("in 0000014 days", 14), ("monday in 150 weeks", 1 + 150 * 7), ("in 1440 minutes", 1)]
)
def test_what_is_far_away_and_can_be_meant_is_a_time(text: str, days: int) -> None:
    (said,) = understood(text).times

    assert said.date is not None
    assert (said.date - NOW.date()).days == days
