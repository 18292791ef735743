"""Every sentence we say, and how days and times are spoken. Written for the ear: short, one thing each."""

from collections.abc import Callable
from datetime import date, datetime, time

from interviews.dialogue.session import Phase, Session
from interviews.dialogue.table import Cue
from interviews.language.clock_changes import which_pass

WORDS = {
    "greeting": "Hello, this is an automated call from {company}.",
    "introduction": "Thank you, {first_name}. I'm calling to find a time for your {interview}.",
    "who": "I'm the automated assistant of {company}. I'm calling to find a time for your {interview}.",
    "who_to_stranger": "This is an automated call from {company}, for {name}.",
    "robot": "Yes, I'm an automated assistant. You can speak to me or press keys.",
    "info": "The invitation will have all the details, and you can reply to it with any question.",
    "slower": "Of course, I'll speak more slowly.",
    "hold_on": "Of course, take your time.",
    "unsure": "There's no hurry. Take your time, or say: call me later.",
    "fetching": "Thank you, I'll wait.",
    "person": "Sorry, I misheard.",
    "named": "{short_choice}: yes?",
    "named_again": "I need a yes to book it.",
    "silence": "I didn't hear anything.",
    "silence_again": "I still can't hear you. You can also use the keys of your phone.",
    "doubt": "Sorry, did you say that {doubted}?",
    "unclear": "Sorry, I didn't get that.",
    "unclear_again": "Sorry, I still didn't understand. The keys of your phone work too.",
    "for_example": "Sorry, I still didn't get that. You could say, for example: Thursday afternoon.",
    "which_one": "Which of them?",
    "which_day": "Good.",
    "between": "Did you mean {between}?",
    "closest": "I have nothing free then.",
    "one_free": "That is free.",
    "gone": "I'm sorry, that time has just been taken.",
    "not_that_one": "All right, not that one.",
    "booked": (
        "It's booked: {choice}. The invitation is on its way to your e-mail. "
        "Thank you, {first_name}, and good luck. Goodbye."
    ),
    "not_bookable": "I'm sorry, I can't book that any more. Somebody will write to you. Goodbye.",
    "stands": "All right, your interview stands. Goodbye.",
    "cancelled": (
        "All right, it's cancelled. We'll write you an e-mail, and you can answer with a time that suits you. Goodbye."
    ),
    "call_back": "All right. I'll call again on {call_back}. Goodbye.",
    "no_call_back": "All right. Someone from {company} will get in touch. Goodbye.",
    "human": "Of course. I'll ask a colleague to get in touch with you. Goodbye.",
    "human_to_stranger": "Of course. I'll ask a colleague at {company} to get in touch. Goodbye.",
    "no_agreement": "All right. We'll write you an e-mail, and you can answer with a time that suits you. Goodbye.",
    "nothing_free": (
        "I'm sorry, I have no other free time at the moment. "
        "We'll write you an e-mail, and you can answer with a time that suits you. Goodbye."
    ),
    "goodbye": "All right. We'll write you an e-mail about the interview. Goodbye.",
    "given_up": "I can't hear you well, so I'll stop here. We'll write you an e-mail instead. Goodbye.",
    "given_up_to_stranger": "All right, I'll stop here. Goodbye.",
    "not_interested": "Thank you for telling me. We'll close your application, and we won't call again. Goodbye.",
    "not_interested_to_stranger": "All right. We won't call again. Goodbye.",
    "wrong_number": "I'm sorry to have bothered you. We won't call this number again. Goodbye.",
    "opted_out": "I understand. We won't call you again. Goodbye.",
    "holding": "One moment, please.",
    "still_holding": "Thank you for waiting. One more moment, please.",
    "trouble": "I'm sorry, something went wrong on our side, so I have to stop here. Goodbye.",
    "call_is_over": "This call can't go on. Goodbye.",
}

DOUBTS = {
    Cue.NOT_INTERESTED: "you are not interested",
    Cue.LATER: "I should call you later",
    Cue.HUMAN: "you want to speak to a person",
    Cue.NONE_OF_THESE: "none of these times suits you",
    Cue.GOODBYE: "you want to stop here",
}

QUESTIONS = {
    Phase.IDENTITY: ("Am I speaking with {name}? Say yes or no, or press 1 for yes, 2 for no."),
    Phase.REACHABLE: (
        "Is this a number where I can reach {name} another time? Say yes or no, or press 1 for yes, 2 for no."
    ),
    Phase.OFFER: "{offer} For another time, say when, or press {other_key}.",
    Phase.WISH: "Which day or time would suit you?",
    Phase.CONFIRM: (
        "To be sure: {choice}, your local time. Shall I book that? Say yes or no, or press 1 for yes, 2 for no."
    ),
    Phase.CALLBACK: "When would be a good time to call again?",
    Phase.STANDING: (
        "Your interview is booked for {choice}. Shall I cancel it? Say yes or no, or press 1 for yes, 2 for no."
    ),
}

