import re
from datetime import timedelta

import pytest
from django.test import Client

from interviews import bookings
from interviews.documents import FollowUp, Interview
from tests.factories import NOW, a_candidate, a_slot, an_interview, reload
from tests.interviews.admin.interview_pages import (
    AFTERWARDS,
    FOLLOW_UPS,
    INVITATIONS,
    NOTICES,
    a_follow_up,
    a_mailed_interview,
    an_interview_with_failed_mails,
    buttons,
    count_rows,
    history,
    messages,
    page_text,
)

pytestmark = pytest.mark.usefixtures("today")


@pytest.mark.parametrize(
    ("address", "to"), [(INVITATIONS, "Asha Rao <asha@example.com>"), (NOTICES, "Priya Sharma <priya@acme.example>")]
)
def test_mails_of_interviews_are_listed(rita: Client, address: str, to: str) -> None:
    an_interview_with_failed_mails()

    text = page_text(rita.get(address))

    assert f"{to} Interview on Wed 04 Mar 2026 at 04:30 UTC Failed 1" in text


def test_follow_ups_are_listed(rita: Client) -> None:
    a_follow_up()

    assert "Asha Rao <asha@example.com> Follow-up of a call on Mon 02 Mar 2026 Sent" in page_text(rita.get(FOLLOW_UPS))


@pytest.mark.parametrize(("status", "expected"), [("failed", 1), ("sent", 1), ("pending", 0)])
def test_mails_are_narrowed_by_how_far_they_got(rita: Client, status: str, expected: int) -> None:
    interview = an_interview_with_failed_mails()
    Interview.objects(id=interview.id).update_one(set__invitation__status="sent")
    other = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)))
    Interview.objects(id=other.id).update_one(set__invitation__status="failed")

    assert count_rows(rita.get(INVITATIONS, {"invitation_status__exact": status})) == expected


def test_mail_is_shown_as_it_looks(rita: Client) -> None:
    interview = a_mailed_interview()

    page = rita.get(f"{INVITATIONS}{interview.id}/change/")

    text = page_text(page)
    assert "Your interview with Acme: Wednesday, 4 March 2026, 10:00" in text
    assert 'To "Asha Rao" <asha@example.com>' in text
    assert 'Replies go to "Priya Sharma" <priya@acme.example>' in text
    assert "The attached invitation puts it into your calendar." in text
    assert re.search(rf'<iframe [^>]*src="{INVITATIONS}{interview.id}/html/"[^>]* sandbox>', page.content.decode())


def test_html_of_a_mail_can_do_nothing(rita: Client) -> None:
    interview = a_mailed_interview()

    html = rita.get(f"{INVITATIONS}{interview.id}/html/")

    assert "<strong>Wednesday, 4 March 2026</strong>" in html.content.decode()
    assert html["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert html["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("afterwards")
def test_mail_of_an_interview_that_was_held_is_still_shown(rita: Client) -> None:
    interview = a_mailed_interview()
    bookings.mark_held(interview_id=interview.id, now=AFTERWARDS)

    assert "Interview with Asha Rao: Wednesday" in page_text(rita.get(f"{NOTICES}{interview.id}/change/"))


def test_mail_of_a_cancelled_interview_is_the_cancellation(rita: Client) -> None:
    interview = a_mailed_interview()
    bookings.cancel_interview(interview_id=interview.id, reason="Ill", now=NOW)

    assert "Cancelled: Your interview with Acme" in page_text(rita.get(f"{INVITATIONS}{interview.id}/change/"))


def test_follow_up_is_shown_as_it_looks(rita: Client) -> None:
    mail = a_follow_up()

    page = rita.get(f"{FOLLOW_UPS}{mail.id}/change/")

    assert "Your interview with Acme: finding a time" in page_text(page)
    assert "Replies go to" not in page_text(page)


@pytest.mark.parametrize("status", ["pending", "sending", "sent"])
def test_mail_that_did_not_fail_is_not_sent_again(rita: Client, status: str) -> None:
    mail = a_follow_up(status=status)

    page = rita.post(f"{FOLLOW_UPS}{mail.id}/send-again/", follow=True)

    assert buttons(page) == []
    assert messages(page) == ["Only a mail that failed is sent again."]
    assert FollowUp.objects.get().delivery.status == status


def test_failed_follow_up_is_sent_again(rita: Client) -> None:
    mail = a_follow_up(status="failed")
    assert buttons(rita.get(f"{FOLLOW_UPS}{mail.id}/change/")) == ["send-again"]

    rita.post(f"{FOLLOW_UPS}{mail.id}/send-again/")

    assert FollowUp.objects.get().delivery.status == "pending"
    assert history() == [(str(mail), "Follow-up queued again.")]


def test_many_failed_mails_are_sent_again(rita: Client) -> None:
    interview = an_interview_with_failed_mails()
    fine = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)))
    chosen = [str(interview.id), str(fine.id)]

    done = rita.post(NOTICES, {"action": "send_failed_again", "_selected_action": chosen}, follow=True)

    assert messages(done) == ["Notice queued again: 1.", "Only a mail that failed is sent again. (1 left as before)"]
    assert reload(interview).notice.status == "pending"


@pytest.mark.parametrize("address", [INVITATIONS, NOTICES, FOLLOW_UPS])
def test_mails_are_not_added_edited_or_deleted(rita: Client, address: str) -> None:
    key = a_follow_up().id if address == FOLLOW_UPS else a_mailed_interview().id

    assert rita.get(f"{address}add/").status_code == 403
    assert rita.post(f"{address}{key}/change/", {}).status_code == 403
    assert rita.post(f"{address}{key}/delete/", {"post": "yes"}).status_code == 403
