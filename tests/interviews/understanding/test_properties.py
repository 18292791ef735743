from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviews.language.en.spoken_times import ordinal, spoken_clock, spoken_day, spoken_slot, spoken_time
from interviews.understanding import Grammar, Meaning, Utterance
from interviews.understanding.normalise import normalise
from interviews.understanding.patterns import Pattern
from interviews.understanding.phrases import ANSWER, ASKED, CHOICE, CUES, FIRM, HARD, TIME, WHOLE
from interviews.understanding.times import clock, reader
from interviews.understanding.times.reader import names_any, read
from interviews.understanding.times.rules import Rule, any_of
from interviews.understanding.times.search import admits, distance
from tests.interviews.understanding.cases import CASES, GRAMMAR, NOW, OFFERED, understood

pytestmark = pytest.mark.slow

FILLERS = ("um", "uh", "please", "you know", "hmm", "er")
TALK = (  # noqa: SIM905 - a list of fifty strings reads worse
    "the of on at to in a next this last first second 31st 29 february may 99 24 60 0 7 1430 2 30 / - : half quarter "
    "past monday sunday week weekend month day days before after between and or from until hours minutes ago baje "
    "saade kal no wait not christmas early late afternoon tonight noon"
).split()
ZONES = ("Asia/Kolkata", "America/New_York", "Europe/Berlin", "UTC")
# A day further off was named with its year
HORIZON = timedelta(days=3 * 366)
# Two fillers that together are an answer
SOUNDS = ("uh-huh",)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - Hypothesis adds zones itself
QUARTERS = st.integers(min_value=8 * 4, max_value=19 * 4)
SLOTS = st.lists(st.tuples(st.integers(min_value=1, max_value=25), QUARTERS), min_size=1, max_size=3, unique=True).map(
    sorted
)


@given(text=st.text(), asked=st.none() | st.text(), zone=st.text() | st.sampled_from(ZONES))
def test_no_text_raises(text: str, asked: str | None, zone: str) -> None:
    meaning = GRAMMAR.understand(Utterance(text=text, now=NOW, time_zone=zone, offered=OFFERED, asked=asked))

    assert isinstance(meaning, Meaning)


@given(
    words=st.lists(st.sampled_from(TALK), max_size=9),
    now=MOMENTS,
)
def test_no_talk_of_times_raises(words: list[str], now: datetime) -> None:
    utterance = Utterance(text=" ".join(words), now=now.replace(tzinfo=UTC), time_zone="Asia/Kolkata", offered=OFFERED)

    ranges = [(said.date, said.end_date) for said in GRAMMAR.understand(utterance).times if said.date and said.end_date]
    assert all(start <= end for start, end in ranges)


def ungated(meaning: Meaning) -> Meaning:
    """Return the meaning without what a murmur may close: "yes, um" is not yet a yes."""
    return replace(meaning, consent=None, speaker=None, beside=None)


# A filler that is an answer only where nothing stands beside it
ANSWERS_ALONE = ("please",)


@given(data=st.data())
def test_fillers_change_no_meaning_but_a_consent(data: st.DataObject) -> None:
    text, _, *asked = data.draw(st.sampled_from([case for case in CASES if case[0] not in {*SOUNDS, *ANSWERS_ALONE}]))
    words = text.split()
    at = data.draw(st.integers(min_value=0, max_value=len(words)))
    filler = data.draw(st.sampled_from(FILLERS))

    filled = " ".join([*words[:at], filler, *words[at:]])

    assert ungated(understood(filled, *asked)) == ungated(understood(text, *asked))


