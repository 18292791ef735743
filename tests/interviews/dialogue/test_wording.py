from datetime import UTC, datetime

import pytest

from interviews.dialogue import wording
from interviews.dialogue.session import Offered, Person, Phase, Session
from interviews.language.en.sentences import QUESTIONS, SENTENCES

PERSON = Person("Asha Rao", "Acme", "Backend Engineer", "Asia/Kolkata")
SLOTS = (
    Offered("a", datetime(2026, 11, 24, 4, 30, tzinfo=UTC)),
    Offered("b", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
    Offered("c", datetime(2026, 12, 1, 4, 30, tzinfo=UTC)),
)


def test_offer_says_once_what_the_times_share() -> None:
    session = Session(PERSON, phase=Phase.OFFER, offered=SLOTS)

    said = wording.question(session)

    assert said == (
        "I can offer: one, Tuesday the 24th of November at ten in the morning; two, the same day at two in the "
        "afternoon; or three, Tuesday the 1st of December at ten in the morning. Which one suits you? Say it, or press "
        "its number. For another time, say when, or press 4."
    )


def test_single_offer_is_asked_as_one() -> None:
    session = Session(PERSON, phase=Phase.OFFER, offered=SLOTS[:1])

    assert wording.question(session).startswith("I can offer Tuesday the 24th of November at ten in the morning. Does")


def test_times_are_spoken_in_the_persons_own_zone() -> None:
    in_new_york = Session(Person("Al", "Acme", "", "America/New_York"), phase=Phase.CONFIRM, offered=SLOTS, chosen=1)

    assert "Tuesday the 24th of November at half past three in the morning" in wording.question(in_new_york)


def test_three_that_fit_are_all_named_to_choose_from() -> None:
    session = Session(PERSON, phase=Phase.OFFER, offered=SLOTS, ambiguous=(0, 1, 2))

    assert wording.words("disambiguation", session).count(" at ") == 3


def test_interview_without_a_position_is_just_an_interview() -> None:
    session = Session(Person("Asha", "Acme", "", "UTC"))

    assert wording.words("introduction", session) == "Thank you, Asha. I'm calling to find a time for your interview."


def test_braces_in_a_name_are_spoken_as_they_are() -> None:
    session = Session(Person("{company} {0}", "Acme", "", "UTC"))

    assert "{company} {0}" in wording.question(session)


@pytest.mark.parametrize("sentences", [*SENTENCES.values(), *QUESTIONS.values()])
def test_sentences_are_short_enough_to_be_heard(sentences: str) -> None:
    longest = max(len(sentence.split()) for sentence in sentences.replace("?", ".").split("."))

    assert longest <= 17


def test_hints_name_the_offered_days_and_times() -> None:
    session = Session(PERSON, phase=Phase.OFFER, offered=SLOTS)

    hints = wording.hints(session)

    assert {"Tuesday", "Tuesday at ten", "the 24th", "two in the afternoon", "the third one", "yes"} <= set(hints)
    assert len(hints) == len(set(hints))


def test_hints_before_an_offer_are_the_plain_answers() -> None:
    assert wording.hints(Session(PERSON)) == ("yes", "no", "repeat that", "another time", "call me later")
