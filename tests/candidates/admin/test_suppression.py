import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from pymongo.database import Database

from candidates import suppression
from candidates.documents import Outcome, TrackingStatus
from tests.candidates.admin.candidate_pages import a_browser, logged, messages, run_action
from tests.candidates.suppression.refusals import lift, on_list, refuse, status_of
from tests.factories import a_candidate, a_phone

LIST = "/admin/candidates/suppression/"
PHONE = "+919876543210"


def page_url(phone: str, what: str = "change") -> str:
    return f"{LIST}{suppression.number_id(phone)}/{what}/"


def found(response: HttpResponse) -> list[str]:
    return [row.pk for row in response.context["cl"].result_list]


def test_the_list_shows_each_number_and_why(rita: Client) -> None:
    refuse(PHONE, outcome=Outcome.NOT_INTERESTED)

    shown = rita.get(LIST).content.decode()

    assert PHONE in shown
    assert "Not interested" in shown
    assert "Not to be called" in shown
    assert "call 1" in shown


@pytest.mark.parametrize("query", [PHONE, "+91 98765 43210", "+91 (98765) 43-210"])
def test_a_number_is_found_whole(rita: Client, query: str) -> None:
    refuse(PHONE)
    refuse(a_phone())

    assert found(rita.get(LIST, {"q": query})) == [suppression.number_id(PHONE)]


def test_an_erased_number_is_found_by_who_knows_it(rita: Client) -> None:
    refuse(PHONE)
    suppression.forget_number(phone=PHONE)

    shown = rita.get(LIST, {"q": PHONE})

    assert found(shown) == [suppression.number_id(PHONE)]
    assert "Erased number" in shown.content.decode()


def test_part_of_a_number_finds_nothing_and_says_what_to_type(rita: Client) -> None:
    refuse(PHONE)

    shown = rita.get(LIST, {"q": "98765"})

    assert found(shown) == []
    assert messages(shown) == ["Write the phone number with its country code, such as +919876543210."]


@pytest.mark.parametrize(
    ("filters", "phones"),
    [
        ({"reason__exact": "opted_out"}, ["+919876543211"]),
        ({"reason__exact": "wrong_number"}, [PHONE]),
        ({"is_active__exact": "1"}, [PHONE]),
        ({"is_active__exact": "0"}, ["+919876543211"]),
    ],
)
def test_filters_narrow(rita: Client, filters: dict[str, str], phones: list[str]) -> None:
    refuse(PHONE, outcome=Outcome.WRONG_NUMBER)
    refuse("+919876543211")
    lift("+919876543211")

    assert found(rita.get(LIST, filters)) == [suppression.number_id(phone) for phone in phones]


def test_the_page_shows_the_history_and_nothing_to_change(rita: Client) -> None:
    refuse(PHONE)
    lift(PHONE, note="Wrote to us.")
    refuse(PHONE, source="call 2")

    shown = rita.get(page_url(PHONE)).content.decode()

    assert "Wrote to us." in shown
    assert "call 2" in shown
    assert "_save" not in shown


def test_a_number_is_taken_off_for_a_reason_that_is_kept(rita: Client) -> None:
    candidate = a_candidate(phone=PHONE)
    refuse(PHONE, candidate)

    assert page_url(PHONE, "lift") in rita.get(page_url(PHONE)).content.decode()
    answered = rita.post(page_url(PHONE, "lift"), {"reason": "Wrote to us."}, follow=True)

    event = on_list(PHONE).history[-1]
    assert (event.is_active, event.source, event.note) == (False, "rita", "Wrote to us.")
    assert status_of(PHONE) == TrackingStatus.ACTIVE
    assert messages(answered) == ["Number ending in 3210: taken off the list. It may be called again."]
    assert logged() == [("Number ending in 3210", "Taken off the list: Wrote to us.")]
    assert page_url(PHONE, "lift") not in answered.content.decode()


@pytest.mark.parametrize("reason", ["", "x" * 501])
def test_without_a_reason_it_stays_on_the_list(rita: Client, reason: str) -> None:
    refuse(PHONE)

    answered = rita.post(page_url(PHONE, "lift"), {"reason": reason})

    assert answered.context["form"].errors.keys() == {"reason"}
    assert on_list(PHONE).is_active
    assert logged() == []


def test_looking_at_the_question_takes_nothing_off(rita: Client) -> None:
    refuse(PHONE)

    shown = rita.get(page_url(PHONE, "lift"))

    assert shown.status_code == 200
    assert on_list(PHONE).is_active


def test_what_somebody_else_took_off_meanwhile_is_reported(rita: Client) -> None:
    refuse(PHONE)
    lift(PHONE)

    answered = rita.post(page_url(PHONE, "lift"), {"reason": "Wrote to us."}, follow=True)

    assert messages(answered) == ["This number is not on the suppression list."]
    assert logged() == []


@pytest.mark.parametrize("what", ["change", "lift"])
def test_a_number_of_which_nothing_is_kept_leads_back(rita: Client, what: str) -> None:
    assert rita.get(page_url(a_phone(), what)).status_code == 302


def test_nobody_adds_by_hand(rita: Client) -> None:
    assert rita.get(f"{LIST}add/").status_code == 403


def test_nobody_deletes(rita: Client) -> None:
    refuse(PHONE)

    assert rita.post(page_url(PHONE, "delete"), {"post": "yes"}).status_code == 403
    assert on_list(PHONE)


def test_who_may_only_look_takes_nothing_off(database: Database, db: None) -> None:
    refuse(PHONE)
    browser = a_browser("view_suppression")

    shown, answered = browser.get(page_url(PHONE)), browser.post(page_url(PHONE, "lift"), {"reason": "Why not"})

    assert page_url(PHONE, "lift") not in shown.content.decode()
    assert answered.status_code == 403
    assert on_list(PHONE).is_active


def test_the_permission_is_there_to_be_given(db: None) -> None:
    assert Permission.objects.get(codename="lift_suppression").name == "Can take a number off the suppression list"


def test_the_office_puts_a_number_on_the_list(rita: Client) -> None:
    candidate = a_candidate(phone=PHONE)

    run_action(rita, "do_not_call", candidate)

    assert (on_list(PHONE).reason, on_list(PHONE).source) == ("office", "rita")
