"""The port between us and whatever reaches the phone network: what we ask of it, and how it may fail."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from config.lease import Lease

# From the claim of an attempt to its request, at most. What is unfinished is given back much later
DIALLED_WITHIN_SECONDS = 30.0


def begin_lease() -> Lease:
    """Return the time within which an attempt that is claimed next may be dialled; begun before the time is read."""
    return Lease.begin(DIALLED_WITHIN_SECONDS)


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call to place. Every URL is absolute; seconds are whole; `to` is E.164.

    `voice_url` is asked for TwiML once the call is answered, `fallback_url` when that or a later URL fails,
    `status_url` gets each status, `machine_url` whether a machine answered. Once `lease` is over, the call may
    not be asked for any more.
    """

    to: str
    voice_url: str
    fallback_url: str
    status_url: str
    machine_url: str
    ring_seconds: int
    limit_seconds: int
    lease: Lease = field(compare=False)


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call as the phone service knows it; `status` is one of Twilio's (queued, ringing … completed), `to` E.164.

    `duration_seconds` is None while the call runs.
    """

    call_sid: str
    status: str
    placed_at: datetime | None = None
    duration_seconds: int | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class CallList:
    """Calls, the oldest first; `is_whole` is false where there are more than could be asked for."""

    calls: tuple[PlacedCall, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class OutgoingLine:
    """How calls go out, in words, and the number that the called person sees."""

    words: str
    number: str
    is_set_up: bool


class TelephonyError(Exception):
    """The phone service did not do what was asked of it."""


class NotConfigured(TelephonyError):
    """No phone service is set up."""


class CallRefused(TelephonyError):
    """The call was not placed, and will not be: nobody's phone rang.

    `is_ours` is true where we can fix it (credentials, configuration, rate, permission) and false where the
    candidate's number is what is wrong.
    """

    def __init__(self, message: str, *, error_code: int | None, is_ours: bool) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.is_ours = is_ours


class DialledTooLate(CallRefused):
    """We did not ask for the call: so long after the claim, the attempt may have been given to somebody else."""

    def __init__(self) -> None:
        message = f"The call was not placed: {DIALLED_WITHIN_SECONDS:.0f} seconds had passed before it was asked for."
        super().__init__(message, error_code=None, is_ours=True)


class PlacementUnknown(TelephonyError):
    """The phone service gave no usable answer: the call may or may not have been placed."""


class CallUnknown(TelephonyError):
    """The phone service has no such call."""


class Telephony(Protocol):
    """A phone service. Every method may raise TelephonyError; none blocks for longer than its HTTP timeout."""

    def place(self, order: CallOrder) -> PlacedCall:
        """Place the call and return at once, usually as `queued`.

        The order's lease is looked at last of all, right before the phone service is asked.

        :raises CallRefused: it was not placed; DialledTooLate where the lease was over.
        :raises PlacementUnknown: it may have been placed. Never ask again: the request is not idempotent.
        """

    def fetch(self, call_sid: str) -> PlacedCall:
        """Return the call as it stands now. :raises CallUnknown: there is none with that sid."""

    def hang_up(self, call_sid: str) -> None:
        """End the call, whatever state it is in; a call that is over already is left alone."""

    def placed_to(self, phone: str, *, since: datetime) -> list[PlacedCall]:
        """Return the calls to `phone` placed at or after `since`, the oldest first."""

    def placed_between(self, since: datetime, until: datetime) -> CallList:
        """Return every call from our number placed from `since` on and before `until`, whoever placed it."""
