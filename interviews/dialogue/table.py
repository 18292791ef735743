"""The whole conversation: what follows from each cue in each phase. Rows hold no conditions."""

from enum import StrEnum
from typing import NamedTuple

from interviews.dialogue.session import Phase


class Cue(StrEnum):
    """What an event means where the conversation stands."""

    YES = "yes"
    NO = "no"
    CHOSE = "chose"
    DISAMBIGUATION = "disambiguation"
    OTHER_TIME = "other_time"
    NONE_OF_THESE = "none_of_these"
    REPEAT = "repeat"
    SLOWER = "slower"
    WHO = "who"
    ROBOT = "robot"
    INFO = "info"
    HOLD_ON = "hold_on"
    HUMAN = "human"
    LATER = "later"
    LATER_AT = "later_at"
    GOODBYE = "goodbye"
    NOT_INTERESTED = "not_interested"
    WRONG_NUMBER = "wrong_number"
    OPT_OUT = "opt_out"
    MACHINE = "machine"
    NO_INPUT = "no_input"
    NO_INPUT_AGAIN = "no_input_again"
    CLARIFICATION = "clarification"
    UNSURE = "unsure"
    NAMED = "named"
    NAMED_AGAIN = "named_again"
    FETCHING = "fetching"
    PERSON = "person"
    NO_MATCH = "no_match"
    NO_MATCH_AGAIN = "no_match_again"
    GIVEN_UP = "given_up"
    TROUBLE = "trouble"
    FOUND = "found"
    FOUND_ONE = "found_one"
    FOUND_CLOSE = "found_close"
    FOUND_NONE = "found_none"
    BOOKED = "booked"
    GONE = "gone"
    NOT_BOOKABLE = "not_bookable"
    CANCELLED = "cancelled"
    CALL_BACK_SET = "call_back_set"
    NO_CALL_BACK = "no_call_back"


class Effect(StrEnum):
    """What is to be done before the conversation goes on; the outcome comes back as an event."""

    FIND = "find"  # free slots for the wish, or any; comes back as SlotsFound
    BOOK = "book"  # the chosen slot; Booked, SlotGone or NotBookable
    CANCEL = "cancel"  # what was booked in this call; Cancelled
    SCHEDULE = "schedule"  # a call back for the wish; CallBackSet
    WAIT = "wait"  # nothing to be done: leave the person more time than usual


class Row(NamedTuple):
    """Where the conversation goes (None: it stays), the words it says first, and what is to be done.

    A phase that asks is entered, or stayed in, with its question, unless the words are the question (`asks` false).
    """

    to: Phase | None
    say: str = ""
    effect: Effect | None = None
    asks: bool = True


EVERYWHERE = {
    Cue.REPEAT: Row(None),
    Cue.SLOWER: Row(None, "slower"),
    Cue.WHO: Row(None, "who"),
    Cue.ROBOT: Row(None, "robot"),
    Cue.INFO: Row(None, "info"),
    Cue.HOLD_ON: Row(None, "hold_on", Effect.WAIT, asks=False),
    Cue.NO_INPUT: Row(None, "no_input"),
    Cue.NO_INPUT_AGAIN: Row(None, "no_input_again"),
    Cue.CLARIFICATION: Row(None, "clarification", asks=False),
    Cue.NO_MATCH: Row(None, "no_match"),
    Cue.NO_MATCH_AGAIN: Row(None, "no_match_again"),
    Cue.GIVEN_UP: Row(Phase.NO_AGREEMENT, "given_up"),
    Cue.HUMAN: Row(Phase.HANDED_OVER, "human"),
    Cue.LATER: Row(Phase.CALLBACK),
    Cue.LATER_AT: Row(Phase.SCHEDULING, "", Effect.SCHEDULE),
    Cue.GOODBYE: Row(Phase.NO_AGREEMENT, "goodbye"),
    Cue.NOT_INTERESTED: Row(Phase.NOT_INTERESTED, "not_interested"),
    Cue.WRONG_NUMBER: Row(Phase.WRONG_NUMBER, "wrong_number"),
    Cue.OPT_OUT: Row(Phase.OPTED_OUT, "opted_out"),
    Cue.MACHINE: Row(Phase.VOICEMAIL),
    Cue.TROUBLE: Row(Phase.NO_AGREEMENT, "trouble"),
}
# Before a yes to "is this you?", neither the job nor the reason is named
TO_STRANGERS = EVERYWHERE | {
    Cue.FETCHING: Row(Phase.IDENTITY, "fetching", Effect.WAIT, asks=False),
    Cue.WHO: Row(None, "who_to_stranger"),
    Cue.INFO: Row(None, "who_to_stranger"),
    Cue.HUMAN: Row(Phase.HANDED_OVER, "human_to_stranger"),
    Cue.NOT_INTERESTED: Row(Phase.NOT_INTERESTED, "not_interested_to_stranger"),
    Cue.GIVEN_UP: Row(Phase.NO_AGREEMENT, "given_up_to_stranger"),
    Cue.GOODBYE: Row(Phase.NO_AGREEMENT, "given_up_to_stranger"),
}
ABOUT_TIMES = EVERYWHERE | {
    Cue.CHOSE: Row(Phase.CONFIRM),
    Cue.DISAMBIGUATION: Row(Phase.OFFER, "disambiguation", asks=False),
    Cue.OTHER_TIME: Row(Phase.SEARCHING, "", Effect.FIND),
    Cue.NONE_OF_THESE: Row(Phase.WISH),
    Cue.NO: Row(Phase.WISH),
}

