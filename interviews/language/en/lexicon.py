"""The words that mean numbers, days and parts of the day, as data: a variant, and our word for it on the right."""

import re
from collections.abc import Iterable

from interviews.language.en import hindi

FILLERS = frozenset(  # a list of thirty strings reads worse
    "um umm ummm uh uhh uhhh uhm er err erm ah ahh hm hmm hmmm mm mmm eh please pls kindly sir madam ma'am maam".split()  # noqa: SIM905
)
FILLER_PHRASES = ("you know",)
# A filler that is an answer where nothing else was said: yes
PLEASE_ALONE = re.compile(r"(?i)\W*please\W*")
# Sounds that are answers, though their halves are fillers.
SOUNDS = {
    "uh huh": "yes",
    "uh-huh": "yes",
    "mm hmm": "yes",
    "mm-hmm": "yes",
    "mhm": "yes",
    "uh uh": "no",
    "uh-uh": "no",
    "nuh uh": "no",
}


def _counted(words: str, first: int) -> Iterable[tuple[str, int]]:
    return ((word, number) for number, word in enumerate(words.split(), start=first))


CARDINALS = dict(
    _counted(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        first=0,
    )
)
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
ORDINALS = {
    **dict(
        _counted(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
            first=1,
        )
    ),
    "thirtieth": 30,
}

UNITS = frozenset(
    ("oclock", "day", "days", "week", "weeks", "month", "hour", "hours", "minute", "minutes", "second", "sec")
)
PARTS_OF_DAY = frozenset(("morning", "afternoon", "evening", "night", "dopahar"))
# What leads on to a time and belongs to it: "on the 3rd at ten"
BEFORE_A_TIME = frozenset(("at", "on", "in", "the", "for", "of"))

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

WORDS = hindi.WORDS | {
    # weekdays and months, shortened or misspelt
    "mon": "monday",
    "mondays": "monday",
    "tue": "tuesday",
    "tues": "tuesday",
    "tuesdays": "tuesday",
    "teusday": "tuesday",
    "wed": "wednesday",
    "weds": "wednesday",
    "wednesdays": "wednesday",
    "wensday": "wednesday",
    "wednsday": "wednesday",
    "thu": "thursday",
    "thur": "thursday",
    "thurs": "thursday",
    "thursdays": "thursday",
    "thrusday": "thursday",
    "thrsday": "thursday",
    "fri": "friday",
    "fridays": "friday",
    "sat": "saturday",
    "saturdays": "saturday",
    "sun": "sunday",
    "sundays": "sunday",
    "jan": "january",
    "feb": "february",
    "febuary": "february",
    "mar": "march",
    "apr": "april",
    "jun": "june",
    "jul": "july",
    "aug": "august",
    "sep": "september",
    "sept": "september",
    "oct": "october",
    "nov": "november",
    "dec": "december",
    # units and relations
    "mins": "minutes",
    "min": "minutes",
    "hr": "hour",
    "hrs": "hours",
    "h": "hour",
    "wk": "week",
    "noontime": "noon",
    "noonish": "noon",
    "midday": "noon",
    "tmrw": "tomorrow",
    "tommorow": "tomorrow",
    "tommorrow": "tomorrow",
    "tomorow": "tomorrow",
    "tomorrows": "tomorrow",
    "tomorrow's": "tomorrow",
    "todays": "today",
    "today's": "today",
    "tonite": "tonight",
    "tonight's": "tonight",
    "mornings": "morning",
    "afternoons": "afternoon",
    "afternon": "afternoon",
    "aftenoon": "afternoon",
    "evenings": "evening",
    "nights": "night",
    "weekends": "weekend",
    "til": "until",
    "till": "until",
    "untill": "until",
    "thru": "through",
    "upto": "until",
    "o'clock": "oclock",
    "oclocks": "oclock",
    "upcoming": "coming",
    "following": "coming",
    "current": "this",
    "workweek": "week",
    # yes and no
    "yeah": "yes",
    "yea": "yes",
    "yep": "yes",
    "yup": "yes",
    "yeap": "yes",
    "yess": "yes",
    "ya": "yes",
    "yah": "yes",
    "aye": "yes",
    "ok": "okay",
    "okey": "okay",
    "okie": "okay",
    "k": "okay",
    "alright": "okay",
    "nope": "no",
    "nah": "no",
    "nay": "no",
    "naw": "no",
    "thanks": "thank you",
    "thankyou": "thank you",
    "thx": "thank you",
    # contractions, with or without their apostrophe
    "i'm": "i am",
    "im": "i am",
    "i'd": "i would",
    "i'll": "i will",
    "i've": "i have",
    "ive": "i have",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "doesnt": "does not",
    "didn't": "did not",
    "didnt": "did not",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "couldn't": "could not",
    "won't": "will not",
    "wont": "will not",
    "wouldn't": "would not",
    "isn't": "is not",
    "isnt": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "haven't": "have not",
    "hasn't": "has not",
    "ain't": "is not",
    "it's": "it is",
    "its": "it is",
    "it'll": "it will",
    "that's": "that is",
    "thats": "that is",
    "that'll": "that will",
    "that'd": "that would",
    "what's": "what is",
    "whats": "what is",
    "who's": "who is",
    "whos": "who is",
    "where's": "where is",
    "how's": "how is",
    "there's": "there is",
    "theres": "there is",
    "here's": "here is",
    "let's": "let us",
    "lets": "let us",
    "you're": "you are",
    "youre": "you are",
    "you've": "you have",
    "we're": "we are",
    "we'll": "we will",
    "we'd": "we would",
    "they're": "they are",
    "he's": "he is",
    "she's": "she is",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
    "cuz": "because",
    "u": "you",
    "r": "are",
    "ur": "your",
    "ty": "thank you",
    "ill": "i will",
    "hows": "how is",
    "idk": "i do not know",
    "dunno": "do not know",
    "goint": "going",
}

