"""What an utterance means: intents, times and the choice among the offered slots, and the port that finds it."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Intent(StrEnum):
    AFFIRM = "affirm"
    DENY = "deny"
    REPEAT = "repeat"
    SLOWER = "slower"
    WHO_IS_THIS = "who_is_this"
    ARE_YOU_A_BOT = "are_you_a_bot"
    ASK_HUMAN = "ask_human"
    CALLBACK_LATER = "callback_later"
    NONE_WORK = "none_work"
    PROPOSE_TIME = "propose_time"
    GIVE_TIME = "give_time"
    CHOOSE_OPTION = "choose_option"
    NO_PREFERENCE = "no_preference"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    OPT_OUT = "opt_out"
    WRONG_NUMBER = "wrong_number"
    NOT_INTERESTED = "not_interested"
    HOLD_ON = "hold_on"
    UNSURE = "unsure"
    THANK_YOU = "thank_you"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    ASK_INFO = "ask_info"
    VOICEMAIL = "voicemail"
    OUT_OF_SCOPE = "out_of_scope"


class Part(StrEnum):
    """A part of the day, said in place of a clock time."""

    EARLY_MORNING = "early_morning"
    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    LATE_AFTERNOON = "late_afternoon"
    EVENING = "evening"
    NIGHT = "night"


class Bound(StrEnum):
    """How the named time limits what is meant: from it on, or up to it."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class IntentHeard:
    """One intent and how sure it is, 0 to 1."""

    intent: Intent
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """A date, a clock time or both, as a person named them, in the candidate's own time zone.

    `date` and `time` are the start of what was said; a range has its (inclusive) end in `end_date` and `end_time`.
    `bound` limits the day where no clock time was said; `inclusive`: the bound itself will do ("from Monday").
    `excluded` means anything but this ("not friday").
    """

    date: datetime.date | None = None
    time: datetime.time | None = None
    end_date: datetime.date | None = None
    end_time: datetime.time | None = None
    part: Part | None = None
    bound: Bound | None = None
    excluded: bool = False
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the offered slots were meant, by index.

    One index is a choice, several ask "which of these", none with `other` true is a time that is not among them,
    and none without it says nothing about the offer.
    """

    indexes: tuple[int, ...] = ()
    other: bool = False


class Speaker(StrEnum):
    """Who is speaking, by what they say of themselves."""

    YES = "yes"  # says yes, and nothing that is against it
    SELF = "self"  # says that they are the person: "this is Asha"
    OTHER = "other"  # speaks of the person as another
    FETCHING = "fetching"  # goes to get the person


@dataclass(frozen=True, slots=True)
class Consent:
    """An utterance that is nothing but a yes, courtesy, the person's name and times; with anything else it is none.

    `is_plain`: there is a word of yes in it. `slots`: the offered slots, by index, that the times in it name, or all
    where none is named.
    """

    is_plain: bool
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """Everything that was understood of one utterance; `intents` are ranked, the surest first.

    `consent` and `speaker` are found by rule: only they may open what an intent, however sure, must not. `beside` is
    what else than a yes was said to a read-back, if anything is known of it. `is_cut` where there was more
    than could be read: what the rest said, nobody knows.
    """

    intents: tuple[IntentHeard, ...] = ()
    times: tuple[TimeSaid, ...] = ()
    choice: Choice = Choice()
    consent: Consent | None = None
    speaker: Speaker | None = None
    beside: Intent | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was heard and all that it has to be understood against.

    `offered` and `now` are aware; `confidence` is the recogniser's own (0 to 1), None where it gave none; `asked` is
    what we last said; `country` is the candidate's, as an ISO 3166 code; `name` is theirs.
    """

    text: str
    now: datetime.datetime
    time_zone: str
    offered: tuple[datetime.datetime, ...] = ()
    asked: str | None = None
    confidence: float | None = None
    country: str | None = None
    name: str = ""


class Understanding(Protocol):
    """What the setting UNDERSTANDING names: anything that turns an utterance into its meaning, and never raises."""

    def understand(self, utterance: Utterance) -> Meaning:
        """Return what the utterance means."""
