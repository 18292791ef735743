"""How we reach the phone network: the port (base), Twilio, and a simulator that stands in for it."""

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from calls.telephony.base import OutgoingLine
    from calls.telephony.provider import Provider


def backend() -> "Provider":
    """Return the phone service that the settings choose, one per process so that its connections are reused."""
    return _twilio() if settings.TELEPHONY == "twilio" else _simulator()


def line() -> "OutgoingLine":
    """Return how calls go out, as the settings have it; nothing is asked of the phone service."""
    if settings.TELEPHONY == "twilio":
        from calls.telephony.twilio.client import Twilio

        return Twilio.line()
    from calls.telephony.simulator.backend import Simulator

    return Simulator.line()


@cache
def _twilio() -> "Provider":
    from calls.telephony.twilio.client import Twilio

    return Twilio(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        phone_number=settings.TWILIO_PHONE_NUMBER,
        timeout_seconds=settings.TWILIO_TIMEOUT_SECONDS,
        api_base_url=settings.TWILIO_API_BASE_URL,
    )


@cache
def _simulator() -> "Provider":
    from calls.telephony.simulator.backend import Simulator

    return Simulator()