PHRASES = {
    "new year's": "new year",
    "new years": "new year",
    "workers' day": "worker day",
    "workers day": "worker day",
    "veterans day": "veteran day",
    "first thing in the morning": "early morning",
    "first thing": "early morning",
    "early in the morning": "early morning",
    "late in the morning": "late morning",
    "early in the afternoon": "early afternoon",
    "late in the afternoon": "late afternoon",
    "early in the evening": "early evening",
    "late in the evening": "late evening",
    "late at night": "late night",
    "a m": "am",
    "p m": "pm",
    "i a m": "i am",
    "o clock": "oclock",
    "oh clock": "oclock",
    "in the am": "am",
    "in the pm": "pm",
    "the day after tomorrow": "overmorrow",
    "day after tomorrow": "overmorrow",
    "a pair of": "2",
    "pair of": "2",
    "a couple of": "2",
    "couple of": "2",
    "a couple": "2",
    "a few": "3",
    "mid day": "noon",
    "mid morning": "morning",
    "mid afternoon": "afternoon",
    "after noon": "afternoon",
    "week end": "weekend",
    "a quarter": "quarter",
    "three quarters of an hour": "45 minutes",
    "half an hour": "30 minutes",
    "half hour": "30 minutes",
    "quarter of an hour": "15 minutes",
    "an hour and a half": "90 minutes",
    "end of the day": "day end",
    "end of day": "day end",
    "eom": "end of month",
    "all right": "okay",
    "not wrong": "right",
    "not incorrect": "correct",
    "not false": "true",
    "not untrue": "true",
    "not bad": "good",
    "not a problem": "no problem",
} | hindi.PHRASES

TITLES = frozenset(("mr", "mister", "mrs", "missus", "ms", "miss", "dr", "doctor", "shri", "smt", "shrimati"))
# First names that would turn a yes round: each counts as a name only beside the rest of it
NO_NAMES = frozenset(
    ("no", "not", "na", "never", "nor", "but", "if", "or", "wait", "hold", "stop", "later", "will", "do")
)
