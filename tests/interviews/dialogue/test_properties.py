from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from interviews.dialogue import cues, engine
from interviews.dialogue.cues import AWAY, CLARIFIABLE, HARD, PATIENCE
from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Cancelled,
    Event,
    Heard,
    MachineAnswered,
    NoInput,
    NotBookable,
    Pressed,
    SlotGone,
    SlotsFound,
    Trouble,
)
from interviews.dialogue.session import ASKING, CLOSES, WORKING, Offered, Person, Phase, Session
from interviews.dialogue.table import TABLE, Cue, Effect
from interviews.dialogue.wording import question, words
from interviews.language.en.sentences import SENTENCES
from interviews.understanding.meaning import Choice, Consent, Intent, IntentHeard, Meaning, Part, Speaker, TimeSaid
from interviews.understanding.score import ACT

pytestmark = pytest.mark.slow

PERSON = Person("Asha Rao", "Acme", "Backend Engineer", "Asia/Kolkata")
SLOTS = [Offered(f"slot {day}", datetime(2026, 11, day, 4, 30, tzinfo=UTC)) for day in range(23, 30)]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001

persons = st.builds(
    Person,
    st.from_regex(r"[^\s{}]{1,20}( [^\s{}]{1,20})?", fullmatch=True),
    st.text(st.characters(exclude_characters="{}"), max_size=20),
    st.text(st.characters(exclude_characters="{}"), max_size=20),
    st.sampled_from(["Asia/Kolkata", "America/New_York", "Asia/Kathmandu", "UTC"]),
)
times = st.builds(
    TimeSaid,
    date=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    time=st.none() | st.times(),
    part=st.none() | st.sampled_from(Part),
    excluded=st.booleans(),
)
indexes = st.lists(st.integers(0, 4), max_size=3, unique=True).map(tuple)
consents = st.builds(Consent, st.booleans(), indexes)
meanings = st.builds(
    Meaning,
    intents=st.lists(st.builds(IntentHeard, st.sampled_from(Intent), st.floats(0, 1)), max_size=4).map(tuple),
    times=st.lists(times, max_size=2).map(tuple),
    choice=st.builds(Choice, indexes, st.booleans()),
    consent=st.none() | consents,
    speaker=st.none() | st.sampled_from(Speaker),
    beside=st.none() | st.sampled_from(Intent),
)
keys = st.sampled_from("12") | st.text("0123456789*#", min_size=1, max_size=32)
of_a_person = st.builds(Heard, meanings) | st.builds(Pressed, keys) | st.just(NoInput())
answers = of_a_person | st.sampled_from([MachineAnswered(), Trouble()])
offers = st.lists(st.sampled_from(SLOTS), max_size=3, unique=True).map(tuple)
REPORTS = {
    Phase.SEARCHING: st.builds(SlotsFound, offers, st.booleans()),
    Phase.BOOKING: st.sampled_from([Booked(), SlotGone(), NotBookable()]),
    Phase.CANCELLING: st.just(Cancelled()),
    Phase.SCHEDULING: st.builds(CallBackSet, st.none() | MOMENTS),
}

CLARIFYING = CLARIFIABLE | AWAY | {Cue.NAMED}

Drawing = Callable[[st.SearchStrategy], Any]


@st.composite
def sessions(draw: st.DrawFn, phases: frozenset[Phase] = ASKING) -> Session:
    """Drawing a session as the engine can leave it: what is chosen was offered, patience is not yet at its end."""
    phase = draw(st.sampled_from(sorted(phases)))
    is_choosing = phase in {Phase.CONFIRM, Phase.BOOKING, Phase.CANCELLING, Phase.STANDING}
    is_offering = is_choosing or phase is Phase.OFFER
    offered = tuple(draw(st.lists(st.sampled_from(SLOTS), min_size=int(is_offering), max_size=3, unique=True)))
    indexes = st.sampled_from(range(len(offered))) if offered else st.none()
    no_inputs = draw(st.integers(0, PATIENCE))
    return Session(
        draw(persons),
        phase=phase,
        offered=offered,
        chosen=draw(indexes if is_choosing else st.none() | indexes),
        ambiguous=tuple(draw(st.lists(indexes, max_size=len(offered), unique=True))),
        wish=tuple(draw(st.lists(times, max_size=2))),
        clarifying=draw(st.none() | st.sampled_from(sorted(CLARIFYING))),
        no_inputs=no_inputs,
        no_matches=draw(st.integers(0, PATIENCE - no_inputs)),
        is_slow=draw(st.booleans()),
    )


