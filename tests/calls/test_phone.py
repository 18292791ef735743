import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pymongo.database import Database

from calls.telephony import ledger, phone
from calls.telephony.base import CallOrder
from calls.telephony.documents import SimulatedCall, phones
from calls.telephony.ledger import Ledger
from calls.telephony.simulator import Simulator
from candidates.documents import Candidate
from config.urls import urlpatterns as addresses
from tests.factories import a_candidate, a_recruiter
from tests.profiled import profiled, without_an_index

ACTIONS = [
    *("now", "close", "pick-up", "decline", "ring-out", "voicemail", "hang-up"),
    *("begin", "silence", "say", "press"),
]
NOWHERE, LIMITS = "http://127.0.0.1:9/", {"ring_seconds": 25, "limit_seconds": 600}
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}
GATHER = {"input": "speech dtmf", "timeout": "6", "speechTimeout": "2", "numDigits": "1", "actionOnEmptyResult": "true"}
NASTY = '<script>alert(1)</script> & "Co"'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;"


class Page:
    """The phone page as a browser has it: what it shows is what it sends with the next request."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.shown: dict[str, str] = {}
        self.load()

    def load(self) -> HttpResponse:
        return self._remember(self.client.get("/phone/"))

    def now(self) -> HttpResponse:
        return self._remember(self.client.post("/phone/now", self.shown))

    def do(self, action: str, **fields: Any) -> HttpResponse:
        return self.client.post(f"/phone/{action}", self.shown | fields)

    @property
    def phone_id(self) -> str:
        return self.client.cookies["phone"].value

    def _remember(self, response: HttpResponse) -> HttpResponse:
        poll = response.content.decode().partition('id="poll"')[2].partition("</div>")[0]
        self.shown |= dict(re.findall(r'name="(\w+)" value="([^"]*)"', poll))
        return response


class Line:
    """A call on the network, as an exchange brings it forward: dialled, answered, asking, over."""

    def __init__(self, candidate: Candidate | None = None) -> None:
        number = candidate.phone if candidate else "+919811111111"
        order = CallOrder(to=number, voice_url=NOWHERE, fallback_url="", status_url="", machine_url="", **LIMITS)
        self.call_sid = Simulator().place(order).call_sid
        ledger.claim(exchange_id="ours", now=datetime.now(UTC))
        self.ledger = Ledger(self.call_sid, "ours")
        self.ledger.next_number(status="ringing", ringing_at=datetime.now(UTC))

    def answered(self) -> None:
        self.ledger.answered()

    def asks(self, number: int, words: str) -> None:
        self.ledger.shows("Gather", "", GATHER)
        asking = {"number": number, "inputs": ["dtmf", "speech"], "timeout_seconds": 6.0, "num_digits": 1}
        self.ledger.asks(asking | {"language": "en-IN", "began_at": datetime.now(UTC)})
        self.ledger.shows("Say", words, {"voice": "Polly.Kajal-Neural", "language": "en-IN"})

    def heard(self, words: str) -> None:
        self.ledger.asks(None)
        self.ledger.happened("Speech", words)

    def over(self, status: str = "completed") -> None:
        self.ledger.ended(status, 42)
        self.ledger.done()

    @property
    def call(self) -> SimulatedCall:
        return SimulatedCall.objects.get(call_sid=self.call_sid)


@pytest.fixture
def client(database: object, settings: Any) -> Client:
    """Return a browser on this machine, in a trial."""
    settings.DEBUG = settings.SIMULATED = True
    return Client()


@pytest.fixture
def page(client: Client) -> Page:
    return Page(client)


@pytest.fixture
def talking(page: Page) -> Line:
    """Return a call that the page's person has picked up, and that asks its first question."""
    line = Line(a_candidate())
    page.now()
    page.do("pick-up", call=line.call_sid)
    line.answered()
    line.asks(1, "Am I speaking with Asha Rao?")
    page.now()
    return line


