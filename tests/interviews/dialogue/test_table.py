from interviews.dialogue.session import ASKING, CLOSES, ENDS, WORKING, Phase
from interviews.dialogue.table import TABLE, Cue, Effect, Row
from interviews.language.en.sentences import QUESTIONS, SENTENCES

REPORTS = {
    Cue.FOUND, Cue.FOUND_ONE, Cue.FOUND_CLOSE, Cue.FOUND_NONE,
    Cue.BOOKED, Cue.GONE, Cue.NOT_BOOKABLE, Cue.CANCELLED, Cue.CALL_BACK_SET, Cue.NO_CALL_BACK,
}  # fmt: skip
ABOUT_TIMES = {Cue.CHOSE, Cue.DISAMBIGUATION, Cue.OTHER_TIME, Cue.NONE_OF_THESE}
# What cannot happen where, and why: a report comes only back to the work that it reports on; times are chosen only
# where they are offered, and named alone or thought about where one is to be taken; who speaks is asked before;
# and once nothing more is asked, nothing more is heard, but a refusal
REFUSALS = {Cue.NOT_INTERESTED, Cue.WRONG_NUMBER, Cue.OPT_OUT}
HEARD_AT_THE_END = {(phase, cue) for phase in ENDS - CLOSES for cue in REFUSALS} | {
    (Phase.AGREED, Cue.NO),
    (Phase.NOT_INTERESTED, Cue.OPT_OUT),
    (Phase.WRONG_NUMBER, Cue.OPT_OUT),
}
NO_TIMES = (Phase.IDENTITY, Phase.REACHABLE, Phase.CALLBACK, Phase.STANDING)
IMPOSSIBLE = (
    {(phase, cue) for phase in ASKING for cue in REPORTS}
    | {(phase, cue) for phase in NO_TIMES for cue in ABOUT_TIMES}
    | {(phase, cue) for phase in ASKING - {Phase.CONFIRM} for cue in (Cue.NAMED, Cue.NAMED_AGAIN)}
    | {(phase, Cue.UNSURE) for phase in ASKING - {Phase.OFFER, Phase.CONFIRM}}
    | {(phase, Cue.FETCHING) for phase in (Phase.OFFER, Phase.WISH, Phase.CONFIRM, Phase.STANDING)}
    | {(phase, Cue.PERSON) for phase in ASKING - {Phase.REACHABLE}}
    | {(phase, cue) for phase in WORKING for cue in set(Cue) - REPORTS}
    | {(Phase.SEARCHING, cue) for cue in REPORTS - {Cue.FOUND, Cue.FOUND_ONE, Cue.FOUND_CLOSE, Cue.FOUND_NONE}}
    | {(Phase.BOOKING, cue) for cue in REPORTS - {Cue.BOOKED, Cue.GONE, Cue.NOT_BOOKABLE}}
    | {(Phase.CANCELLING, cue) for cue in REPORTS - {Cue.CANCELLED}}
    | {(Phase.SCHEDULING, cue) for cue in REPORTS - {Cue.CALL_BACK_SET, Cue.NO_CALL_BACK}}
    | {(phase, cue) for phase in ENDS for cue in Cue} - HEARD_AT_THE_END
)
ROWS = [(phase, cue, row) for phase, rows in TABLE.items() for cue, row in rows.items()]
WORK = {
    Effect.FIND: Phase.SEARCHING,
    Effect.BOOK: Phase.BOOKING,
    Effect.CANCEL: Phase.CANCELLING,
    Effect.SCHEDULE: Phase.SCHEDULING,
}


def reached_from(start: Phase) -> set[Phase]:
    """Return the phases that rows lead to from this one, itself among them."""
    reached = {start}
    for _ in Phase:
        reached |= {row.to for phase, _, row in ROWS if phase in reached and row.to}
    return reached


def test_every_cue_in_every_phase_has_a_row_or_is_impossible() -> None:
    present = {(phase, cue) for phase, cue, _ in ROWS}

    assert present | IMPOSSIBLE == {(phase, cue) for phase in Phase for cue in Cue}
    assert not present & IMPOSSIBLE


def test_every_phase_can_be_reached() -> None:
    assert reached_from(Phase.IDENTITY) == set(Phase)


def test_every_phase_can_end() -> None:
    assert {phase for phase in Phase if reached_from(phase) & ENDS} == set(Phase)


def test_work_is_asked_for_exactly_where_a_phase_waits_for_it() -> None:
    working = {row.to: row.effect for _, _, row in ROWS if row.to in WORKING or row.effect in WORK}

    assert working == {phase: effect for effect, phase in WORK.items()}


def test_nothing_is_booked_but_by_a_yes_to_the_read_back() -> None:
    booking = [(phase, cue) for phase, cue, row in ROWS if row.effect is Effect.BOOK]

    assert booking == [(Phase.CONFIRM, Cue.YES)]


def test_nothing_is_cancelled_but_where_that_was_asked() -> None:
    cancelling = {(phase, cue) for phase, cue, row in ROWS if row.effect is Effect.CANCEL}

    assert cancelling == {(Phase.STANDING, Cue.YES)}


def test_every_row_says_words_that_exist_and_every_word_is_said() -> None:
    said = {row.say for _, _, row in ROWS if row.say}

    assert said | {"greeting", "call_is_over", "holding", "still_holding"} == set(SENTENCES)


def test_every_phase_that_asks_has_its_question() -> None:
    assert set(QUESTIONS) == ASKING


def test_a_row_without_question_says_something() -> None:
    silent = [(phase, cue) for phase, cue, row in ROWS if not row.asks and not row.say]

    assert silent == []


def test_opting_out_ends_the_call_from_every_phase_that_asks() -> None:
    rows = {TABLE[phase][Cue.OPT_OUT] for phase in ASKING}

    assert rows == {Row(Phase.OPTED_OUT, "opted_out")}


def test_strangers_hear_neither_the_job_nor_the_reason() -> None:
    said = {row.say for phase in (Phase.IDENTITY, Phase.REACHABLE, Phase.CALLBACK) for row in TABLE[phase].values()}

    disclosed = {
        key for key in said - {"", "introduction"} if "{interview}" in SENTENCES[key] or "application" in SENTENCES[key]
    }

    assert disclosed == set()
