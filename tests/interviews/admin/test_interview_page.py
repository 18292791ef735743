import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from icalendar import Calendar
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import bookings, outbox
from interviews.documents import Interview, Slot
from tests.config.mirror.browser import typed
from tests.factories import NOBODY, NOW, a_candidate, a_slot, an_interview, reload
from tests.interviews.admin.interview_pages import (
    INTERVIEWS,
    INVITATIONS,
    NOTICES,
    SLOTS,
    a_mailed_interview,
    an_interview_with_failed_mails,
    buttons,
    count_rows,
    history,
    messages,
    page_text,
)

pytestmark = pytest.mark.usefixtures("today")


def test_interview_shows_what_was_agreed_and_mailed(rita: Client) -> None:
    interview = an_interview_with_failed_mails()

    page = rita.get(f"{INTERVIEWS}{interview.id}/change/")

    text = page_text(page)
    assert "Shall I book it?" in text
    assert "nobody of that name" in text
    assert "Wed 4 Mar 2026, 10:00 IST (Asia/Kolkata)" in text
    assert f'href="{INVITATIONS}{interview.id}/change/"' in page.content.decode()
    assert "Cancellation" not in text


def test_interview_that_was_not_yet_told_of_shows_that(rita: Client, database: Database) -> None:
    interview = a_mailed_interview()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": "", "notice": ""}})

    assert "Not queued" in page_text(rita.get(INTERVIEWS))
    assert page_text(rita.get(f"{INTERVIEWS}{interview.id}/change/")).count("Not queued") == 2
    assert count_rows(rita.get(INVITATIONS)) == 0


def test_nothing_of_an_interview_is_editable(rita: Client) -> None:
    interview = a_mailed_interview()
    before = reload(interview)

    page = rita.get(f"{INTERVIEWS}{interview.id}/change/")

    assert typed(page).keys() <= {"csrfmiddlewaretoken"}
    assert rita.post(f"{INTERVIEWS}{interview.id}/change/", {"status": "completed"}).status_code == 403
    assert rita.post(f"{INTERVIEWS}{interview.id}/delete/", {"post": "yes"}).status_code == 403
    assert rita.get(f"{INTERVIEWS}add/").status_code == 403
    assert reload(interview) == before


def test_calendar_entry_can_be_downloaded(rita: Client) -> None:
    interview = a_mailed_interview()

    file = rita.get(f"{INTERVIEWS}{interview.id}/invite.ics")

    (event,) = Calendar.from_ical(file.content).events
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert (event["UID"], event.start) == (interview.ics_uid, interview.starts_at)


def test_interview_is_cancelled_with_a_reason(rita: Client, mailoutbox) -> None:
    interview = a_mailed_interview()
    mailoutbox.clear()
    form = rita.get(f"{INTERVIEWS}{interview.id}/cancel/")

    done = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", typed(form, reason="Priya is ill"), follow=True)
    outbox.send_due(now=NOW)

    assert messages(done) == ["Asha Rao, Wed 4 Mar 2026, 04:30 UTC: Cancelled."]
    assert "Priya is ill" in page_text(done)
    assert reload(interview).status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert Candidate.objects.get().call_tracking.status == "active"
    assert len(mailoutbox) == 2
    assert history() == [("Interview on Wed 04 Mar 2026 at 04:30 UTC", "Cancelled.")]


def test_time_of_an_absent_interviewer_is_not_offered_again(rita: Client) -> None:
    interview = a_mailed_interview()

    rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Priya is ill"})

    assert Slot.objects.get().status == "withdrawn"


@pytest.mark.parametrize("reason", ["", "   ", "a" * 501, "one\ntwo"])
def test_cancelling_asks_for_a_reason(rita: Client, reason: str) -> None:
    interview = a_mailed_interview()

    page = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": reason})

    assert list(page.context["form"].errors) == ["reason"]
    assert reload(interview).status == "confirmed"
    assert history() == []