def words(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


# --- Who may come in


def test_anybody_on_this_machine_may_use_the_phone_of_a_trial(client: Client) -> None:
    assert client.get("/phone/").status_code == 200


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    response = client.get("/phone/", **STRANGER)

    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/phone/")


@pytest.mark.parametrize("action", ACTIONS)
def test_strangers_do_nothing(client: Client, action: str) -> None:
    assert client.post(f"/phone/{action}", **STRANGER).status_code == 403
    assert phones().find_one() is None


@pytest.mark.django_db
def test_staff_may_use_the_phone_from_anywhere(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    client.force_login(a_recruiter())

    assert client.get("/phone/", **STRANGER).status_code == 200
    assert client.post("/phone/now", **STRANGER).status_code == 200


@pytest.mark.django_db
def test_users_who_are_not_staff_may_not(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    client.force_login(a_recruiter(is_staff=False))

    assert client.get("/phone/").status_code == 403
    assert client.post("/phone/now").status_code == 403


@pytest.mark.parametrize("action", ["", *ACTIONS])
def test_there_is_no_phone_where_real_ones_ring(client: Client, settings: Any, action: str) -> None:
    settings.SIMULATED = False

    response = client.post(f"/phone/{action}") if action else client.get("/phone/")

    assert response.status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_needs_the_token_of_our_page(client: Client, action: str) -> None:
    careful = Client(enforce_csrf_checks=True)

    assert careful.post(f"/phone/{action}").status_code == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_done_by_a_mere_visit(client: Client, action: str) -> None:
    assert client.get(f"/phone/{action}").status_code == 405


def test_page_allows_only_what_is_ours_and_is_not_kept(client: Client) -> None:
    response = client.get("/phone/")

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! defer src)", response.content.decode())


def test_browser_is_one_phone_and_scripts_cannot_read_which(client: Client) -> None:
    cookie = client.get("/phone/").cookies["phone"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/phone/")
    assert "phone" not in client.get("/phone/").cookies


def test_made_up_phone_is_replaced(client: Client) -> None:
    client.cookies["phone"] = "terminal-0123456789abcdef"

    assert client.get("/phone/").cookies["phone"].value.startswith("browser-")


# --- Ringing


def test_page_that_is_looked_at_keeps_the_phone_open(page: Page) -> None:
    page.now()

    assert phone.is_open(to="+919811111111", now=datetime.now(UTC))


def test_phone_is_put_away(page: Page) -> None:
    page.now()

    page.do("close")

    assert phones().find_one() is None


def test_call_rings_with_the_name_of_its_candidate(page: Page) -> None:
    Line(a_candidate(phone="+919822222222"))

    shown = words(page.now())

    assert "Asha Rao Backend Engineer, Acme +15005550006 calls +919822222222" in shown
    assert "A call for Asha Rao rings." in shown
    assert "for at most the Timeout that the caller set" in shown


def test_call_to_a_number_of_nobody_rings_with_the_number(page: Page) -> None:
    Line()

    assert "+919811111111 Nobody of ours has this number" in words(page.now())


def test_several_calls_are_a_list_to_choose_from(page: Page) -> None:
    first, second = Line(a_candidate(name="Asha Rao")), Line(a_candidate(name="Ravi Kumar"))

    shown = page.now().content.decode()

    assert "2 calls ring" in shown
    assert re.findall(r'name="call" value="(CA\w+)"', shown) == [first.call_sid, second.call_sid]


@pytest.mark.parametrize(
    ("action", "taking"),
    [("pick-up", "answers"), ("decline", "busy"), ("ring-out", "rings_out"), ("voicemail", "voicemail")],
)
def test_ringing_call_is_taken(page: Page, action: str, taking: str) -> None:
    line = Line()

    response = page.do(action, call=line.call_sid)

    assert (response.status_code, response["HX-Trigger"], words(response).strip()) == (200, "done", "")
    assert (line.call.taking, line.call.phone_id) == (taking, page.phone_id)


def test_call_that_somebody_else_took_is_not_taken_again(page: Page) -> None:
    line = Line()
    phone.pick_up(call_sid=line.call_sid, phone_id="another phone")

    response = page.do("pick-up", call=line.call_sid)

    assert response["HX-Trigger"] == "refused"
    assert "It does not ring any more." in words(response)


def test_page_says_who_took_a_call_that_nobody_picked_up(page: Page) -> None:
    line = Line(a_candidate())
    page.now()
    line.ledger.let_persona_take("agrees to the second time", "answers")

    shown = words(page.now())

    assert "Waiting for a call" in shown
    assert "Nobody picked up for Asha Rao in time: the persona who agrees to the second time takes the call." in shown


def test_page_says_that_a_call_was_taken_elsewhere_or_given_up(page: Page) -> None:
    taken, canceled = Line(a_candidate()), Line(a_candidate(name="Ravi Kumar"))
    page.now()
    phone.pick_up(call_sid=taken.call_sid, phone_id="another phone")
    canceled.over("canceled")

    shown = words(page.now())

    assert "The call for Asha Rao was taken at another phone." in shown
    assert "The call for Ravi Kumar was given up." in shown


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("decline", "The line is busy"),
        ("ring-out", "Nobody answers"),
        ("voicemail", "A voicemail answers"),
    ],
)
def test_call_that_is_not_answered_is_followed_to_its_end(page: Page, action: str, title: str) -> None:
    line = Line()
    page.now()
    page.do(action, call=line.call_sid)
    assert title in words(page.now())

    line.over("no-answer")

    assert "Not answered" in words(page.now())


# --- Talking


def test_words_are_shown_with_who_said_them_and_what_runs(page: Page, talking: Line) -> None:
    talking.heard("Yes, it is")

    shown = words(page.now())

    assert "You : 0:00 Yes, it is" in shown
    assert "answer sent Sends what it heard to the Gather" in shown


def test_open_question_is_explained(page: Page, talking: Line) -> None:
    page.shown = {}

    shown = words(page.load())

    assert "&lt;Gather&gt;" in shown
    assert "Listens for speech and keys while the prompt is spoken, and 6 s longer." in shown
    assert "2 s of silence end what is said. One key is enough." in shown
    assert "0:00 queued 0:00 ringing 0:00 in-progress" in shown


def test_only_what_is_new_is_sent(page: Page, talking: Line) -> None:
    talking.heard("Yes")
    page.now()

    assert page.now().status_code == 204
    talking.asks(2, "Which day?")
    shown = words(page.now())
    assert "Which day?" in shown
    assert "Am I speaking" not in shown
    assert "Your answer" not in shown


def test_reloaded_page_shows_the_whole_call(page: Page, talking: Line) -> None:
    talking.heard("Yes")
    talking.asks(2, "Which day?")

    shown = words(page.load())

    assert "Am I speaking with Asha Rao?" in shown
    assert "Which day?" in shown


def test_phone_in_use_is_open_to_no_other_call(page: Page, talking: Line) -> None:
    page.now()

    assert phones().find_one() is None


@pytest.mark.parametrize(
    ("action", "fields", "reply"),
    [
        ("say", {"text": " Tuesday at ten "}, ("speech", "Tuesday at ten", 0.9)),
        ("say", {"text": "Tuesday", "confidence": "0.4321"}, ("speech", "Tuesday", 0.4321)),
        ("say", {"text": "Tuesday", "confidence": "quite"}, ("speech", "Tuesday", 0.9)),
        ("press", {"keys": "1"}, ("keys", "1", None)),
        ("press", {"keys": "*"}, ("keys", "*", None)),
        ("silence", {}, ("silence", "", None)),
    ],
)
def test_question_is_answered(
    page: Page, talking: Line, action: str, fields: dict[str, str], reply: tuple[object, ...]
) -> None:
    response = page.do(action, **fields)

    given = talking.call.reply
    assert (given["kind"], given["text"], given["confidence"]) == reply
    assert response["HX-Trigger"] == "done"


def test_who_begins_to_answer_is_waited_for(page: Page, talking: Line) -> None:
    page.do("begin")

    assert talking.call.asking["begun_at"]
    assert "Somebody has begun to answer" in words(page.now())


@pytest.mark.parametrize(
    ("action", "fields", "why"),
    [
        ("say", {"text": "yes", "number": "2"}, "Nobody listens just now"),
        ("say", {"text": "yes", "number": "0" * 400}, "Nobody listens just now"),
        ("say", {"text": "yes", "number": "x"}, "Nobody listens just now"),
        ("say", {"text": "yes", "call": "CA0"}, "Nobody listens just now"),
        ("say", {"text": "  "}, "Say or type something first."),
        ("say", {}, "Say or type something first."),
        ("press", {"keys": "a"}, "That is no key of a phone."),
        ("press", {"keys": "1" * 33}, "That is no key of a phone."),
    ],
)
def test_answer_that_nobody_waits_for_is_refused_in_a_sentence(
    page: Page, talking: Line, action: str, fields: dict[str, str], why: str
) -> None:
    response = page.do(action, **fields)

    assert why in words(response)
    assert response["HX-Trigger"] == "refused"
    assert talking.call.reply is None


def test_other_browser_does_not_answer_for_us(talking: Line) -> None:
    other = Page(Client())

    response = other.do("say", call=talking.call_sid, number="1", text="yes")

    assert response["HX-Trigger"] == "refused"
    assert "Waiting for a call" in words(other.load())


def test_person_hangs_up(page: Page, talking: Line) -> None:
    page.do("hang-up")

    assert talking.call.person_hung_up


def test_end_of_the_call_is_told_with_its_length(page: Page, talking: Line) -> None:
    talking.over()

    shown = words(page.now())

    assert "The call is over" in shown
    assert "completed, 42 s." in shown
    assert page.now().status_code == 204
    assert phones().find_one() is not None


def test_error_of_ours_is_told_as_twilio_would(page: Page, talking: Line) -> None:
    talking.ledger.application_error(11200, "http://127.0.0.1/twilio/voice/1", "The answer is HTTP 500.")
    talking.over()

    assert "Twilio would report error 11200: The answer is HTTP 500." in words(page.now())


def test_next_call_begins_with_an_empty_conversation(page: Page, talking: Line) -> None:
    talking.over()
    page.now()
    following = Line(a_candidate(name="Ravi Kumar"))
    page.now()
    page.do("pick-up", call=following.call_sid)
    following.answered()
    following.asks(1, "Am I speaking with Ravi Kumar?")

    shown = page.now().content.decode()

    assert 'hx-swap-oob="innerHTML:#lines"' in shown
    assert "Am I speaking with Ravi Kumar?" in shown


def test_names_and_words_are_shown_as_they_are(page: Page) -> None:
    line = Line(a_candidate(name=NASTY, company=NASTY, position=NASTY))
    ringing = page.now().content.decode()
    page.do("pick-up", call=line.call_sid)
    line.answered()
    line.asks(1, NASTY)
    line.heard(NASTY)
    line.ledger.happened("Warning", NASTY)
    talking = page.now().content.decode()

    assert "<script>alert" not in ringing + talking
    assert ringing.count(ESCAPED) >= 3
    assert talking.count(ESCAPED) >= 3


# --- Who is who in the admin


class AnAdmin:
    """Addresses with an admin that has a page for each candidate."""

    @staticmethod
    def page(request: HttpRequest, key: str) -> HttpResponse:
        return HttpResponse()

    urlpatterns = [
        path("admin/", include(([path("<str:key>/", page, name="candidates_candidate_change")], "admin"))),
        *addresses[1:],
    ]


@pytest.fixture
def with_admin(settings: Any) -> None:
    settings.ROOT_URLCONF = AnAdmin


@pytest.mark.django_db
@pytest.mark.usefixtures("with_admin")
def test_staff_find_the_candidate_in_the_admin(page: Page) -> None:
    candidate = a_candidate()
    page.client.force_login(a_recruiter())
    Line(candidate)

    assert f'<a href="/admin/{candidate.id}/">Asha Rao</a>' in page.now().content.decode()


@pytest.mark.usefixtures("with_admin")
def test_others_are_shown_no_way_into_the_admin(page: Page) -> None:
    Line(a_candidate())

    assert "/admin/" not in page.now().content.decode()


# --- What it costs


def test_idle_page_costs_one_query_and_a_heartbeat(page: Page, database: Database) -> None:
    page.now()

    with profiled(database) as noted:
        response = page.now()

    assert response.status_code == 204
    assert [each["op"] for each in noted] == ["query", "update"]
    assert without_an_index(noted) == []


def test_page_in_a_quiet_moment_of_a_call_costs_one_query(page: Page, talking: Line, database: Database) -> None:
    with profiled(database) as noted:
        response = page.now()

    assert response.status_code == 204
    assert [each["op"] for each in noted] == ["query"]


def test_new_words_cost_two_queries(page: Page, talking: Line, database: Database) -> None:
    talking.heard("Yes")

    with profiled(database) as noted:
        page.now()

    assert [each["op"] for each in noted] == ["query", "query"]
    assert without_an_index(noted) == []
