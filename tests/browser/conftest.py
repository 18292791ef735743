"""A Callflow, a phone network and a browser that looks at the phone; skipped, with the reason, where one is missing."""

import shutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from pymongo.database import Database

from calls.telephony.simulator.documents import phones
from calls.telephony.simulator.exchange import Exchange
from tests.calls.telephony.played_calls import until
from tests.servers import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
REAL_PACE = 0.15  # seconds for each that a person has: nobody here needs six to think


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """Start the system's Chromium; what it is driven by comes with `make browser`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: `make browser` installs it")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def callflow(database: Database, settings: Any, today: object) -> Iterator[str]:
    """Serve a trial of Callflow, and return its address."""
    settings.DEBUG = True
    with served(settings) as url:
        yield url


@pytest.fixture
def network(callflow: str) -> Iterator[None]:
    """Play the calls as they come."""
    stop, exchange = threading.Event(), Exchange(pace=0, real_pace=REAL_PACE, poll_seconds=0.02)
    thread = threading.Thread(target=exchange.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()
    exchange.close()


@pytest.fixture
def troubles() -> list[str]:
    """Hold what the browser complains of: errors on the console, refusals of the Content-Security-Policy."""
    return []


@pytest.fixture
def page(browser: "Browser", callflow: str, network: None, troubles: list[str]) -> Iterator["Page"]:
    """Show the phone, in a browser that has not been there; whatever it complains of fails the test."""
    context = browser.new_context(base_url=callflow, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(8000)
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto("/phone/")
    until(lambda: phones().find_one())
    yield page
    context.close()
    assert troubles == []
