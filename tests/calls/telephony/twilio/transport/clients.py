"""How requests are sent to Twilio, and what it means that nobody was reached."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calls.telephony.base import CallOrder, CallRefused
from calls.telephony.twilio.client import Twilio
from tests.calls.telephony.http_servers import TwilioApi
from tests.calls.telephony.twilio.transport.proxies import certificate, serving
from tests.clocks import ENDLESS

ADDRESS = "https://callflow.example/twilio/"
ORDER = CallOrder("+919876543210", *[ADDRESS] * 4, ring_seconds=25, limit_seconds=600, lease=ENDLESS)
BUNDLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
OURS, ANOTHERS = "IP:127.0.0.1", "DNS:api.twilio.example"

Reach = Callable[..., Twilio]


@contextmanager
def certified(directory: Path, name: str = OURS) -> Iterator[tuple[TwilioApi, str]]:
    """Serve Twilio's API by TLS; give it and the path of its certificate."""
    path = certificate(directory, name)
    api = TwilioApi(serving(path))
    with api.running():
        yield api, str(path)


def assert_refused(twilio: Twilio) -> None:
    with pytest.raises(CallRefused, match="could not be reached") as caught:
        twilio.place(ORDER)
    assert (caught.value.error_code, caught.value.is_ours) == (None, True)
