from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.dialogue import engine
from interviews.dialogue.events import (
    Booked,
    CallBackSet,
    Event,
    Heard,
    MachineAnswered,
    NoInput,
    Pressed,
    SlotGone,
    SlotsFound,
)
from interviews.dialogue.session import Offered, Person, Phase, Session
from interviews.dialogue.table import Cue, Effect
from interviews.understanding.meaning import Choice, Consent, Intent, IntentHeard, Meaning, Speaker, TimeSaid

PERSON = Person("Asha Rao", "Acme", "Backend Engineer", "Asia/Kolkata")
SLOTS = tuple(Offered(f"slot {day}", datetime(2026, 11, day, 4, 30, tzinfo=UTC)) for day in (24, 25, 26))
OFFERING = Session(PERSON, phase=Phase.OFFER, offered=SLOTS)
CONFIRMING = replace(OFFERING, phase=Phase.CONFIRM, chosen=0)
STANDING = replace(CONFIRMING, phase=Phase.STANDING)
AT_REACHABLE = Session(PERSON, phase=Phase.REACHABLE)
TWO_O_CLOCK = (TimeSaid(time=time(14)),)


def heard(
    *intents: Intent, choice: Choice | None = None, times: tuple[TimeSaid, ...] = (), score: float = 1.0
) -> Heard:
    return Heard(Meaning(tuple(IntentHeard(intent, score) for intent in intents), times, choice or Choice()))


def yes_to(*slots: int, intents: tuple[Intent, ...] = (), choice: Choice | None = None) -> Heard:
    """Hear a plain yes that contradicts none of these slots."""
    heard_too = tuple(IntentHeard(intent) for intent in intents)
    return Heard(Meaning(heard_too, choice=choice or Choice(), consent=Consent(is_plain=True, slots=slots)))


def without_yes(*slots: int) -> Heard:
    return Heard(Meaning(choice=Choice(indexes=slots), consent=Consent(is_plain=False, slots=slots)))


def spoken_by(speaker: Speaker | None, *intents: Intent, times: tuple[TimeSaid, ...] = ()) -> Heard:
    return Heard(Meaning(tuple(IntentHeard(intent) for intent in intents), times, speaker=speaker))


def repeated(session: Session, event: Event, times: int) -> list[engine.Step]:
    """Return the steps that the same event leads to again and again."""
    steps = [engine.step(session, event)]
    for _ in range(times - 1):
        steps.append(engine.step(steps[-1].session, event))
    return steps


def test_call_begins_with_who_we_are_and_whom_we_want() -> None:
    begun = engine.begin(Session(PERSON))

    assert begun.words[0] == "Hello, this is an automated call from Acme."
    assert begun.words[1].startswith("Am I speaking with Asha Rao?")


