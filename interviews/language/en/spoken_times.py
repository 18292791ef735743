"""How days and clock times are spoken."""

from datetime import date, datetime, time

from interviews.language.clock_changes import Pass, which_pass

NUMBERS = (  # noqa: SIM905 - a list of nineteen strings reads worse
    "twelve one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
# What tells the two hours apart that a clock shows alike as it is set back
SIDES = {Pass.FIRST: "before", Pass.SECOND: "after"}


def spoken_after(at: datetime, earlier: datetime | None) -> str:
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
    clock, which = spoken_time(at.time()), which_pass(at)
    if which is None:
        return clock
    said = clock if at.minute else clock.replace(spoken_clock(at.time()), f"{spoken_clock(at.time())} o'clock", 1)
    return f"the {which} {said}, {SIDES[which]} the clocks change"


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


def spoken_in_short(at: datetime) -> str:
    """Speak a local time among few others, such as "Tuesday at ten"."""
    return f"{at:%A} at {spoken_clock(at.time())}"
