"""What every phone service has beside the port: a part that the doctor examines."""

from datetime import datetime
from typing import Protocol

from calls.telephony.base import OutgoingLine, Telephony
from config.doctor.findings import Finding


class Provider(Telephony, Protocol):
    """A phone service that calls are placed with, and that can be examined. See `base` for the port itself."""

    def examine(self, now: datetime) -> list[Finding]:
        """Return whether calls can be placed, and what to do where not: account, caller id, clock. Nothing rings."""

    @staticmethod
    def line() -> OutgoingLine:
        """Return how calls go out, as the settings have it: asked also where they are not good enough to call."""
