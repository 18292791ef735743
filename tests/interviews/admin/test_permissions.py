import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pymongo.database import Database

from interviews.documents import Slot
from tests.factories import DANIEL, PRIYA, a_recruiter, a_slot, reload
from tests.interviews.admin.interview_pages import (
    FOLLOW_UPS,
    INTERVIEWS,
    INVITATIONS,
    LISTS,
    MORNINGS,
    NOTICES,
    SLOT_TIMES,
    SLOTS,
    WEEKLY,
    a_follow_up,
    a_mailed_interview,
    an_interview_with_failed_mails,
    buttons,
    count_rows,
)

pytestmark = pytest.mark.usefixtures("today")


def a_browser(*codenames: str) -> Client:
    """Sign in somebody who may do these things with slots, interviews and mails."""
    user = a_recruiter(username="-".join(codenames))
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="interviews"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(database: Database, db: None) -> Client:
    """The browser of somebody who may only look."""
    return a_browser("view_slot", "view_interview", "view_followup")


@pytest.mark.parametrize("address", LISTS)
def test_viewer_sees_every_list_and_no_action(viewer: Client, address: str) -> None:
    an_interview_with_failed_mails()
    a_follow_up(status="failed")

    page = viewer.get(address)

    assert page.status_code == 200
    assert count_rows(page) == 1
    assert 'name="action"' not in page.content.decode()
    assert WEEKLY not in page.content.decode()


def test_viewer_sees_pages_without_buttons(viewer: Client) -> None:
    interview, mail, slot = an_interview_with_failed_mails(), a_follow_up(status="failed"), a_slot(**DANIEL)
    addresses = [
        f"{INTERVIEWS}{interview.id}/change/",
        f"{INVITATIONS}{interview.id}/change/",
        f"{NOTICES}{interview.id}/change/",
        f"{FOLLOW_UPS}{mail.id}/change/",
        f"{SLOTS}{slot.id}/change/",
    ]

    assert [buttons(viewer.get(address)) for address in addresses] == [[]] * 5
    assert viewer.get(f"{INTERVIEWS}{interview.id}/invite.ics").status_code == 200
    assert viewer.get(f"{INVITATIONS}{interview.id}/html/").status_code == 200


@pytest.mark.parametrize("button", ["resend", "held", "no-show", "cancel"])
def test_viewer_changes_no_interview(viewer: Client, button: str) -> None:
    interview = an_interview_with_failed_mails()
    before = reload(interview)

    assert viewer.post(f"{INTERVIEWS}{interview.id}/{button}/", {"reason": "Ill"}).status_code == 403
    assert reload(interview) == before


@pytest.mark.parametrize("address", [INVITATIONS, NOTICES])
def test_viewer_sends_no_mail_again(viewer: Client, address: str) -> None:
    interview = an_interview_with_failed_mails()
    before = reload(interview)

    assert viewer.post(f"{address}{interview.id}/send-again/").status_code == 403
    viewer.post(address, {"action": "send_failed_again", "_selected_action": [str(interview.id)]})
    assert reload(interview) == before


def test_viewer_neither_adds_nor_withdraws_slots(viewer: Client) -> None:
    slot = a_slot()

    assert viewer.post(f"{SLOTS}{slot.id}/withdraw/").status_code == 403
    assert viewer.post(f"{SLOTS}add/", PRIYA | SLOT_TIMES).status_code == 403
    assert viewer.get(WEEKLY).status_code == 403
    assert viewer.post(WEEKLY, MORNINGS | {"_confirm": "1"}).status_code == 403
    viewer.post(SLOTS, {"action": "withdraw_slots", "_selected_action": [str(slot.id)]})
    assert Slot.objects.get() == slot


def test_who_may_add_slots_may_add_a_pattern_and_withdraw_nothing(database: Database, db: None) -> None:
    browser = a_browser("view_slot", "add_slot")

    browser.post(WEEKLY, MORNINGS | {"_confirm": "1"})

    assert Slot.objects.count() == 13
    assert browser.post(f"{SLOTS}{Slot.objects.first().id}/withdraw/").status_code == 403


def test_who_may_change_interviews_sees_and_sends_their_mails(database: Database, db: None) -> None:
    browser = a_browser("change_interview")
    interview = an_interview_with_failed_mails()

    browser.post(f"{INVITATIONS}{interview.id}/send-again/")

    assert count_rows(browser.get(NOTICES)) == 1
    assert reload(interview).invitation.status == "pending"


@pytest.mark.parametrize("address", LISTS)
def test_who_has_no_permission_sees_no_list(database: Database, db: None, address: str) -> None:
    browser = a_browser("add_followup")

    assert browser.get(address).status_code == 403


def test_who_may_not_see_interviews_sees_neither_their_mails_nor_their_calendar(database: Database, db: None) -> None:
    browser = a_browser("view_slot")
    interview = a_mailed_interview()

    assert browser.get(f"{INVITATIONS}{interview.id}/html/").status_code == 403
    assert browser.get(f"{INTERVIEWS}{interview.id}/invite.ics").status_code == 403


def test_stranger_is_asked_to_sign_in(database: Database, db: None, client: Client) -> None:
    interview = a_mailed_interview()

    page = client.post(f"{INTERVIEWS}{interview.id}/resend/")

    assert page["Location"].startswith(reverse("admin:login"))