def best_outcome(taken: engine.Step) -> Event:
    found = SlotsFound(tuple(SLOTS[:3]))
    done = {Effect.FIND: found, Effect.BOOK: Booked(), Effect.CANCEL: Cancelled()}
    return done.get(taken.effect, CallBackSet(None))


def left_without_input(session: Session) -> Session:
    """Return the session once nothing was said for as long as we are patient."""
    for _ in range(PATIENCE + 1):
        session = session if session.has_ended else engine.advance(session, NoInput(), best_outcome).session
    return session


@given(sessions(), answers)
def test_any_answer_anywhere_means_what_has_a_row(session: Session, event: Event) -> None:
    after, heard = cues.read(session, event)

    assert heard
    assert set(heard) <= TABLE[session.phase].keys()
    assert after.phase is session.phase


@given(sessions(WORKING), st.data())
def test_any_report_to_the_work_it_is_of_means_what_has_a_row(session: Session, data: st.DataObject) -> None:
    _, heard = cues.read(session, data.draw(REPORTS[session.phase]))

    assert len(heard) == 1
    assert set(heard) <= TABLE[session.phase].keys()


@given(sessions(), answers)
def test_patience_ends_exactly_with_the_count(session: Session, event: Event) -> None:
    after, heard = cues.read(session, event)

    assert after.no_inputs + after.no_matches <= PATIENCE or heard == (Cue.GIVEN_UP,)


@given(sessions(), meanings, st.sampled_from(sorted(HARD)), st.floats(ACT, 1))
def test_who_wants_no_calls_is_obeyed_whatever_else_was_said(
    session: Session, meaning: Meaning, intent: Intent, score: float
) -> None:
    said = replace(meaning, intents=(*meaning.intents, IntentHeard(intent, score)), speaker=None)

    taken = engine.step(session, Heard(said))

    assert taken.session.phase in {Phase.OPTED_OUT, Phase.WRONG_NUMBER}


@given(sessions(), answers)
def test_what_is_chosen_or_named_to_choose_from_was_offered(session: Session, event: Event) -> None:
    after, _ = cues.read(session, event)

    assert {after.chosen, *after.ambiguous} - {None} <= set(range(len(after.offered)))


@given(sessions(), answers)
def test_who_asks_says_something(session: Session, event: Event) -> None:
    taken = engine.advance(session, event, best_outcome)

    assert taken.words or taken.session.has_ended
    assert all(sentence.strip() for sentence in taken.words)


@given(sessions())
def test_every_blank_in_our_words_is_filled(session: Session) -> None:
    said = [question(session), *(words(key, session) for key in SENTENCES)]

    assert not {"{", "}"} & set("".join(said))


@given(sessions(frozenset({Phase.CONFIRM})), meanings, st.integers(0, 2))
def test_a_yes_that_names_another_time_books_nothing(session: Session, meaning: Meaning, index: int) -> None:
    options = replace(session, ambiguous=())
    said = replace(meaning, choice=Choice(indexes=(index,)))
    assume(index < len(options.offered) and index != options.chosen)

    assert engine.step(options, Heard(said)).effect is not Effect.BOOK


@given(sessions(frozenset({Phase.CONFIRM})), keys)
def test_of_all_keys_the_one_books_and_no_other(session: Session, pressed: str) -> None:
    taken = engine.step(session, Pressed(pressed))

    assert (taken.effect is Effect.BOOK) == (pressed == "1" and session.clarifying in {None, Cue.NAMED})


@given(sessions(frozenset({Phase.CONFIRM})), meanings)
def test_nothing_but_a_plain_yes_to_the_time_read_back_books(session: Session, meaning: Meaning) -> None:
    taken = engine.step(session, Heard(meaning))

    consent = meaning.consent
    agreed = {session.options[slot] for slot in consent.slots if slot < len(session.options)} if consent else set()
    assert taken.effect is not Effect.BOOK or (consent and consent.is_plain and session.chosen in agreed)


@given(sessions(frozenset({Phase.IDENTITY, Phase.REACHABLE})), meanings)
def test_the_reason_is_disclosed_to_nobody_but_the_person(session: Session, meaning: Meaning) -> None:
    taken = engine.step(session, Heard(meaning))

    is_disclosed = taken.effect is Effect.FIND
    assert not is_disclosed or (session.phase is Phase.IDENTITY and meaning.speaker in {Speaker.YES, Speaker.SELF})