# Keys are of no use where a time is to be named
NAMING_A_TIME = {
    Cue.NO_INPUT_AGAIN: Row(None, "no_input"),
    Cue.NO_MATCH_AGAIN: Row(None, "for_example"),
}

# What comes after the end: a refusal counts whenever it is heard
AFTERWARDS = {
    Cue.NOT_INTERESTED: Row(Phase.NOT_INTERESTED, "not_interested"),
    Cue.WRONG_NUMBER: Row(Phase.WRONG_NUMBER, "wrong_number"),
    Cue.OPT_OUT: Row(Phase.OPTED_OUT, "opted_out"),
}

TABLE: dict[Phase, dict[Cue, Row]] = {
    Phase.IDENTITY: TO_STRANGERS | {
        Cue.REPEAT: Row(None, "greeting"),
        Cue.YES: Row(Phase.SEARCHING, "introduction", Effect.FIND),
        Cue.NO: Row(Phase.REACHABLE),
    },
    Phase.REACHABLE: TO_STRANGERS | {
        Cue.PERSON: Row(Phase.IDENTITY, "person"),
        Cue.YES: Row(Phase.CALLBACK),
        Cue.NO: Row(Phase.WRONG_NUMBER, "wrong_number"),
    },
    Phase.OFFER: ABOUT_TIMES | {
        Cue.YES: Row(None, "which_one", asks=False),
        Cue.UNSURE: Row(None, "unsure", Effect.WAIT),
    },
    Phase.WISH: ABOUT_TIMES | NAMING_A_TIME | {
        Cue.YES: Row(None, "which_day"),
        Cue.NO: Row(Phase.NO_AGREEMENT, "no_agreement"),
        Cue.NONE_OF_THESE: Row(Phase.NO_AGREEMENT, "no_agreement"),
    },
    Phase.CONFIRM: ABOUT_TIMES | {
        Cue.YES: Row(Phase.BOOKING, "", Effect.BOOK),
        Cue.UNSURE: Row(None, "unsure", Effect.WAIT),
        Cue.NAMED: Row(None, "named", asks=False),
        Cue.NAMED_AGAIN: Row(None, "named_again"),
        Cue.HOLD_ON: Row(None, "hold_on", Effect.WAIT),
        Cue.NO: Row(Phase.OFFER, "not_that_one"),
    },
    Phase.CALLBACK: TO_STRANGERS | NAMING_A_TIME | {
        Cue.YES: Row(None, "which_day"),
        Cue.NO: Row(Phase.PUT_OFF, "no_call_back"),
        Cue.LATER: Row(Phase.PUT_OFF, "no_call_back"),
        Cue.GIVEN_UP: Row(Phase.PUT_OFF, "no_call_back"),
    },
    Phase.STANDING: EVERYWHERE | {
        Cue.YES: Row(Phase.CANCELLING, "", Effect.CANCEL),
        Cue.NO: Row(Phase.AGREED, "stands"),
        Cue.LATER: Row(Phase.AGREED, "stands"),
        Cue.LATER_AT: Row(Phase.AGREED, "stands"),
        Cue.GOODBYE: Row(Phase.AGREED, "stands"),
        Cue.GIVEN_UP: Row(Phase.AGREED, "stands"),
        Cue.MACHINE: Row(Phase.AGREED, "stands"),
        Cue.TROUBLE: Row(Phase.AGREED, "trouble"),
    },
    Phase.SEARCHING: {
        Cue.FOUND: Row(Phase.OFFER),
        Cue.FOUND_ONE: Row(Phase.CONFIRM, "one_free"),
        Cue.FOUND_CLOSE: Row(Phase.OFFER, "closest"),
        Cue.FOUND_NONE: Row(Phase.NO_AGREEMENT, "nothing_free"),
    },
    Phase.BOOKING: {
        Cue.BOOKED: Row(Phase.AGREED, "booked"),
        Cue.GONE: Row(Phase.SEARCHING, "gone", Effect.FIND),
        Cue.NOT_BOOKABLE: Row(Phase.NO_AGREEMENT, "not_bookable"),
    },
    Phase.CANCELLING: {
        Cue.CANCELLED: Row(Phase.NO_AGREEMENT, "cancelled"),
    },
    Phase.SCHEDULING: {
        Cue.CALL_BACK_SET: Row(Phase.PUT_OFF, "call_back"),
        Cue.NO_CALL_BACK: Row(Phase.PUT_OFF, "no_call_back"),
    },
    # Said while the booking was being saved, and heard after it
    Phase.AGREED: AFTERWARDS | {
        Cue.NO: Row(Phase.STANDING),
    },
    Phase.PUT_OFF: AFTERWARDS,
    Phase.HANDED_OVER: AFTERWARDS,
    Phase.NO_AGREEMENT: AFTERWARDS,
    Phase.VOICEMAIL: AFTERWARDS,
    Phase.NOT_INTERESTED: {Cue.OPT_OUT: AFTERWARDS[Cue.OPT_OUT]},
    Phase.WRONG_NUMBER: {Cue.OPT_OUT: AFTERWARDS[Cue.OPT_OUT]},
}  # fmt: skip
