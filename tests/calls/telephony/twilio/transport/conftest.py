import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from calls.telephony.twilio.client import Twilio
from tests.calls.telephony.twilio.transport.clients import BUNDLES, Reach

NAMED = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies and certificates that the environment of the tests names."""
    for name in [*NAMED, *map(str.upper, NAMED), *BUNDLES]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def reach() -> Iterator[Reach]:
    """Return a function that gives the Twilio at an address, with the environment of the moment."""
    with ExitStack() as stack:

        def reach(url: str, timeout_seconds: float = 5) -> Twilio:
            twilio = Twilio(
                account_sid="AC1",
                auth_token="secret",
                phone_number="+15005550006",
                timeout_seconds=timeout_seconds,
                api_base_url=url,
            )
            stack.callback(twilio.close)
            return twilio

        yield reach


@pytest.fixture
def closed_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"
