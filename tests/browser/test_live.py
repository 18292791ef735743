import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import Client

from calls.documents import ConversationSession
from tests.calls.call_pages import ended, page_url, sid_of
from tests.calls.webhooks import status, turn
from tests.factories import a_candidate, a_session, a_slot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = project.BASE_DIR / "var" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
# Notes what a screen reader is messages_of: what is added where additions are announced
ANNOUNCED = """
    window.announced = [];
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes)
            for (const node of addedNodes) if (node.textContent.trim()) announced.push(node.textContent);
    }).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, scope="module")
def beside_the_driver() -> Iterator[None]:
    """Let tests ask the database in the thread in which Playwright runs an event loop of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def session(callflow: str) -> ConversationSession:
    """A call to Asha, which rings nowhere, and a time to offer her."""
    a_slot()
    return a_session(a_candidate(name="Asha Rao"))


@pytest.fixture
def desk(browser: "Browser", callflow: str, troubles: list[str]) -> Iterator["Page"]:
    """A superuser's browser; whatever it complains of fails the test."""
    client = Client()
    client.force_login(User.objects.create_superuser("sue"))
    context = browser.new_context(base_url=callflow, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(8000)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": callflow}])
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def watched(desk: "Page", session: ConversationSession) -> "Page":
    """The call's page, with what is announced on it."""
    desk.goto(page_url(session))
    desk.evaluate(ANNOUNCED)
    return desk


def say(session: ConversationSession, number: int, words: str = "") -> None:
    turn(session.id, number, call_sid=sid_of(session), SpeechResult=words, Confidence=0.9)


def sees(page: "Page", words: str, within: float = 2000) -> None:
    page.locator("#content-main").get_by_text(words).first.wait_for(timeout=within)


def announced(page: "Page") -> str:
    return re.sub(r"\s+", " ", " | ".join(page.evaluate("announced"))).strip()


def test_call_is_followed_from_the_first_ring_to_its_end(watched: "Page", session: ConversationSession) -> None:
    sees(watched, "Being placed")

    status(session.id, "ringing", 1, call_sid=sid_of(session))
    watched.locator("#call-state", has_text="Ringing").wait_for()
    say(session, 0)
    sees(watched, "Am I speaking with Asha Rao?")
    say(session, 1, "yes")
    sees(watched, "Offering times")
    say(session, 2, "the first one")
    sees(watched, "Confirming a time")
    say(session, 3, "yes please")
    sees(watched, "The booking")
    ended(session, "completed")

    sees(watched, "Over: interview scheduled")
    sees(watched, "Booked on this call")
    assert watched.locator("#call-turns > li").count() == 3 + 4 + 1


def test_page_of_a_call_that_is_over_asks_no_more(watched: "Page", session: ConversationSession) -> None:
    ended(session, "busy")
    sees(watched, "Over: busy")

    asked: list[str] = []
    watched.on("request", lambda request: asked.append(request.url))
    watched.wait_for_timeout(2000)
    watched.reload()
    watched.wait_for_timeout(1500)

    assert not [url for url in asked if "/live/" in url]


def test_only_what_is_new_is_announced(watched: "Page", session: ConversationSession) -> None:
    say(session, 0)
    sees(watched, "Am I speaking with Asha Rao?")
    say(session, 1, "yes")
    sees(watched, "Offering times")
    ended(session, "completed")
    sees(watched, "Over:")

    messages_of = announced(watched)

    assert messages_of.count("Am I speaking with Asha Rao?") == 1
    assert messages_of.count("understood as") == 1
    assert messages_of.count("The call is over") == 1


def test_two_viewers_see_the_same(watched: "Page", session: ConversationSession) -> None:
    other = watched.context.new_page()
    other.goto(page_url(session))

    say(session, 0)

    sees(watched, "Am I speaking with Asha Rao?")
    sees(other, "Am I speaking with Asha Rao?")


def test_focus_stays_where_it_is(watched: "Page", session: ConversationSession) -> None:
    link = watched.locator("#content-main dd a")
    link.focus()

    say(session, 0)
    sees(watched, "Am I speaking with Asha Rao?")

    assert link.evaluate("element => element === document.activeElement")


def test_focus_stays_on_a_link_in_a_part_that_is_followed(watched: "Page", session: ConversationSession) -> None:
    for number, words in enumerate(["", "yes", "the first one", "yes please"]):
        say(session, number, words)
    link = watched.locator("#call-interview")
    link.focus()
    link.evaluate("element => (element.isTheSame = true)")

    ended(session, "completed")
    sees(watched, "Over: interview scheduled")

    assert link.evaluate("element => element === document.activeElement && element.isTheSame")


def test_buttons_do_not_change_under_the_finger(watched: "Page", session: ConversationSession) -> None:
    hang_up = watched.get_by_role("button", name="Hang up")
    hang_up.hover()

    ended(session, "busy")
    sees(watched, "Over: busy")
    watched.wait_for_timeout(500)
    assert hang_up.is_visible()
    watched.mouse.move(0, 0)

    watched.get_by_role("link", name="Call again").wait_for()
    assert hang_up.count() == 0


def test_buttons_do_not_change_under_the_keyboard(watched: "Page", session: ConversationSession) -> None:
    hang_up = watched.get_by_role("button", name="Hang up")
    hang_up.focus()

    ended(session, "busy")
    sees(watched, "Over: busy")
    watched.wait_for_timeout(500)
    watched.keyboard.press("Enter")

    watched.get_by_text("The call is over already.").wait_for()


def test_call_is_hung_up_from_its_page(watched: "Page", session: ConversationSession) -> None:
    watched.get_by_role("button", name="Hang up").click()

    watched.get_by_text("The call is being ended.").wait_for()
    sees(watched, "Over: canceled")


def test_clock_goes_on_between_two_answers(watched: "Page", session: ConversationSession) -> None:
    watched.get_by_role("timer").get_by_text("0:02").wait_for()


def test_hidden_page_asks_nothing_and_catches_up(watched: "Page", session: ConversationSession) -> None:
    watched.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked: list[str] = []
    watched.wait_for_timeout(300)
    watched.on("request", lambda request: asked.append(request.url))
    say(session, 0)
    watched.wait_for_timeout(1500)
    assert asked == []

    watched.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")

    sees(watched, "Am I speaking with Asha Rao?")


def test_lost_connection_is_told_until_it_is_back(
    watched: "Page", session: ConversationSession, troubles: list[str]
) -> None:
    watched.route("**/live/**", lambda route: route.abort())
    notice = watched.get_by_text("Callflow does not answer; trying again.")
    notice.wait_for()
    watched.unroute("**/live/**")

    notice.wait_for(state="detached")
    say(session, 0)
    sees(watched, "Am I speaking with Asha Rao?")
    assert all(re.search("htmx:|ERR_FAILED|/live/", trouble) for trouble in troubles)
    troubles.clear()


def test_who_signed_out_meanwhile_is_reported(
    watched: "Page", session: ConversationSession, troubles: list[str]
) -> None:
    watched.context.clear_cookies()

    sees(watched, "You may not see this call any more.")
    watched.wait_for_timeout(1500)
    assert watched.locator("#call-live").count() == 0
    assert len(troubles) == 1
    assert "403" in troubles.pop()


def test_words_of_a_stranger_stay_words(watched: "Page", session: ConversationSession) -> None:
    say(session, 0)
    say(session, 1, "<img src=x onerror=alert(1)><b>yes</b>")

    sees(watched, "<img src=x onerror=alert(1)><b>yes</b>")


def test_small_window_needs_no_sideways_scrolling(watched: "Page", session: ConversationSession) -> None:
    watched.set_viewport_size({"width": 400, "height": 800})
    say(session, 0)
    sees(watched, "Am I speaking with Asha Rao?")

    assert watched.evaluate("document.documentElement.scrollWidth") == 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is missing: `make browser` installs it, with npm")
def test_axe_finds_nothing_serious(watched: "Page", session: ConversationSession, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)
    watched.reload()
    watched.locator(f"html{'.dark' if scheme == 'dark' else ':not(.dark)'}").wait_for()
    watched.evaluate(Path(AXE).read_text())
    for number, words in enumerate(["", "yes", "the first one", "yes please"]):
        say(session, number, words)
    sees(watched, "The booking")
    going_on = list(serious_findings(watched))
    ended(session, "completed")
    sees(watched, "Over: interview scheduled")

    assert going_on + list(serious_findings(watched)) == []


def serious_findings(page: "Page") -> Iterator[str]:
    """Yield what axe-core finds serious or worse in what is ours on the page."""
    found = page.evaluate("axe.run('#content-main', {resultTypes: ['violations']})")
    for violation in found["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            yield f"{violation['id']}: {[node['html'] for node in violation['nodes']]}"