@pytest.mark.parametrize(
    ("session", "event", "cue", "phase"),
    [
        (Session(PERSON), spoken_by(Speaker.YES, Intent.AFFIRM), Cue.YES, Phase.SEARCHING),
        (Session(PERSON), spoken_by(Speaker.SELF), Cue.YES, Phase.SEARCHING),
        (Session(PERSON), spoken_by(Speaker.SELF, Intent.DENY), Cue.YES, Phase.SEARCHING),
        (Session(PERSON), spoken_by(Speaker.YES, Intent.WHO_IS_THIS), Cue.YES, Phase.SEARCHING),
        (Session(PERSON), spoken_by(Speaker.SELF, Intent.CALLBACK_LATER), Cue.LATER, Phase.CALLBACK),
        (Session(PERSON), heard(Intent.AFFIRM), Cue.NO_MATCH, Phase.IDENTITY),
        (Session(PERSON), spoken_by(Speaker.OTHER, Intent.AFFIRM), Cue.NO, Phase.REACHABLE),
        (Session(PERSON), spoken_by(Speaker.OTHER, Intent.WRONG_NUMBER), Cue.NO, Phase.REACHABLE),
        (Session(PERSON), spoken_by(Speaker.OTHER, Intent.ASK_HUMAN), Cue.NO, Phase.REACHABLE),
        (Session(PERSON), spoken_by(None, Intent.WRONG_NUMBER), Cue.WRONG_NUMBER, Phase.WRONG_NUMBER),
        (Session(PERSON), spoken_by(Speaker.FETCHING, Intent.AFFIRM), Cue.FETCHING, Phase.IDENTITY),
        (AT_REACHABLE, spoken_by(Speaker.FETCHING), Cue.FETCHING, Phase.IDENTITY),
        (AT_REACHABLE, spoken_by(Speaker.SELF, Intent.DENY), Cue.PERSON, Phase.IDENTITY),
        (AT_REACHABLE, spoken_by(Speaker.OTHER, Intent.DENY), Cue.YES, Phase.CALLBACK),
        (AT_REACHABLE, heard(Intent.DENY), Cue.NO, Phase.WRONG_NUMBER),
        (AT_REACHABLE, heard(Intent.AFFIRM), Cue.YES, Phase.CALLBACK),
        (Session(PERSON), Pressed("1"), Cue.YES, Phase.SEARCHING),
        (Session(PERSON), Pressed("7"), Cue.NO_MATCH, Phase.IDENTITY),
        (Session(PERSON), heard(Intent.NONE_WORK), Cue.NO_MATCH, Phase.IDENTITY),
        (Session(PERSON), heard(Intent.VOICEMAIL), Cue.MACHINE, Phase.VOICEMAIL),
        (Session(PERSON), MachineAnswered(), Cue.MACHINE, Phase.VOICEMAIL),
        (OFFERING, heard(Intent.VOICEMAIL), Cue.NO_MATCH, Phase.OFFER),
        (OFFERING, Heard(Meaning((IntentHeard(Intent.AFFIRM),), is_cut=True)), Cue.NO_MATCH, Phase.OFFER),
        (OFFERING, Pressed("2"), Cue.CHOSE, Phase.CONFIRM),
        (OFFERING, Pressed("4"), Cue.NONE_OF_THESE, Phase.WISH),
        (OFFERING, Pressed("9"), Cue.NO_MATCH, Phase.OFFER),
        (OFFERING, Pressed("0"), Cue.REPEAT, Phase.OFFER),
        (OFFERING, heard(Intent.NO_PREFERENCE), Cue.CHOSE, Phase.CONFIRM),
        (OFFERING, heard(choice=Choice(other=True), times=TWO_O_CLOCK), Cue.OTHER_TIME, Phase.SEARCHING),
        (OFFERING, heard(choice=Choice(indexes=(0, 2))), Cue.DISAMBIGUATION, Phase.OFFER),
        (OFFERING, heard(Intent.AFFIRM), Cue.YES, Phase.OFFER),
        (OFFERING, heard(Intent.DENY), Cue.NO, Phase.WISH),
        (OFFERING, heard(Intent.CALLBACK_LATER, times=TWO_O_CLOCK), Cue.LATER_AT, Phase.SCHEDULING),
        (OFFERING, heard(Intent.AFFIRM, Intent.OPT_OUT), Cue.OPT_OUT, Phase.OPTED_OUT),
        (CONFIRMING, yes_to(0, 1, 2), Cue.YES, Phase.BOOKING),
        (CONFIRMING, yes_to(0, choice=Choice(indexes=(0,))), Cue.YES, Phase.BOOKING),
        (CONFIRMING, yes_to(0, 1, 2, intents=(Intent.DENY, Intent.GOODBYE)), Cue.YES, Phase.BOOKING),
        (CONFIRMING, yes_to(1, choice=Choice(indexes=(1,))), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, yes_to(), Cue.NO_MATCH, Phase.CONFIRM),
        (CONFIRMING, yes_to(7), Cue.NO_MATCH, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM), Cue.NO_MATCH, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM, choice=Choice(indexes=(0,))), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, without_yes(0), Cue.NAMED, Phase.CONFIRM),
        (CONFIRMING, without_yes(1), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM, Intent.UNSURE), Cue.UNSURE, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM, Intent.CANCEL), Cue.NO, Phase.OFFER),
        (CONFIRMING, heard(Intent.AFFIRM, Intent.HOLD_ON), Cue.HOLD_ON, Phase.CONFIRM),
        (CONFIRMING, Heard(Meaning(beside=Intent.UNSURE)), Cue.UNSURE, Phase.CONFIRM),
        (replace(OFFERING, phase=Phase.WISH), heard(Intent.UNSURE), Cue.NO_MATCH, Phase.WISH),
        (CONFIRMING, heard(choice=Choice(indexes=(0,))), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM, choice=Choice(indexes=(1,))), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.DENY, choice=Choice(indexes=(1,))), Cue.CHOSE, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.DENY), Cue.NO, Phase.OFFER),
        (CONFIRMING, heard(Intent.AFFIRM, Intent.DENY), Cue.NO_MATCH, Phase.CONFIRM),
        (
            CONFIRMING,
            heard(Intent.AFFIRM, choice=Choice(other=True), times=TWO_O_CLOCK),
            Cue.OTHER_TIME,
            Phase.SEARCHING,
        ),
        (CONFIRMING, heard(Intent.THANK_YOU), Cue.NO_MATCH, Phase.CONFIRM),
        (CONFIRMING, heard(Intent.AFFIRM, score=0.2), Cue.NO_MATCH, Phase.CONFIRM),
        (STANDING, yes_to(intents=(Intent.AFFIRM,)), Cue.YES, Phase.CANCELLING),
        (STANDING, heard(Intent.AFFIRM), Cue.NO_MATCH, Phase.STANDING),
        (STANDING, heard(Intent.CANCEL), Cue.NO_MATCH, Phase.STANDING),
        (replace(OFFERING, phase=Phase.CALLBACK), heard(times=TWO_O_CLOCK), Cue.LATER_AT, Phase.SCHEDULING),
        (replace(OFFERING, phase=Phase.CALLBACK), heard(Intent.NONE_WORK), Cue.NO, Phase.PUT_OFF),
    ],
)
def test_event_means_this_here_and_leads_there(session: Session, event: Event, cue: Cue, phase: Phase) -> None:
    taken = engine.step(session, event)

    assert (taken.cue, taken.session.phase) == (cue, phase)