NUMBERS = (  # noqa: SIM905 - a list of nineteen strings reads worse
    "twelve one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}


def words(key: str, session: Session) -> str:
    """Return the sentences under that key, filled in for this conversation."""
    return WORDS[key].format_map(Facts(session))


def holding(times: int) -> tuple[str, ...]:
    """Return what a caller is told who is asked to hold so many times in a row."""
    return (WORDS["holding"], *(WORDS["still_holding"],) * (times - 1)) if times else ()


def question(session: Session) -> str:
    """Return what the phase asks."""
    return QUESTIONS[session.phase].format_map(Facts(session))


class Facts:
    """What sentences are filled in with, each put into words only where a sentence asks for it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getitem__(self, name: str) -> str:
        """Return the fact of that name in words."""
        return FACTS[name](self._session)


def _interview(session: Session) -> str:
    return f"interview for the position of {session.person.position}" if session.person.position else "interview"


def _offer(session: Session) -> str:
    return spoken_offer([session.local(slot.starts_at) for slot in session.offered]) if session.offered else ""


def _between(session: Session) -> str:
    return _either([spoken_slot(session.local(session.offered[index].starts_at)) for index in session.between])


def _choice(session: Session) -> str:
    return spoken_slot(session.local(session.choice.starts_at)) if session.chosen is not None else ""


def _short_choice(session: Session) -> str:
    at = session.local(session.choice.starts_at)
    return f"{at:%A} at {spoken_clock(at.time())}"


def _call_back(session: Session) -> str:
    return spoken_slot(session.local(session.call_back_at)) if session.call_back_at else ""


FACTS: dict[str, Callable[[Session], str]] = {
    "name": lambda session: session.person.name,
    "first_name": lambda session: session.person.first_name,
    "company": lambda session: session.person.company,
    "interview": _interview,
    "offer": _offer,
    "other_key": lambda session: str(len(session.offered) + 1),
    "between": _between,
    "choice": _choice,
    "short_choice": lambda session: _short_choice(session) if session.chosen is not None else "",
    "doubted": lambda session: DOUBTS.get(Cue(session.doubted), "") if session.doubted else "",
    "call_back": _call_back,
}


def hints(session: Session) -> tuple[str, ...]:
    """Return what the recogniser should expect: the answers to the open question, the offered days and times."""
    expected = ["yes", "no", "repeat that", "another time", "call me later"]
    if session.phase in {Phase.OFFER, Phase.CONFIRM, Phase.WISH}:
        for number, slot in zip(("first", "second", "third"), session.offered, strict=False):
            at = session.local(slot.starts_at)
            day = f"{at:%A}"
            expected += [f"the {number} one", day, f"{day} at {spoken_clock(at.time())}"]
            expected += [f"the {ordinal(at.day)}", spoken_time(at.time())]
    return tuple(dict.fromkeys(expected))


def spoken_offer(starts: list[datetime]) -> str:
    """Speak the offered times, local, each with its number, which is its key too; what they share is said once."""
    if len(starts) == 1:
        return f"I can offer {spoken_slot(starts[0])}. Does that suit you? Say yes, or press 1."
    said = [
        f"{NUMBERS[number]}, {_spoken_after(at, earlier)}"
        for number, (at, earlier) in enumerate(zip(starts, [None, *starts], strict=False), 1)
    ]
    return f"I can offer: {'; '.join(said[:-1])}; or {said[-1]}. Which one suits you? Say it, or press its number."


def _spoken_after(at: datetime, earlier: datetime | None) -> str:
    """Speak a slot that follows another: its day, and its month, only where they are not the same."""
    clock = spoken_hour(at)
    if earlier and earlier.date() == at.date():
        return f"the same day at {clock}"
    if earlier and (earlier.year, earlier.month) == (at.year, at.month):
        return f"{at:%A} the {ordinal(at.day)} at {clock}"
    return spoken_slot(at)


def spoken_slot(at: datetime) -> str:
    """Speak a local time, such as "Tuesday the 25th of November at ten in the morning"."""
    return f"{spoken_day(at.date())} at {spoken_hour(at)}"


def spoken_hour(at: datetime) -> str:
    """Speak a local time's clock; of two times that it shows alike, as the clocks are set back, which one it is."""
    clock, pass_ = spoken_time(at.time()), which_pass(at)
    if pass_ is None:
        return clock
    said = clock if at.minute else clock.replace(spoken_clock(at.time()), f"{spoken_clock(at.time())} o'clock", 1)
    return f"the {pass_.name.lower()} {said}, {pass_} the clocks change"


def spoken_day(day: date) -> str:
    """Speak a day, such as "Tuesday the 25th of November"."""
    return f"{day:%A} the {ordinal(day.day)} of {day:%B}"


def spoken_time(at: time) -> str:
    """Speak a clock time with its part of the day, such as "half past two in the afternoon"."""
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    if at.hour < 12:
        return f"{spoken_clock(at)} in the morning"
    if at.hour < 17:
        return f"{spoken_clock(at)} in the afternoon"
    return f"{spoken_clock(at)} in the evening" if at.hour < 21 else f"{spoken_clock(at)} at night"


def spoken_clock(at: time) -> str:
    """Speak a clock time as people do: "ten", "half past two", "quarter to nine", "ten twenty", "nine oh five"."""
    hour, following = NUMBERS[at.hour % 12], NUMBERS[(at.hour + 1) % 12]
    match at.minute:
        case 0:
            return hour
        case 15:
            return f"quarter past {hour}"
        case 30:
            return f"half past {hour}"
        case 45:
            return f"quarter to {following}"
    return f"{hour} {_spoken_minute(at.minute)}"


def _spoken_minute(minute: int) -> str:
    if minute < 10:
        return f"oh {NUMBERS[minute]}"
    if minute < 20:
        return NUMBERS[minute]
    tens, ones = divmod(minute, 10)
    return f"{TENS[tens]} {NUMBERS[ones]}" if ones else TENS[tens]


def ordinal(number: int) -> str:
    """Write a day of the month as it is spoken: 1st, 2nd, 3rd, 11th."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _either(options: list[str]) -> str:
    return f"{', '.join(options[:-1])}, or {options[-1]}" if len(options) > 1 else "".join(options)
