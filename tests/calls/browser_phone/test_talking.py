import pytest
from django.test import Client

from calls.telephony.simulator.documents import phones
from tests.calls.browser_phone.phone_pages import PhonePage, RingingCall, words
from tests.factories import a_candidate

NASTY = '<script>alert(1)</script> & "Co"'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;"


def test_words_are_shown_with_who_said_them_and_what_runs(page: PhonePage, talking: RingingCall) -> None:
    talking.heard("Yes, it is")

    shown = words(page.now())

    assert "You : 0:00 Yes, it is" in shown
    assert "answer sent Sends what it heard to the Gather" in shown


def test_open_question_is_explained(page: PhonePage, talking: RingingCall) -> None:
    page.shown = {}

    shown = words(page.load())

    assert "&lt;Gather&gt;" in shown
    assert "Listens for speech and keys while the prompt is spoken, and 6 s longer." in shown
    assert "2 s of silence end what is said. One key is enough." in shown
    assert "0:00 queued 0:00 ringing 0:00 in-progress" in shown


def test_only_what_is_new_is_sent(page: PhonePage, talking: RingingCall) -> None:
    talking.heard("Yes")
    page.now()

    assert page.now().status_code == 204
    talking.asks(2, "Which day?")
    shown = words(page.now())
    assert "Which day?" in shown
    assert "Am I speaking" not in shown
    assert "Your answer" not in shown


def test_reloaded_page_shows_the_whole_call(page: PhonePage, talking: RingingCall) -> None:
    talking.heard("Yes")
    talking.asks(2, "Which day?")

    shown = words(page.load())

    assert "Am I speaking with Asha Rao?" in shown
    assert "Which day?" in shown


def test_phone_in_use_is_open_to_no_other_call(page: PhonePage, talking: RingingCall) -> None:
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
    page: PhonePage, talking: RingingCall, action: str, fields: dict[str, str], reply: tuple[object, ...]
) -> None:
    response = page.do(action, **fields)

    given = talking.call.reply
    assert (given["kind"], given["text"], given["confidence"]) == reply
    assert response["HX-Trigger"] == "done"


def test_who_begins_to_answer_is_waited_for(page: PhonePage, talking: RingingCall) -> None:
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
    page: PhonePage, talking: RingingCall, action: str, fields: dict[str, str], why: str
) -> None:
    response = page.do(action, **fields)

    assert why in words(response)
    assert response["HX-Trigger"] == "refused"
    assert talking.call.reply is None


def test_other_browser_does_not_answer_for_us(talking: RingingCall) -> None:
    other = PhonePage(Client())

    response = other.do("say", call=talking.call_sid, number="1", text="yes")

    assert response["HX-Trigger"] == "refused"
    assert "Waiting for a call" in words(other.load())


def test_person_hangs_up(page: PhonePage, talking: RingingCall) -> None:
    page.do("hang-up")

    assert talking.call.person_hung_up


def test_end_of_the_call_is_told_with_its_length(page: PhonePage, talking: RingingCall) -> None:
    talking.over()

    shown = words(page.now())

    assert "The call is over" in shown
    assert "completed, 42 s." in shown
    assert page.now().status_code == 204
    assert phones().find_one() is not None


def test_error_of_ours_is_told_as_twilio_would(page: PhonePage, talking: RingingCall) -> None:
    talking.ledger.application_error(11200, "http://127.0.0.1/twilio/voice/1", "The answer is HTTP 500.")
    talking.over()

    assert "Twilio would report error 11200: The answer is HTTP 500." in words(page.now())


def test_next_call_begins_with_an_empty_conversation(page: PhonePage, talking: RingingCall) -> None:
    talking.over()
    page.now()
    following = RingingCall(a_candidate(name="Ravi Kumar"))
    page.now()
    page.do("pick-up", call=following.call_sid)
    following.answered()
    following.asks(1, "Am I speaking with Ravi Kumar?")

    shown = page.now().content.decode()

    assert 'hx-swap-oob="innerHTML:#lines"' in shown
    assert "Am I speaking with Ravi Kumar?" in shown


def test_names_and_words_are_shown_as_they_are(page: PhonePage) -> None:
    line = RingingCall(a_candidate(name=NASTY, company=NASTY, position=NASTY))
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