def test_two_questions_and_no_answer_are_both_answered() -> None:
    taken = engine.step(OFFERING, heard(Intent.ARE_YOU_A_BOT, Intent.WHO_IS_THIS))

    assert taken.words[0].startswith("Yes, I'm an automated assistant.")
    assert taken.words[1].startswith("I'm the automated assistant of Acme.")
    assert taken.words[2].startswith("I can offer")


def test_question_beside_an_answer_is_answered_and_the_answer_kept() -> None:
    taken = engine.step(OFFERING, heard(Intent.ASK_INFO, choice=Choice(indexes=(0,))))

    assert taken.words[0].startswith("The invitation will have all the details")
    assert taken.session.phase is Phase.CONFIRM


def test_question_beside_a_yes_is_answered_and_the_time_read_back_again() -> None:
    taken = engine.step(CONFIRMING, heard(Intent.AFFIRM, Intent.ASK_INFO))

    assert taken.words[0].startswith("The invitation will have all the details")
    assert taken.words[1].startswith("To be sure: Tuesday the 24th")
    assert taken.effect is None


def test_time_named_without_a_yes_is_asked_about_once_more_in_short() -> None:
    taken = engine.step(CONFIRMING, without_yes(0))

    assert taken.words == ("Tuesday at ten: yes?",)
    assert engine.step(taken.session, yes_to(0, 1, 2)).effect is Effect.BOOK
    assert engine.step(taken.session, Pressed("1")).effect is Effect.BOOK


def test_time_named_again_and_again_never_books_and_ends_the_call() -> None:
    steps = repeated(CONFIRMING, without_yes(0), times=4)

    assert [step.cue for step in steps] == [Cue.NAMED, Cue.NAMED_AGAIN, Cue.NAMED_AGAIN, Cue.GIVEN_UP]


def test_who_can_not_say_yet_is_asked_in_the_end_when_to_call_again() -> None:
    *_, last = repeated(CONFIRMING, heard(Intent.UNSURE), times=3)

    assert (last.cue, last.session.phase) == (Cue.LATER, Phase.CALLBACK)


@pytest.mark.parametrize("waits_for", [spoken_by(Speaker.FETCHING), heard(Intent.HOLD_ON)])
def test_whoever_speaks_after_a_wait_is_asked_anew_who_they_are(waits_for: Heard) -> None:
    waiting = engine.step(Session(PERSON), waits_for)

    taken = engine.step(waiting.session, spoken_by(Speaker.YES, Intent.AFFIRM))

    assert waiting.effect is Effect.WAIT
    assert taken.words[-1].startswith("Am I speaking with Asha Rao?")
    assert engine.step(waiting.session, Pressed("1")).cue is Cue.REPEAT
    assert engine.step(waiting.session, spoken_by(Speaker.SELF)).cue is Cue.YES