@settings(max_examples=80)
@given(days_and_quarters=SLOTS, zone=st.sampled_from(ZONES), number=st.integers(min_value=0, max_value=2))
def test_naming_one_offered_slot_as_we_speak_it_chooses_it(
    days_and_quarters: list[tuple[int, int]], zone: str, number: int
) -> None:
    now = NOW.astimezone(ZoneInfo(zone))
    offered = [
        now.replace(hour=quarter // 4, minute=quarter % 4 * 15) + timedelta(days=day)
        for day, quarter in days_and_quarters
    ]
    wanted = offered[number % len(offered)]

    chosen = {
        form: GRAMMAR.understand(Utterance(text=form, now=now, time_zone=zone, offered=tuple(offered))).choice.indexes
        for form in forms_of(wanted, offered)
    }

    assert chosen == dict.fromkeys(chosen, (offered.index(wanted),))


def forms_of(wanted: datetime, offered: list[datetime]) -> list[str]:
    """Return the ways to name this slot that name no other."""
    others = [slot for slot in offered if slot != wanted]
    place = ("first", "second", "third")[offered.index(wanted)]
    forms = [
        spoken_slot(wanted),
        f"{spoken_time(wanted.time())} on {spoken_day(wanted.date())}",
        f"the {place} one",
        f"option {offered.index(wanted) + 1}",
    ]
    if all(slot.date() != wanted.date() for slot in others):
        forms += [spoken_day(wanted.date()), f"{wanted:%B} {ordinal(wanted.day)}"]
    if all(slot.day != wanted.day for slot in others):
        forms.append(f"the {ordinal(wanted.day)}")
    if all(slot.weekday() != wanted.weekday() for slot in others):
        forms += [f"{wanted:%A}", f"let's do {wanted:%A}", f"{wanted:%A} at {spoken_clock(wanted.time())}"]
    if all(slot.time() != wanted.time() for slot in others):
        forms.append(spoken_time(wanted.time()))
    return forms


@given(
    words=st.lists(st.sampled_from(TALK), max_size=9).map(" ".join) | st.sampled_from(CASES).map(itemgetter(0)),
    now=MOMENTS,
)
def test_a_time_is_named_where_one_is_read(words: str, now: datetime) -> None:
    text = normalise(words)

    assert names_any(text, now) == bool(read(text, now).kinds)


@given(at=MOMENTS, case=st.sampled_from(CASES))
def test_what_is_admitted_is_not_far(at: datetime, case: list[str]) -> None:
    said = understood(case[0]).times

    assert admits(said, at) == (distance(said, at) == timedelta())


@pytest.mark.parametrize("table", [HARD, WHOLE, FIRM, CUES, ANSWER, ASKED, CHOICE, TIME])
def test_every_phrase_can_be_read(table: dict[str, Pattern]) -> None:
    assert all(pattern.search("") is None or pattern.compiled for pattern in table.values())


# As nobody speaks: signs, scripts, control characters, and very much of everything
SCRIPTS = st.text(st.characters(min_codepoint=0x900, max_codepoint=0x97F) | st.sampled_from(" ,।0123456789"))
SIGNS = st.text(st.sampled_from("\x00\x07\n\r\t\u200b\u200d\u202e\ufeff😀👍🏽🇮🇳'\"\\/{}%$.:;-–—½²٣") | st.characters())
WORDS = st.lists(st.sampled_from([*TALK, *(word for case in CASES for word in case[0].split())]), max_size=30)
ANY_TALK = SCRIPTS | SIGNS | WORDS.map(" ".join) | st.lists(WORDS.map(" ".join) | SCRIPTS | SIGNS).map(" ".join)
INSTANTS = MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))
utterances = st.builds(
    Utterance,
    text=ANY_TALK,
    now=INSTANTS,
    time_zone=st.sampled_from(ZONES) | st.text(max_size=20),
    offered=st.lists(INSTANTS, max_size=3).map(tuple),
    asked=st.none() | ANY_TALK,
    confidence=st.none() | st.floats(0, 1),
    country=st.none() | st.sampled_from(["IN", "US", "GB", "DE", "XX", ""]),
)


@settings(max_examples=80)
@given(utterances)
def test_whatever_is_said_means_something_that_can_be_used(utterance: Utterance) -> None:
    meaning = GRAMMAR.understand(utterance)

    today = utterance.now.date()
    days = [day for said in meaning.times for day in (said.date, said.end_date) if day]
    assert set(meaning.choice.indexes) <= set(range(len(utterance.offered)))
    assert len(set(meaning.choice.indexes)) == len(meaning.choice.indexes)
    assert all(0 <= heard.score <= 1 for heard in meaning.intents)
    assert all(abs(day - today) < HORIZON or str(day.year) in normalise(utterance.text) for day in days)
    assert all(said.time is None or said.time.tzinfo is None for said in meaning.times)


@given(utterances)
def test_the_same_is_always_understood_the_same(utterance: Utterance) -> None:
    assert GRAMMAR.understand(utterance) == GRAMMAR.understand(utterance) == Grammar().understand(utterance)


@pytest.mark.parametrize("text", ["sava ¹", "oh ² five", "½ past ①", "saade ③"])
def test_digits_that_are_no_numbers_raise_nothing(text: str) -> None:
    assert isinstance(understood(text, asked=text), Meaning)


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "no " * 5_000, "tuesday at ten " * 500, "मंगलवार " * 1_000, "1" * 10_000, "yes " * 5_000]
)
def test_very_long_talk_is_understood_too(text: str) -> None:
    assert isinstance(understood(text), Meaning)


@pytest.mark.parametrize("rules", [reader.DAY_RULES, clock.RULES, clock.LAST_RULES], ids=["days", "clock", "last"])
def test_one_look_finds_what_any_rule_finds_and_nothing_else(rules: tuple[Rule, ...]) -> None:
    texts = [normalise(case[0]) for case in CASES]
    found = [any(pattern.search(text) for pattern, _ in rules) for text in texts]

    assert [bool(any_of(rules).search(text)) for text in texts] == found
    assert set(found) == {True, False}
