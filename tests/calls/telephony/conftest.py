import threading
from collections.abc import Callable, Iterator

import pytest

from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.callees import Callee
from calls.telephony.simulator.documents import SimulatedCall
from calls.telephony.simulator.exchange import Exchange
from tests.calls.telephony.http_servers import OurSide, TwilioApi
from tests.calls.telephony.played_calls import Play, exchange_with, order_to


@pytest.fixture
def twilio_api() -> Iterator[TwilioApi]:
    api = TwilioApi()
    with api.running():
        yield api


@pytest.fixture
def our_side() -> Iterator[OurSide]:
    server = OurSide()
    with server.running():
        yield server


@pytest.fixture
def simulator(database: object) -> Simulator:
    return Simulator()


@pytest.fixture
def play(simulator: Simulator, our_side: OurSide) -> Play:
    """Place a call, changed as said, play it to its end with that person, and return its document."""

    def play_with(person: Callee, **changes: object) -> SimulatedCall:
        placed = simulator.place(order_to(our_side, **changes))
        exchange = exchange_with(person)
        exchange.play_all()
        exchange.close()
        return SimulatedCall.objects.get(call_sid=placed.call_sid)

    return play_with


@pytest.fixture
def running() -> Iterator[Callable[[Exchange], threading.Event]]:
    """Run an exchange until the test is over, or sets the event that this returns."""
    stop = threading.Event()
    threads = []

    def run(exchange: Exchange) -> threading.Event:
        thread = threading.Thread(target=exchange.run, args=(stop,))
        thread.start()
        threads.append((thread, exchange))
        return stop

    yield run
    stop.set()
    for thread, exchange in threads:
        thread.join()
        exchange.close()