def test_the_first_one_counts_among_those_just_named_to_choose_from() -> None:
    disambiguating = replace(OFFERING, ambiguous=(1, 2))

    taken = engine.step(disambiguating, heard(choice=Choice(indexes=(0,))))

    assert taken.session.chosen == 1


def test_third_time_without_input_ends_the_call() -> None:
    *_, last = repeated(OFFERING, NoInput(), times=3)

    assert last.cue is Cue.GIVEN_UP
    assert last.session.has_ended


def test_something_understood_gives_back_all_patience() -> None:
    after_two_failures = replace(OFFERING, no_inputs=1, no_matches=1)

    taken = engine.step(after_two_failures, heard(Intent.REPEAT))

    assert (taken.session.no_inputs, taken.session.no_matches) == (0, 0)


def test_asked_once_to_speak_slower_we_stay_slow() -> None:
    taken = engine.step(OFFERING, heard(Intent.SLOWER))

    assert taken.session.is_slow


@pytest.mark.parametrize(
    ("phase", "event", "cue"),
    [
        (Phase.SEARCHING, SlotsFound(SLOTS), Cue.FOUND),
        (Phase.SEARCHING, SlotsFound(SLOTS, as_wished=False), Cue.FOUND_CLOSE),
        (Phase.SEARCHING, SlotsFound(()), Cue.FOUND_NONE),
        (Phase.BOOKING, Booked(), Cue.BOOKED),
        (Phase.BOOKING, SlotGone(), Cue.GONE),
        (Phase.SCHEDULING, CallBackSet(None), Cue.NO_CALL_BACK),
        (Phase.SCHEDULING, CallBackSet(datetime(2026, 11, 24, 4, 30, tzinfo=UTC)), Cue.CALL_BACK_SET),
    ],
)
def test_work_done_is_reported_to_the_phase_that_waits(phase: Phase, event: Event, cue: Cue) -> None:
    taken = engine.step(replace(CONFIRMING, phase=phase), event)

    assert taken.cue is cue


def test_single_slot_that_answers_a_wish_is_read_back_at_once() -> None:
    wishing = replace(OFFERING, phase=Phase.SEARCHING, wish=TWO_O_CLOCK)

    taken = engine.step(wishing, SlotsFound(SLOTS[:1]))

    assert taken.session.phase is Phase.CONFIRM
    assert taken.session.choice == SLOTS[0]


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(TypeError):
        engine.step(OFFERING, "tuesday")


def test_nothing_chosen_has_no_choice() -> None:
    with pytest.raises(ValueError, match="Nothing has been chosen"):
        _ = OFFERING.choice


meanings = st.builds(
    Meaning,
    intents=st.lists(st.builds(IntentHeard, st.sampled_from(Intent), st.floats(0, 1)), max_size=4).map(tuple),
    times=st.lists(st.builds(TimeSaid, time=st.none() | st.times()), max_size=2).map(tuple),
    choice=st.builds(Choice, st.lists(st.integers(0, 4), max_size=3).map(tuple), st.booleans()),
)
answers = st.builds(Heard, meanings) | st.builds(Pressed, st.text("0123456789*#", min_size=1)) | st.just(NoInput())


@given(st.lists(st.tuples(answers, st.booleans()), max_size=12))
def test_any_answers_in_any_order_keep_the_conversation_sound(said: list[tuple[Event, bool]]) -> None:
    sessions = sessions_through(said)

    was_read_back = [session.phase for session in sessions[-2:-1]] == [Phase.CONFIRM]
    assert sessions[-1].phase is not Phase.AGREED or was_read_back
    assert not sessions[-1].phase.value.endswith("ing")


def sessions_through(said: list[tuple[Event, bool]]) -> list[Session]:
    """Return the session before the first answer and after each, up to the end of the conversation."""
    sessions = [Session(PERSON)]
    for event, is_kind in said:
        taken = engine.advance(sessions[-1], event, lambda step, kind=is_kind: outcome_of(step, kind))
        sessions.append(taken.session)
        if taken.session.has_ended:
            break
    return sessions


