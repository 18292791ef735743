"""Where a conversation is: its phase, what was offered and chosen, and what we know of the person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from interviews.understanding.meaning import TimeSaid


class Phase(StrEnum):
    """The open question, or work under way that the next event reports on, or how the conversation ended."""

    IDENTITY = "identity"  # is this the right person?
    REACHABLE = "reachable"  # somebody else: is the person to be reached on this number?
    OFFER = "offer"  # which of these times?
    WISH = "wish"  # which day or time would suit?
    CONFIRM = "confirm"  # this time: is that right?
    CALLBACK = "callback"  # when may we call again?
    STANDING = "standing"  # an interview is booked: is it to be cancelled?

    SEARCHING = "searching"
    BOOKING = "booking"
    CANCELLING = "cancelling"
    SCHEDULING = "scheduling"

    AGREED = "agreed"
    PUT_OFF = "put_off"
    HANDED_OVER = "handed_over"
    NO_AGREEMENT = "no_agreement"
    NOT_INTERESTED = "not_interested"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    VOICEMAIL = "voicemail"


ASKING = frozenset(
    {Phase.IDENTITY, Phase.REACHABLE, Phase.OFFER, Phase.WISH, Phase.CONFIRM, Phase.CALLBACK, Phase.STANDING}
)
WORKING = frozenset({Phase.SEARCHING, Phase.BOOKING, Phase.CANCELLING, Phase.SCHEDULING})
ENDS = frozenset(Phase) - ASKING - WORKING
# The person refused: nobody calls them again
CLOSES = frozenset({Phase.NOT_INTERESTED, Phase.OPTED_OUT, Phase.WRONG_NUMBER})
# ... nor expects them: an interview booked in the same call is called off. Who wants no calls may still come to it
CALLS_OFF = frozenset({Phase.NOT_INTERESTED, Phase.WRONG_NUMBER})


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot as it is offered; `starts_at` is aware."""

    slot_id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Whom we speak with and on whose behalf; the words are filled in from here."""

    name: str
    company: str
    position: str
    time_zone: str

    @property
    def first_name(self) -> str:
        return next(iter(self.name.split()), self.name)


@dataclass(frozen=True, slots=True)
class Session:
    """The whole state of a conversation between two turns.

    `chosen` and `ambiguous` are indexes into `offered`, `ambiguous` those that we just asked to choose from.
    `no_inputs` and `no_matches` count what came since the last thing that was understood. `wish` is what a search or a
    call back is to go by. `clarifying` is the cue that we just asked about: was it meant? Or NAMED after the short
    question for a yes, and FETCHING while the person is fetched.
    """

    person: Person
    phase: Phase = Phase.IDENTITY
    offered: tuple[Offered, ...] = ()
    chosen: int | None = None
    ambiguous: tuple[int, ...] = ()
    wish: tuple[TimeSaid, ...] = ()
    call_back_at: datetime | None = None
    clarifying: str | None = None
    no_inputs: int = 0
    no_matches: int = 0
    is_slow: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be said."""
        return self.phase in ENDS

    @property
    def options(self) -> tuple[int, ...]:
        """What "the first one" counts from now: indexes into `offered`."""
        return self.ambiguous or tuple(range(len(self.offered)))

    @property
    def has_choice(self) -> bool:
        return self.chosen is not None

    @property
    def choice(self) -> Offered:
        """The offered slot that was chosen."""
        if self.chosen is None:
            raise ValueError("Nothing has been chosen yet.")
        return self.offered[self.chosen]

    def local(self, at: datetime) -> datetime:
        """Return the time in the person's own zone."""
        return at.astimezone(ZoneInfo(self.person.time_zone))
