"""Reads TwiML as Twilio does: what is unknown or wrong is warned of and passed over (docs/voice/twiml, error 12200)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from calls.telephony.simulator.webhook_client import Answer

CHARACTERS_PER_SECOND = 15
PLAY_SECONDS = 3.0  # we do not know how long a sound is
NOT_WELL_FORMED, NO_RESPONSE, WRONG_TYPE = 12100, 12102, 12300
XML_TYPES = {"text/xml", "application/xml", "text/html"}


class BadDocument(Exception):
    """Twilio would refuse the document."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """A TwiML element: its text, with that of any SSML in it, and the elements nested in it."""

    name: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    nested: tuple["Verb", ...] = ()

    def whole(self, attribute: str, default: int) -> int:
        """Return a whole number; the default where there is none or no such."""
        value = self.attributes.get(attribute, "")
        return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else default

    def times(self) -> int:
        """Return how often the verb repeats itself; Twilio's 0 is a thousand times."""
        return min(self.whole("loop", 1), 1000) or 1000

    def seconds(self) -> float:
        """Return how long saying, playing or pausing takes on a simulated line; 0 for any other verb."""
        match self.name:
            case "Say":
                return len(self.text) / CHARACTERS_PER_SECOND * self.times()
            case "Play":
                return PLAY_SECONDS * self.times()
            case "Pause":
                return float(self.whole("length", 1))
        return 0.0


def read_document(answer: Answer) -> list[Verb]:
    """Return the verbs of a TwiML answer, or what stands for them where it is plain text or sound.

    :raises BadDocument: the type is none that Twilio takes, or the XML is not a well-formed Response.
    """
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return [Verb("Play", answer.url)]
    if kind == "text/plain":
        return _read_plain(answer)
    if kind not in XML_TYPES:
        raise BadDocument(WRONG_TYPE, f"The content type is {kind or 'missing'}.")
    return _read_xml(answer.body)


def _read_plain(answer: Answer) -> list[Verb]:
    try:
        return _read_xml(answer.body)
    except BadDocument:
        return [Verb("Say", answer.body.decode("utf-8", "replace"))]


def _read_xml(body: bytes) -> list[Verb]:
    try:  # our own webhooks wrote it, of 64 kB at most, and expat bounds how far entities may grow
        root = ElementTree.fromstring(body)  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        raise BadDocument(NOT_WELL_FORMED, f"The XML is not well-formed: {error}.") from error
    if root.tag != "Response":
        raise BadDocument(NO_RESPONSE, f"The root element is {root.tag}.")
    return [_verb(element) for element in root]


def _verb(element: ElementTree.Element) -> Verb:
    return Verb(
        name=str(element.tag),
        text=" ".join("".join(element.itertext()).split()),
        attributes=dict(element.attrib),
        nested=tuple(_verb(child) for child in element),
    )
