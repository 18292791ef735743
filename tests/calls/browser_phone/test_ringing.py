import re
from datetime import UTC, datetime

import pytest

from calls.telephony.simulator import handset
from calls.telephony.simulator.documents import phones
from tests.calls.browser_phone.phone_pages import PhonePage, RingingCall, words
from tests.factories import a_candidate


def test_page_that_is_looked_at_keeps_the_phone_open(page: PhonePage) -> None:
    page.now()

    assert handset.is_open(to="+919811111111", now=datetime.now(UTC))


def test_phone_is_put_away(page: PhonePage) -> None:
    page.now()

    page.do("close")

    assert phones().find_one() is None


def test_call_rings_with_the_name_of_its_candidate(page: PhonePage) -> None:
    RingingCall(a_candidate(phone="+919822222222"))

    shown = words(page.now())

    assert "Asha Rao Backend Engineer, Acme +15005550006 calls +919822222222" in shown
    assert "A call for Asha Rao rings." in shown
    assert "for at most the Timeout that the caller set" in shown


def test_call_to_a_number_of_nobody_rings_with_the_number(page: PhonePage) -> None:
    RingingCall()

    assert "+919811111111 Nobody of ours has this number" in words(page.now())


def test_several_calls_are_a_list_to_choose_from(page: PhonePage) -> None:
    first, second = RingingCall(a_candidate(name="Asha Rao")), RingingCall(a_candidate(name="Ravi Kumar"))

    shown = page.now().content.decode()

    assert "2 calls ring" in shown
    assert re.findall(r'name="call" value="(CA\w+)"', shown) == [first.call_sid, second.call_sid]


@pytest.mark.parametrize(
    ("action", "taking"),
    [("pick-up", "answers"), ("decline", "busy"), ("ring-out", "rings_out"), ("voicemail", "voicemail")],
)
def test_ringing_call_is_taken(page: PhonePage, action: str, taking: str) -> None:
    line = RingingCall()

    response = page.do(action, call=line.call_sid)

    assert (response.status_code, response["HX-Trigger"], words(response).strip()) == (200, "done", "")
    assert (line.call.taking, line.call.phone_id) == (taking, page.phone_id)


def test_call_that_somebody_else_took_is_not_taken_again(page: PhonePage) -> None:
    line = RingingCall()
    handset.pick_up(call_sid=line.call_sid, phone_id="another phone")

    response = page.do("pick-up", call=line.call_sid)

    assert response["HX-Trigger"] == "refused"
    assert "It does not ring any more." in words(response)


def test_page_says_who_took_a_call_that_nobody_picked_up(page: PhonePage) -> None:
    line = RingingCall(a_candidate())
    page.now()
    line.ledger.let_persona_take("agrees to the second time", "answers")

    shown = words(page.now())

    assert "Waiting for a call" in shown
    assert "Nobody picked up for Asha Rao in time: the persona who agrees to the second time takes the call." in shown


def test_page_says_that_a_call_was_taken_elsewhere_or_given_up(page: PhonePage) -> None:
    taken, canceled = RingingCall(a_candidate()), RingingCall(a_candidate(name="Ravi Kumar"))
    page.now()
    handset.pick_up(call_sid=taken.call_sid, phone_id="another phone")
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
def test_call_that_is_not_answered_is_followed_to_its_end(page: PhonePage, action: str, title: str) -> None:
    line = RingingCall()
    page.now()
    page.do(action, call=line.call_sid)
    assert title in words(page.now())

    line.over("no-answer")

    assert "Not answered" in words(page.now())