def outcome_of(taken: engine.Step, is_kind: bool) -> Event:
    """Return what comes of the work that is to be done: the best where it is kind, the worst where it is not."""
    if taken.effect is Effect.FIND:
        return SlotsFound(SLOTS if is_kind else (), as_wished=is_kind)
    if taken.effect is Effect.BOOK:
        return Booked() if is_kind else SlotGone()
    return CallBackSet(SLOTS[0].starts_at if is_kind else None)


def unsure(intent: Intent) -> Heard:
    return heard(intent, score=0.4)


@pytest.mark.parametrize(
    ("intent", "asked"),
    [
        (Intent.NOT_INTERESTED, "Sorry, did you say that you are not interested?"),
        (Intent.CALLBACK_LATER, "Sorry, did you say that I should call you later?"),
        (Intent.ASK_HUMAN, "Sorry, did you say that you want to speak to a person?"),
        (Intent.NONE_WORK, "Sorry, did you say that none of these times suits you?"),
        (Intent.GOODBYE, "Sorry, did you say that you want to stop here?"),
    ],
)
def test_what_would_end_the_call_is_asked_about_where_it_is_not_sure(intent: Intent, asked: str) -> None:
    taken = engine.step(OFFERING, unsure(intent))

    assert taken.words == (asked,)
    assert taken.session.phase is Phase.OFFER


def test_yes_to_the_clarification_acts_on_it() -> None:
    clarifying = engine.step(OFFERING, unsure(Intent.NOT_INTERESTED)).session

    assert engine.step(clarifying, yes_to()).session.phase is Phase.NOT_INTERESTED


def test_yes_with_more_around_it_settles_no_clarification() -> None:
    clarifying = engine.step(OFFERING, unsure(Intent.NOT_INTERESTED)).session

    assert engine.step(clarifying, heard(Intent.AFFIRM)).session.phase is Phase.OFFER


def test_no_input_ends_the_clarification_as_the_open_question_is_asked_again() -> None:
    clarifying = engine.step(CONFIRMING, unsure(Intent.NOT_INTERESTED)).session

    assert engine.step(clarifying, NoInput()).session.clarifying is None


@pytest.mark.parametrize("key", ["1", "2"])
def test_key_at_a_clarification_of_a_yes_or_no_question_is_taken_for_neither(key: str) -> None:
    clarifying = engine.step(CONFIRMING, unsure(Intent.NOT_INTERESTED)).session

    assert engine.step(clarifying, Pressed(key)).cue is Cue.REPEAT


def test_no_to_the_clarification_asks_the_open_question_again() -> None:
    clarifying = engine.step(OFFERING, unsure(Intent.NOT_INTERESTED)).session

    taken = engine.step(clarifying, heard(Intent.DENY))

    assert taken.words[0].startswith("I can offer")
    assert taken.session.clarifying is None


def test_yes_to_a_clarification_at_the_read_back_books_nothing() -> None:
    clarifying = engine.step(CONFIRMING, unsure(Intent.GOODBYE)).session

    assert engine.step(clarifying, yes_to(0, 1, 2)).effect is None


def test_key_pressed_instead_answers_the_open_question() -> None:
    clarifying = engine.step(OFFERING, unsure(Intent.NOT_INTERESTED)).session

    taken = engine.step(clarifying, Pressed("2"))

    assert (taken.cue, taken.session.clarifying) == (Cue.CHOSE, None)


def test_another_answer_to_the_clarification_answers_for_itself() -> None:
    clarifying = engine.step(OFFERING, unsure(Intent.NOT_INTERESTED)).session

    taken = engine.step(clarifying, heard(choice=Choice(indexes=(1,))))

    assert (taken.cue, taken.session.clarifying) == (Cue.CHOSE, None)


def test_clarification_after_clarification_is_given_up() -> None:
    *_, last = repeated(OFFERING, unsure(Intent.NOT_INTERESTED), times=3)

    assert last.session.phase is Phase.NO_AGREEMENT


@pytest.mark.parametrize("intent", [Intent.AFFIRM, Intent.DENY, Intent.REPEAT])
def test_what_costs_nothing_to_ask_again_is_not_clarified(intent: Intent) -> None:
    assert engine.step(CONFIRMING, unsure(intent)).cue is Cue.NO_MATCH


def test_what_is_hardly_likely_is_not_asked_about() -> None:
    assert engine.step(OFFERING, heard(Intent.NOT_INTERESTED, score=0.2)).cue is Cue.NO_MATCH