@given(sessions(), answers)
def test_a_question_that_was_changed_is_asked_again(session: Session, event: Event) -> None:
    taken = engine.advance(session, event, best_outcome)
    after = taken.session
    is_other = (after.phase, after.offered, after.chosen) != (session.phase, session.offered, session.chosen)
    # To choose is a question of its own; while the person is fetched nobody is asked, but whoever speaks next
    is_asked_otherwise = taken.cue in {Cue.DISAMBIGUATION, Cue.FETCHING}

    assert after.has_ended or not is_other or is_asked_otherwise or question(after) in taken.words


@given(sessions())
def test_no_input_ends_the_call_from_anywhere(session: Session) -> None:
    assert left_without_input(session).has_ended


PLAIN_YES = Heard(Meaning(consent=Consent(is_plain=True, slots=(0, 1, 2)), speaker=Speaker.YES))


class Conversation(RuleBasedStateMachine):
    """Any conversation, beside a world that knows which slots are free, what was read back, and what was booked."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(PERSON)
        self.free = set(SLOTS)
        self.booked: list[Offered] = []
        self.read_back: Offered | None = None

    @property
    def chosen(self) -> Offered | None:
        return None if self.session.chosen is None else self.session.choice

    def do(self, taken: engine.Step, draw: Drawing) -> Event:
        """Do what is asked for, as far as the world allows."""
        if taken.effect is Effect.FIND:
            wanted = draw(offers)
            return SlotsFound(tuple(slot for slot in wanted if slot in self.free), draw(st.booleans()))
        if taken.effect is Effect.BOOK:
            return self.book(taken) if draw(st.booleans()) else NotBookable()
        if taken.effect is Effect.CANCEL:
            return self.cancel(taken)
        return CallBackSet(draw(st.none() | MOMENTS))

    def book(self, taken: engine.Step) -> Event:
        choice = taken.session.choice
        assert (taken.cue, choice) == (Cue.YES, self.read_back)
        if choice not in self.free:
            return SlotGone()
        self.free.remove(choice)
        self.booked.append(choice)
        return Booked()

    def cancel(self, taken: engine.Step) -> Event:
        assert taken.cue is Cue.YES
        assert self.booked.pop() == taken.session.choice
        return Cancelled()

    @precondition(lambda self: self.session.phase is Phase.AGREED)
    @rule(data=st.data(), event=of_a_person)
    def say_something_after_the_booking(self, data: st.DataObject, event: Event) -> None:
        assume(engine.is_answered(self.session, event))
        self.answer(data, event)

    @precondition(lambda self: not self.session.has_ended)
    @rule(data=st.data(), event=of_a_person)
    def answer(self, data: st.DataObject, event: Event) -> None:
        taken = engine.advance(self.session, event, lambda step: self.do(step, data.draw))
        self.session = taken.session
        is_confirming = self.session.phase is Phase.CONFIRM
        is_read_back = is_confirming and taken.words[-1] == question(self.session)
        self.read_back = self.session.choice if is_read_back else self.read_back if is_confirming else None

    @precondition(lambda self: not self.session.has_ended)
    @rule(event=st.sampled_from([Pressed("1"), PLAIN_YES]), data=st.data())
    def agree(self, data: st.DataObject, event: Event) -> None:
        self.answer(data, event)

    @rule(slot=st.sampled_from(SLOTS))
    def somebody_else_takes(self, slot: Offered) -> None:
        self.free.discard(slot)

    @invariant()
    def is_agreed_exactly_where_one_is_booked(self) -> None:
        refused_later = CLOSES | {Phase.HANDED_OVER}
        assert self.booked or self.session.phase not in {Phase.AGREED, Phase.STANDING}
        assert not self.booked or self.session.phase in {Phase.AGREED, Phase.STANDING} | refused_later
        assert {*self.booked} <= {self.chosen}

    @invariant()
    def reads_back_what_is_chosen(self) -> None:
        assert (self.read_back is not None) == (self.session.phase is Phase.CONFIRM)
        assert self.read_back in {None, self.chosen}

    @invariant()
    def waits_for_the_person_or_is_over(self) -> None:
        assert self.session.phase not in WORKING

    def teardown(self) -> None:
        assert left_without_input(self.session).has_ended


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=20)
