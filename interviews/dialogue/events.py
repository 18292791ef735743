"""What can happen in a conversation: something heard, pressed or not said, and what came of work we asked for."""

from dataclasses import dataclass
from datetime import datetime

from interviews.dialogue.session import Offered
from interviews.understanding.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Heard:
    """Words, as they were understood."""

    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys of the telephone: digits, * and #."""

    keys: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nothing was said or pressed while we waited."""


@dataclass(frozen=True, slots=True)
class MachineAnswered:
    """A voicemail or fax took the call."""


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """The search is done and these slots are held; `as_wished` is false where none fitted and these are the closest."""

    slots: tuple[Offered, ...]
    as_wished: bool = True


@dataclass(frozen=True, slots=True)
class Booked:
    """The chosen slot is booked and saved."""


@dataclass(frozen=True, slots=True)
class SlotGone:
    """The chosen slot went to somebody else, or was withdrawn."""


@dataclass(frozen=True, slots=True)
class NotBookable:
    """Nothing may be booked for the person any more: somebody closed, booked or removed them during the call."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The interview that was booked in this call stands no more."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong on our side, twice, and we can't go on."""


@dataclass(frozen=True, slots=True)
class CallBackSet:
    """When we are going to call again; None where that can't be promised."""

    at: datetime | None


OfPerson = Heard | Pressed | NoInput | MachineAnswered
Event = OfPerson | Trouble | SlotsFound | Booked | SlotGone | NotBookable | Cancelled | CallBackSet
