"""What people say to the read-back and to "is this you?", in hundreds of voices: through the understanding and the
conversation as on the phone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from interviews.dialogue import engine
from interviews.dialogue.engine import Step
from interviews.dialogue.events import Heard
from interviews.dialogue.session import Offered, Person, Phase, Session
from interviews.dialogue.table import Cue, Effect
from interviews.dialogue.wording import question
from interviews.understanding import Grammar, Utterance

pytestmark = pytest.mark.slow

SAID = Path(__file__).parent / "said"
ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 22, 9, tzinfo=ZONE)
ASKED_WHO = Session(Person("Asha Rao", "Acme", "Backend Engineer", ZONE.key))
READ_BACK = replace(
    ASKED_WHO,
    phase=Phase.CONFIRM,
    offered=tuple(Offered(f"slot {day}", datetime(2026, 11, day, 10, tzinfo=ZONE)) for day in (23, 24, 25)),
    chosen=1,
)
WORDS_OF_YES = ("yes", "okay", "sure", "perfect", "book it", "haan ji")
GRAMMAR = Grammar()


def lines_of(name: str) -> list[str]:
    text = (SAID / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in text if line and not line.startswith("#")]


def step_after(session: Session, text: str, *, confidence: float | None = None) -> Step:
    offered = tuple(slot.starts_at for slot in session.offered)
    name, asked = session.person.name, question(session)
    said = Utterance(text, NOW, ZONE.key, offered, asked=asked, confidence=confidence, name=name)
    return engine.step(session, Heard(GRAMMAR.understand(said)))


def booking(texts: Iterable[str]) -> list[str]:
    """Return those of the texts that book the slot that was read back."""
    return [text for text in texts if step_after(READ_BACK, text).effect is Effect.BOOK]


def going_on(texts: Iterable[str]) -> list[str]:
    """Return those of the texts after which we go on as with the person: they open what is for nobody else."""
    return [text for text in texts if step_after(ASKED_WHO, text).effect is Effect.FIND]


def as_sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def in_both_orders(yes: str, other: str) -> tuple[str, ...]:
    """Return a yes and something else in both orders, as recognisers write them."""
    return (
        f"{yes} {other}",
        f"{other} {yes}",
        f"{as_sentence(yes)}, {other}.",
        f"{as_sentence(other)}. {as_sentence(yes)}.",
    )


@pytest.mark.parametrize("yes", WORDS_OF_YES)
def test_a_yes_joined_with_what_takes_it_back_books_nothing(yes: str) -> None:
    assert booking(text for other in lines_of("takes_back") for text in in_both_orders(yes, other)) == []


def test_what_takes_a_yes_back_books_nothing_alone() -> None:
    assert booking(lines_of("takes_back")) == []


def test_what_is_no_yes_books_nothing() -> None:
    assert booking(lines_of("books_nothing")) == []


@pytest.mark.parametrize("yes", ["yes and", "yes but", "yes so", "okay so", "yes the", "yes if", "yes then maybe"])
def test_a_yes_that_was_cut_off_books_nothing(yes: str) -> None:
    assert booking([yes]) == []


def test_plain_yeses_book() -> None:
    said = [text for line in lines_of("plain_yeses") for text in (line, as_sentence(line))]

    assert set(said) - set(booking(said)) == set()


def test_the_time_without_a_yes_is_asked_about_once_more() -> None:
    cues = {text: step_after(READ_BACK, text).cue for text in lines_of("asked_once_more")}

    assert {text: cue for text, cue in cues.items() if cue is not Cue.NAMED} == {}


@pytest.mark.parametrize("confidence", [0.01, 0.1, 0.2])
def test_a_yes_that_was_hardly_heard_books_nothing_and_discloses_nothing(confidence: float) -> None:
    assert step_after(READ_BACK, "yes", confidence=confidence).effect is None
    assert step_after(ASKED_WHO, "yes", confidence=confidence).effect is None


@pytest.mark.parametrize("confidence", [None, 0.0, 0.4, 0.95])
def test_a_yes_that_was_heard_books(confidence: float | None) -> None:
    assert step_after(READ_BACK, "yes", confidence=confidence).effect is Effect.BOOK


@pytest.mark.parametrize("name", ["No Min", "Wait Never", "Will Stop", "Later Hold"])
def test_no_name_turns_what_is_no_yes_into_one(name: str) -> None:
    named = replace(READ_BACK, person=replace(READ_BACK.person, name=name))
    said = [f"yes {word}" for word in ("no", "wait", "never", "stop", "later", "hold")]

    assert [text for text in said if step_after(named, text).effect is Effect.BOOK] == []


REFUSING_NAMES = (
    *("Badal Roy", "Mana Shetty", "Sita Magar", "Mat Fraser", "Asif Butt", "Jack Early", "Tom Late", "Ray Nott"),
    *("Par Nilsson", "Aage Larsen", "Baad Shah", "Phone Myint", "Rok Petrovic", "Raju Band", "Else Lasker", "May Be"),
    *("Kya Jones", "Ravi Rad", "Cancel Diaz", "Maya Shift", "Abhi Rao", "Lekin Bello", "Juan Pero"),
)
BESIDE_A_NAME = (
    "yes {}",
    "haan {}",
    "okay {}",
    "{} kar do",
    "haan {} kar do",
    "{} kar dijiye",
    "{} book karo",
    "{} rakh do",
)


@pytest.mark.parametrize("name", REFUSING_NAMES)
def test_no_word_of_a_name_books_beside_a_yes(name: str) -> None:
    named = replace(READ_BACK, person=replace(READ_BACK.person, name=name))
    said = [phrase.format(word) for word in name.lower().split() for phrase in BESIDE_A_NAME]

    assert [text for text in said if step_after(named, text).effect is Effect.BOOK] == []


@pytest.mark.parametrize("name", REFUSING_NAMES)
def test_a_plain_yes_books_whatever_the_name(name: str) -> None:
    named = replace(READ_BACK, person=replace(READ_BACK.person, name=name))

    assert step_after(named, "yes").effect is Effect.BOOK


@pytest.mark.parametrize(
    "said", ["haan hello", "yes mm-mm", "yes bye", "yes it's", "right now is good", "yes no, problem"]
)
def test_what_is_no_plain_yes_settles_no_clarification(said: str) -> None:
    clarifying = replace(READ_BACK, clarifying=Cue.NOT_INTERESTED.value)

    assert step_after(clarifying, said).cue is not Cue.NOT_INTERESTED


@pytest.mark.parametrize(
    ("said", "cue"),
    [
        ("yes i want to cancel", Cue.NO),
        ("i have to ask my manager", Cue.UNSURE),
        ("all right i will think about it", Cue.UNSURE),
        ("yes can you repeat that", Cue.REPEAT),
        ("haan ek second", Cue.HOLD_ON),
        ("good morning", Cue.REPEAT),
        ("yes is it online", Cue.INFO),
        ("yes no wait", Cue.HOLD_ON),
        ("yes two", Cue.CHOSE),
        ("yes the third one", Cue.CHOSE),
        ("yes wednesday at ten", Cue.CHOSE),
        ("yes tuesday at four", Cue.OTHER_TIME),
        ("yes at ten in the evening", Cue.OTHER_TIME),
        ("yes stop calling me", Cue.OPT_OUT),
    ],
)
def test_what_is_said_beside_a_yes_is_answered_as_what_it_is(said: str, cue: Cue) -> None:
    assert step_after(READ_BACK, said).cue is cue


def test_nothing_is_disclosed_to_strangers() -> None:
    said = [text for line in lines_of("strangers") for text in (line, as_sentence(line))]

    assert going_on(said) == []


def test_the_person_goes_on() -> None:
    said = [text for line in lines_of("selves") for text in (line, as_sentence(line))]

    assert set(said) - set(going_on(said)) == set()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Amma Asante", "amma speaking"),
        ("Amma Asante", "yes this is amma"),
        ("Papa Diop", "papa bol raha hoon"),
        ("Ravi Bhai", "bhai bol raha hoon"),
        ("Meera Ben Shah", "ben bol rahi hoon"),
        ("Heung Min Son", "son here"),
        ("Son Heung Min", "son speaking"),
        ("Mother Teresa", "mother speaking"),
        ("Mary Husband", "yes husband"),
        ("Mamata Roy", "mama speaking"),
        ("Out Lee", "yes out"),
        ("Priya Nair", "nair speaking"),
        ("Priya Nair", "yes this is deepa nair"),
        ("Priya Nair", "this is priya menon"),
        ("John Smith", "smith here"),
        ("John Smith", "peter smith speaking"),
        ("John Smith", "it's john baker"),
    ],
)
def test_a_name_that_is_only_partly_the_persons_discloses_nothing(name: str, said: str) -> None:
    asked = replace(ASKED_WHO, person=replace(ASKED_WHO.person, name=name))

    assert step_after(asked, said).effect is not Effect.FIND


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Amma Asante", "amma asante speaking"),
        ("Papa Diop", "this is papa diop"),
        ("Son Heung Min", "yes son heung min here"),
        ("Asha Devi Rao", "asha rao speaking"),
        ("Asha Devi Rao", "this is asha devi"),
        ("Priya Nair", "priya here"),
        ("John Smith", "this is mr john smith"),
        ("John Smith", "yes it's john"),
    ],
)
def test_the_persons_own_name_goes_on(name: str, said: str) -> None:
    asked = replace(ASKED_WHO, person=replace(ASKED_WHO.person, name=name))

    assert step_after(asked, said).effect is Effect.FIND


@pytest.mark.parametrize(
    ("said", "cue"),
    [
        ("yes this is her brother", Cue.NO),
        ("haan main uska bhai hoon", Cue.NO),
        ("no this is her husband she's at work", Cue.NO),
        ("no i'm not asha i'm her mum", Cue.NO),
        ("yes i'll get her", Cue.FETCHING),
        ("sure i'll give her the phone", Cue.FETCHING),
        ("let me see if she's in", Cue.FETCHING),
        ("one moment putting her on", Cue.FETCHING),
        ("she's at work who's calling", Cue.NO),
        ("sorry wrong number there's no asha here", Cue.WRONG_NUMBER),
        ("no i don't know her you have the wrong number", Cue.WRONG_NUMBER),
    ],
)
def test_who_is_not_the_person_is_asked_what_fits(said: str, cue: Cue) -> None:
    assert step_after(ASKED_WHO, said).cue is cue


@pytest.mark.parametrize("name", ["takes_back", "plain_yeses", "strangers", "selves", "books_nothing"])
def test_no_line_stands_twice(name: str) -> None:
    said = lines_of(name)

    assert len(said) == len(set(said))