def test_second_recruiter_who_cancels_is_told_that_the_first_did(rita: Client) -> None:
    interview = a_mailed_interview()
    bookings.cancel_interview(interview_id=interview.id, reason="Ill", now=NOW)

    late = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Ill"}, follow=True)

    assert messages(late) == ["The interview was cancelled already."]
    assert history() == []


def test_invitation_is_sent_again_by_a_button(rita: Client) -> None:
    interview = a_mailed_interview()

    rita.post(f"{INTERVIEWS}{interview.id}/resend/")

    assert reload(interview).invitation.status == "pending"
    assert history() == [(str(interview), "Invitation queued again.")]


@pytest.mark.usefixtures("afterwards")
@pytest.mark.parametrize(("button", "status"), [("held", "completed"), ("no-show", "no_show")])
def test_interview_is_marked_by_a_button(rita: Client, button: str, status: str) -> None:
    interview = a_mailed_interview()

    rita.post(f"{INTERVIEWS}{interview.id}/{button}/")

    assert reload(interview).status == status
    assert LogEntry.objects.get().action_flag == CHANGE


def test_interview_ahead_can_be_resent_and_cancelled(rita: Client) -> None:
    interview = a_mailed_interview()

    assert buttons(rita.get(f"{INTERVIEWS}{interview.id}/change/")) == ["resend", "cancel"]


def test_interview_whose_invitation_is_on_its_way_can_be_cancelled(rita: Client) -> None:
    interview = an_interview(a_candidate(), a_slot())

    assert buttons(rita.get(f"{INTERVIEWS}{interview.id}/change/")) == ["cancel"]


@pytest.mark.usefixtures("afterwards")
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("confirmed", ["held", "no-show", "cancel"]),
        ("completed", ["no-show"]),
        ("no_show", ["held"]),
        ("cancelled", []),
        ("rescheduled", []),
    ],
)
def test_interview_that_has_begun_can_be_marked(rita: Client, status: str, expected: list[str]) -> None:
    interview = a_mailed_interview()
    Interview.objects.update(set__status=status)

    assert buttons(rita.get(f"{INTERVIEWS}{interview.id}/change/")) == expected


@pytest.mark.parametrize("button", ["resend", "held", "no-show"])
def test_button_is_not_pressed_by_a_link(rita: Client, button: str) -> None:
    interview = a_mailed_interview()
    before = reload(interview)

    assert rita.get(f"{INTERVIEWS}{interview.id}/{button}/").status_code == 405
    assert reload(interview) == before


@pytest.mark.parametrize("button", ["resend", "held", "no-show", "cancel"])
def test_button_is_not_pressed_from_another_site(rita: Client, button: str) -> None:
    interview = a_mailed_interview()
    before = reload(interview)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = rita.cookies

    assert strict.post(f"{INTERVIEWS}{interview.id}/{button}/", {"reason": "Ill"}).status_code == 403
    assert reload(interview) == before


@pytest.mark.parametrize("key", [NOBODY, "nonsense"])
@pytest.mark.parametrize(
    "address",
    [
        f"{INTERVIEWS}%s/cancel/",
        f"{INTERVIEWS}%s/resend/",
        f"{INTERVIEWS}%s/invite.ics",
        f"{INTERVIEWS}%s/change/",
        f"{INVITATIONS}%s/change/",
        f"{SLOTS}%s/withdraw/",
    ],
)
def test_what_is_not_there_is_reported(rita: Client, address: str, key: str) -> None:
    page = rita.get(address % key, follow=True)

    assert page.status_code == 200
    assert "doesn’t exist. Perhaps it was deleted?" in messages(page)[0]


def test_history_of_an_interview_says_who_did_what(rita: Client) -> None:
    interview = an_interview_with_failed_mails()
    rita.post(f"{NOTICES}{interview.id}/send-again/")
    rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Ill"})

    page = rita.get(f"{INVITATIONS}{interview.id}/history/", follow=True)

    text = page_text(page)
    assert "rita" in text
    assert "Notice queued again." in text
    assert "Cancelled." in text
