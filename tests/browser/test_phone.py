from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core import mail

from calls.placing import place_call
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import CallAttempt, Candidate
from interviews import jobs
from interviews.documents import Interview
from tests.calls.telephony.played_calls import until
from tests.factories import NOW, a_candidate, a_slot

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

AXE = settings.BASE_DIR / "var" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
# What a browser on a desk has, and a browser without a screen has not: ears and a mouth
SPEECH = """
    window.spoken = [];
    Object.defineProperty(window, "speechSynthesis", {value: {
        speak: (words) => spoken.push(`${words.lang}: ${words.text}`),
        cancel: () => spoken.push("hush"),
    }});
    window.SpeechRecognition = class {
        start() { window.ears = this; }
        stop() { this.onend(); }
        abort() {}
        hear(transcript, isFinal) {
            this.onresult({results: [Object.assign([{transcript, confidence: 0.75}], {isFinal})]});
            if (isFinal) this.onend();
        }
    };
"""


def a_call(**fields: object) -> Candidate:
    """Call Asha, who may have an interview tomorrow, a Tuesday, at ten, or at ten on the days after."""
    for days in (1, 2, 3):
        a_slot(starts_at=NOW + timedelta(days=days))
    candidate = a_candidate(**fields)
    place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())
    return candidate


def attempt_of(candidate: Candidate) -> CallAttempt:
    return Candidate.objects.get(id=candidate.id).call_tracking.call_history[-1]


def outcome_of(candidate: Candidate) -> Callable[[], str | None]:
    return lambda: attempt_of(candidate).outcome if attempt_of(candidate).ended_at else None


def heard(page: "Page", words: str) -> None:
    """Wait until Callflow says it, and listens."""
    page.locator("#lines .us", has_text=words).last.wait_for()
    page.locator("#moment .verb", has_text="<Gather>").wait_for()


def heard_last(page: "Page", words: str) -> None:
    """Wait until Callflow says it, with the Goodbye that ends the call."""
    page.locator("#lines .us", has_text=words).filter(has_text="Goodbye").wait_for()


def say(page: "Page", words: str) -> None:
    page.get_by_label("Your answer").fill(words)
    page.get_by_role("button", name="Say it").click()


def button(page: "Page", name: str) -> "Locator":
    return page.get_by_role("button", name=name, exact=True)


def test_person_picks_up_agrees_a_time_and_is_invited(page: "Page") -> None:
    candidate = a_call()

    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")
    say(page, "yes, that's me")
    heard(page, "Tuesday")
    say(page, "tuesday at ten")
    heard(page, "Shall I book that?")
    say(page, "yes please")
    page.get_by_role("heading", name="The call is over").wait_for()
    jobs.send_due_mails(now=NOW)

    assert outcome_of(candidate)() == "interview_scheduled"
    assert Interview.objects.get().starts_at == NOW + timedelta(days=1)
    assert Interview.objects.get().evidence.answer == "yes please"
    assert parseaddr(mail.outbox[0].to[0])[1] == "asha@example.com"


def test_person_presses_keys(page: "Page") -> None:
    a_call()

    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")
    button(page, "1").click()
    heard(page, "Tuesday")
    button(page, "3").click()
    heard(page, "Shall I book that?")
    button(page, "1").click()

    heard_last(page, "It's booked: Thursday")
    assert Interview.objects.get().starts_at == NOW + timedelta(days=3)


def test_keyboard_is_enough(page: "Page") -> None:
    candidate = a_call()
    button(page, "Answer").wait_for()

    press_until(page, "Tab", button(page, "Answer"))
    page.keyboard.press("Enter")
    heard(page, "Am I speaking with Asha Rao?")
    page.keyboard.type("yes")  # the field has the focus
    page.keyboard.press("Enter")
    heard(page, "Tuesday")
    press_until(page, "Tab", button(page, "1"))
    page.keyboard.press("2")
    heard(page, "Shall I book that?")
    press_until(page, "Tab", button(page, "Hang up"))
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="The call is over").wait_for()
    until(outcome_of(candidate))
    assert outcome_of(candidate)() == "hung_up"


