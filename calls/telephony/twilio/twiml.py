"""The dialect of the phone service, in one file: from its form to what was heard, and from our reply to TwiML. Pure.

Source: Twilio's documentation of TwiML <Gather>, <Say> and of the request parameters ("TwiML Voice").
"""

import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

# What else is escaped between the quotes of an attribute
QUOTED = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}
# What XML 1.0 has no way to write (2.2): a name may be older than the rule that refuses it
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XML = '<?xml version="1.0" encoding="UTF-8"?>'

# What a person may take before we count it as silence; and the pause that ends what they say. Seconds
ANSWER_SECONDS = 6
HOLD_SECONDS = 40
PAUSE_SECONDS = 2
# Between two tries, while somebody holds the line
HELD_SECONDS = 3
# Twilio takes 500 hints of 100 characters
MAX_HINTS, HINT_LENGTH = 500, 100
MAX_HEARD = 1000
# Twilio takes addresses of up to 4,000 characters; the rest is for everything else that stands in one
MAX_CARRIED = 3_200
# What a report may unfold to: bytes
MAX_REPORTED = 8 * MAX_HEARD
REPORTED, FIELD_LENGTH = ("AnsweredBy", "Digits", "Confidence"), 64

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
    """What the recogniser heard, and its own confidence (0 to 1, None where it gave none).

    `is_cut` where there was more than we take: what the rest said, nobody knows.
    """

    text: str
    confidence: float | None
    is_cut: bool = False


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
        is_cut = len(text) > MAX_HEARD or IS_CUT in form
        return Speech(text[:MAX_HEARD], _confidence(form.get("Confidence", "")), is_cut)
    return Nothing()


# What a call on hold reports beside the phone service's own fields
IS_CUT = "IsCut"


def carried(form: Mapping[str, str]) -> str:
    """Return what a request reports of the person, whole, for the address that a call on hold goes on at.

    Deflated, a thousand characters of Devanagari come to about 1,500. What does not fit is cut, and says so.
    """
    report = {name: form[name][:FIELD_LENGTH] for name in (*REPORTED, IS_CUT) if form.get(name)}
    text = form.get("SpeechResult", "").strip()
    length = min(len(text), MAX_HEARD)
    while len(packed := _packed(report | _cut(text, length))) > MAX_CARRIED and length:
        length = length * 3 // 4
    return packed


def _cut(text: str, length: int) -> dict[str, str]:
    if not text:
        return {}
    return {"SpeechResult": text[:length]} | ({IS_CUT: "1"} if len(text) > length else {})


def _packed(report: Mapping[str, str]) -> str:
    return urlsafe_b64encode(zlib.compress(json.dumps(report, ensure_ascii=False).encode(), 9)).decode().rstrip("=")


def unpacked(text: str) -> dict[str, str]:
    """Return what `carried` wrote; nothing where it did not."""
    try:
        deflated = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        report: dict[str, str] = json.loads(zlib.decompressobj().decompress(deflated, MAX_REPORTED))
    except (NotBase64, ValueError, zlib.error):
        return {}
    return report


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
    hints = UNWRITABLE.sub(" ", ",".join(hint[:HINT_LENGTH].replace(",", " ") for hint in reply.hints[:MAX_HINTS]))
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
    text = escape(UNWRITABLE.sub(" ", " ".join(reply.said)))
    if reply.is_slow:
        text = f'<prosody rate="slow">{text}</prosody>'
    return f'<Say language="{spoken}" voice="{VOICES[spoken]}">{text}</Say>'
