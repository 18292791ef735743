from datetime import timedelta
from email.utils import parseaddr

from django.core import mail
from playwright.sync_api import Page, expect

from calls.services import place_call
from calls.telephony.simulator import Simulator
from candidates.documents import Candidate, Outcome
from interviews import jobs
from interviews.documents import Interview
from tests.calls.telephony.playing import until
from tests.factories import NOW, a_candidate, a_slot


def a_call() -> Candidate:
    """Call Asha, who may have an interview tomorrow (Tuesday) at ten, or on the days after."""
    for days in (1, 2, 3):
        a_slot(starts_at=NOW + timedelta(days=days))
    candidate = a_candidate()
    place_call(candidate_id=candidate.id, now=NOW, telephony=Simulator())
    return candidate


def test_x(page: Page) -> None:
    page.screenshot(path="/tmp/phone/s0.png")
    a_call()
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    page.screenshot(path="/tmp/phone/s1.png")
    page.get_by_role("button", name="Answer").click()
    page.get_by_label("Your answer").fill("yes")
    page.get_by_label("Your answer").press("Enter")
    expect(page.get_by_role("log")).to_contain_text("press 1")
    page.wait_for_timeout(1000)
    page.screenshot(path="/tmp/phone/s2.png")