def press_until(page: "Page", key: str, wanted: "Locator") -> None:
    """Press the key until what is wanted has the focus."""

    def has_focus() -> bool:
        page.keyboard.press(key)
        return wanted.evaluate("element => element === document.activeElement")

    assert any(has_focus() for _ in range(30))


def test_person_lets_it_ring_out(page: "Page") -> None:
    candidate = a_call()
    button(page, "Answer").wait_for()
    assert page.locator("[aria-live=assertive]").inner_text().strip() == "A call for Asha Rao rings."
    assert page.title() == "☎ Asha Rao · Callflow"

    button(page, "Let it ring out").click()

    page.get_by_role("heading", name="Not answered").wait_for()
    until(outcome_of(candidate))
    assert outcome_of(candidate)() == "no_answer"


def test_one_of_several_calls_is_chosen(page: "Page") -> None:
    a_call()
    ravi = a_candidate(name="Ravi Kumar")
    place_call(candidate_id=ravi.id, now=NOW, telephony=Simulator())
    page.get_by_role("heading", name="2 calls ring").wait_for()

    page.get_by_role("form", name="Call for Ravi Kumar").get_by_role("button", name="Answer").click()

    heard(page, "Am I speaking with Ravi Kumar?")
    assert [call.to for call in SimulatedCall.objects(taking="answers", persona=None)] == [ravi.phone]


def test_reloaded_page_goes_on_with_the_call(page: "Page") -> None:
    a_call()
    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")

    page.get_by_label("Your answer").press_sequentially("yes", delay=20)
    page.locator("#moment", has_text="Somebody has begun to answer").wait_for()
    page.reload()
    heard(page, "Am I speaking with Asha Rao?")
    say(page, "yes")

    heard(page, "Tuesday")


def test_our_words_are_spoken_and_the_person_interrupts_them(page: "Page") -> None:
    page.add_init_script(SPEECH)
    page.reload()
    a_call()
    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")
    assert "en-IN: Hello, this is an automated call from Acme." in page.evaluate("spoken.at(-1)")

    page.keyboard.press("F2")
    page.evaluate("ears.hear('yes it', false)")
    assert page.evaluate("spoken.at(-1)") == "hush"
    assert page.get_by_label("Your answer").input_value() == "yes it"
    page.evaluate("ears.hear('yes it is', true)")

    heard(page, "Tuesday")
    assert SimulatedCall.objects.get().reply["confidence"] == 0.75


def test_sound_stays_off_where_it_was_turned_off(page: "Page") -> None:
    page.add_init_script(SPEECH)
    page.get_by_role("switch", name="Sound").click()
    page.reload()
    assert page.get_by_role("switch", name="Sound").get_attribute("aria-checked") == "false"
    a_call()

    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")

    assert not [words for words in page.evaluate("spoken") if words != "hush"]


def serious_findings(page: "Page") -> list[str]:
    """Return what axe-core finds serious or worse on the page as it is, by day and by night."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [violation for violation in found if violation["impact"] in {"serious", "critical"}]
    return [f"{violation['id']}: {[node['html'] for node in violation['nodes']]}" for violation in serious]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is missing: `make browser` installs it, with npm")
def test_axe_finds_nothing_serious(page: "Page") -> None:
    page.evaluate(AXE.read_text())
    found = serious_findings(page)
    a_call()
    button(page, "Answer").wait_for()
    found += serious_findings(page)
    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")
    say(page, "yes")
    heard(page, "Tuesday")
    found += serious_findings(page)
    button(page, "Hang up").click()
    page.get_by_role("heading", name="The call is over").wait_for()

    assert found + serious_findings(page) == []


def test_small_window_needs_no_sideways_scrolling(page: "Page") -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    a_call()
    button(page, "Answer").click()
    heard(page, "Am I speaking with Asha Rao?")

    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert button(page, "Hang up").bounding_box()["width"] > 300
