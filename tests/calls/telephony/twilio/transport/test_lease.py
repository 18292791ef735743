"""A call is not asked for once the lease of its order is over, however far the request has come by then."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from calls.telephony.base import CallOrder, DialledTooLate
from calls.telephony.twilio.client import Twilio
from calls.telephony.twilio.transport import pools_towards
from config.lease import Lease
from tests.calls.telephony.http_servers import Answer, TwilioApi
from tests.calls.telephony.twilio.transport.clients import BUNDLES, ORDER, Reach
from tests.calls.telephony.twilio.transport.proxies import Proxy, certificate, serving
from tests.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def order(clock: Clock) -> CallOrder:
    """Return an order whose lease lasts for 30 seconds of the clock."""
    return replace(ORDER, lease=Lease.begin(30, clock))


@pytest.fixture
def slow(clock: Clock, twilio_api: TwilioApi) -> Iterator[Twilio]:
    """Return a Twilio whose pauses between two tries take 20 seconds of the clock."""
    twilio = Twilio(
        account_sid="AC1",
        auth_token="secret",
        phone_number="+15005550006",
        timeout_seconds=5,
        api_base_url=twilio_api.url,
        sleep=lambda _: clock.go_by(20),
    )
    yield twilio
    twilio.close()


def test_call_within_the_lease_is_placed(reach: Reach, twilio_api: TwilioApi, clock: Clock, order: CallOrder) -> None:
    clock.go_by(29)

    reach(twilio_api.url).place(order)

    assert [asked.fields["To"] for asked in twilio_api.asked] == [ORDER.to]


def test_once_it_is_over_nobody_is_even_connected_to(
    reach: Reach, twilio_api: TwilioApi, clock: Clock, order: CallOrder
) -> None:
    clock.go_by(30)

    with pytest.raises(DialledTooLate, match="was not placed") as caught:
        reach(twilio_api.url).place(order)

    assert (caught.value.error_code, caught.value.is_ours) == (None, True)
    assert twilio_api.connections == 0


def test_over_while_waiting_for_a_proxy(
    reach: Reach, twilio_api: TwilioApi, clock: Clock, order: CallOrder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = certificate(tmp_path, "IP:127.0.0.1")
    monkeypatch.setenv(BUNDLES[0], str(path))
    api, proxy = TwilioApi(serving(path)), Proxy()
    proxy.on_led = lambda: clock.go_by(31)
    with api.running(), proxy.running():
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")

        with pytest.raises(DialledTooLate):
            reach(api.url).place(order)

    assert [led.method for led in proxy.led] == ["CONNECT"]
    assert api.asked == []


def test_over_during_the_handshake(
    reach: Reach, clock: Clock, order: CallOrder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = certificate(tmp_path, "IP:127.0.0.1")
    monkeypatch.setenv(BUNDLES[0], str(path))
    tls = serving(path)
    tls.sni_callback = stopping(clock)
    api = TwilioApi(tls)

    with api.running(), pytest.raises(DialledTooLate):
        reach(api.url).place(order)

    assert (clock.seconds, api.asked) == (1031, [])


def stopping(clock: Clock) -> object:
    def shake_hands(_: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        clock.go_by(31)

    return shake_hands


def test_over_between_the_headers_and_the_body(
    reach: Reach, twilio_api: TwilioApi, clock: Clock, order: CallOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = socket.socket.sendall
    monkeypatch.setattr(socket.socket, "sendall", lambda self, said: (sent(self, said), clock.go_by(31))[0])

    with pytest.raises(DialledTooLate):
        reach(twilio_api.url).place(order)

    assert twilio_api.asked == []


def test_over_before_a_further_try(slow: Twilio, twilio_api: TwilioApi, order: CallOrder) -> None:
    twilio_api.answers += [Answer(429, b"slow down")] * 3

    with pytest.raises(DialledTooLate):
        slow.place(order)

    assert len(twilio_api.asked) == 2


def test_asking_about_a_call_needs_no_lease(reach: Reach, twilio_api: TwilioApi, clock: Clock) -> None:
    clock.go_by(1000)
    twilio_api.answers.append(Answer(200))

    assert reach(twilio_api.url).fetch("CA1").status == "queued"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system bounds it itself")
def test_what_was_sent_and_does_not_arrive_is_given_up_with_the_timeout(twilio_api: TwilioApi) -> None:
    pools = pools_towards(twilio_api.url, timeout_seconds=7)
    connection = pools.connection_from_url(twilio_api.url)._get_conn()

    connection.connect()

    assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000
    connection.close()
