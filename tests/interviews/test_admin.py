import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pymongo.database import Database

from candidates.documents import Candidate
from interviews import admin, changes, mails, services
from interviews.documents import FollowUp, Interview, Slot
from interviews.filters import MOST_SHOWN
from interviews.forms import MOST_AT_ONCE
from tests.config.mirror.browser import typed
from tests.factories import NOBODY, NOW, PRIYA, a_candidate, a_recruiter, a_slot, an_interview

pytestmark = pytest.mark.usefixtures("today")

SLOTS, INTERVIEWS = "/admin/interviews/slot/", "/admin/interviews/interview/"
INVITATIONS, NOTICES = "/admin/interviews/invitation/", "/admin/interviews/notice/"
FOLLOW_UPS = "/admin/interviews/followup/"
LISTS = [SLOTS, INTERVIEWS, INVITATIONS, NOTICES, FOLLOW_UPS]
DANIEL = {"interviewer_name": "Daniel Wood", "interviewer_email": "daniel@acme.example"}
SCRIPT = "<script>alert(1)</script>"
AFTERWARDS = NOW + timedelta(days=3)


def a_browser(*codenames: str) -> Client:
    """Sign in somebody who may do these things with slots, interviews and mails."""
    user = a_recruiter(username="-".join(codenames))
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="interviews"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rita(database: Database, db: None, client: Client) -> Client:
    """The browser of a recruiter who may do everything."""
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.fixture
def viewer(database: Database, db: None) -> Client:
    """The browser of somebody who may only look."""
    return a_browser("view_slot", "view_interview", "view_followup")


@pytest.fixture
def afterwards(today: datetime, monkeypatch) -> None:
    """Let the pages' clock stand after the interviews."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTERWARDS)


def mailed(**fields: Any) -> Interview:
    """Book an interview in two days; its mails are sent."""
    interview = an_interview(a_candidate(**fields), a_slot())
    mails.send_due(now=NOW)
    return interview


def failed() -> Interview:
    """Book an interview whose mails have failed."""
    interview = mailed()
    Interview.objects(id=interview.id).update_one(
        set__invitation__status="failed", set__invitation__error="nobody of that name", set__notice__status="failed"
    )
    return interview


def a_follow_up(*, status: str = "sent", **fields: Any) -> FollowUp:
    mails.queue_follow_up(candidate_id=a_candidate(**fields).id, session_id=ObjectId(), now=NOW)
    FollowUp.objects.update(set__delivery__status=status)
    return FollowUp.objects.get()


def stored(interview: Interview) -> Interview:
    return Interview.objects(id=interview.id).no_dereference().get()


def shown(response: HttpResponse) -> str:
    """Return the words of a page."""
    page = re.sub(r"<(script|style|select)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(response: HttpResponse) -> int:
    return len(response.context["cl"].result_list)


def buttons(response: HttpResponse) -> list[str]:
    return [each["button"].name for each in response.context["buttons"]]


def told(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def history() -> list[tuple[str, str]]:
    return [(entry.object_repr, entry.get_change_message()) for entry in LogEntry.objects.order_by("pk")]


# --- Slots: the list


def test_slots_are_listed_with_time_length_and_status(rita: Client) -> None:
    services.hold_slots(session_id=ObjectId(), wish=(), time_zone="UTC", now=a_slot() and NOW)

    text = shown(rita.get(SLOTS))

    assert "Priya Sharma Wed 4 Mar 2026, 04:30 UTC 45 Held Mon 2 Mar 2026, 04:42 UTC" in text


def test_slots_are_told_in_the_time_zone_of_the_admin(rita: Client, settings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    a_slot()

    assert "Wed 4 Mar 2026, 10:00 IST" in shown(rita.get(SLOTS))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 5),
        ({"interviewer": "daniel@acme.example"}, 1),
        ({"week": "this"}, 2),
        ({"week": "next"}, 1),
        ({"week": "later"}, 1),
        ({"week": "past"}, 1),
        ({"week": "ahead"}, 4),
        ({"status__exact": "withdrawn"}, 1),
        ({"week": "this", "status__exact": "open", "interviewer": "priya@acme.example"}, 1),
        ({"starts_at__year": "2026", "starts_at__month": "3", "starts_at__day": "4"}, 2),
        ({"week": "nonsense"}, 5),
    ],
)
def test_slots_are_narrowed(rita: Client, query: dict[str, str], expected: int) -> None:
    for days in (2, 7, 14):
        a_slot(starts_at=NOW + timedelta(days=days))
    a_slot(starts_at=NOW - timedelta(days=7), now=NOW - timedelta(days=9))
    services.withdraw_slot(slot_id=a_slot(**DANIEL).id)

    assert rows(rita.get(SLOTS, query)) == expected


def test_filters_count_what_they_would_leave(rita: Client) -> None:
    a_slot()
    a_slot(starts_at=NOW + timedelta(days=8))
    services.withdraw_slot(slot_id=a_slot(**DANIEL).id)

    text = shown(rita.get(SLOTS, {"status__exact": "open"}))

    assert "Priya Sharma (2)" in text
    assert "Daniel Wood (0)" in text
    assert "This week (1) Next week (1) Later (0) Past (0)" in text
    assert "Open (2)" in text
    assert "Withdrawn (1)" in text


def test_interviewers_to_choose_are_each_named_once_by_the_name_used_last(rita: Client) -> None:
    a_slot()
    a_slot(starts_at=NOW + timedelta(days=5), interviewer_name="Priya Sharma-Iyer")

    text = shown(rita.get(SLOTS))

    assert text.count("Priya Sharma-Iyer (2)") == 1
    assert "Priya Sharma (" not in text


def test_interviewers_to_choose_are_not_too_many(rita: Client) -> None:
    for number in range(MOST_SHOWN + 1):
        a_slot(interviewer_name=f"Interviewer {number}", interviewer_email=f"{number}@acme.example")

    page = rita.get(SLOTS)

    (spec,) = [each for each in page.context["cl"].filter_specs if each.title == "interviewer"]
    assert len(spec.lookup_choices) == MOST_SHOWN


# --- Slots: adding one

STARTS = {"starts_at_0": "2026-03-04", "starts_at_1": "10:00", "ends_at_0": "2026-03-04", "ends_at_1": "11:00"}


def test_slot_is_added_in_the_time_zone_of_the_admin(rita: Client, settings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    form = rita.get(f"{SLOTS}add/")

    added = rita.post(f"{SLOTS}add/", typed(form, **PRIYA, **STARTS))

    assert added.status_code == 302
    slot = Slot.objects.get()
    assert (slot.interviewer_name, slot.status, slot.created_at) == ("Priya Sharma", "open", NOW)
    assert slot.starts_at.isoformat() == "2026-03-04T04:30:00+00:00"
    assert "Time zone: Asia/Kolkata." in shown(form)
    assert LogEntry.objects.get(action_flag=ADDITION).object_id == str(slot.id)


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"starts_at_0": "2026-03-01", "ends_at_0": "2026-03-01"}, "starts_at", "must start in the future"),
        ({"starts_at_0": "2126-03-01", "ends_at_0": "2126-03-01"}, "starts_at", "within the next 730 days"),
        ({"ends_at_1": "09:00"}, "ends_at", "must end after it starts"),
        ({"starts_at_1": "04:45", "ends_at_1": "05:45"}, "starts_at", "already has a slot at"),
        ({"interviewer_email": "nobody"}, "interviewer_email", "Enter a valid email address."),
        ({"interviewer_name": ""}, "interviewer_name", "This field is required."),
    ],
)
def test_slot_that_cannot_be_is_refused_at_its_field(rita: Client, changes: dict, field: str, error: str) -> None:
    a_slot()
    form = rita.get(f"{SLOTS}add/")

    refused = rita.post(f"{SLOTS}add/", typed(form, **PRIYA | STARTS | changes))

    errors = refused.context["adminform"].form.errors
    assert list(errors) == [field]
    assert error in errors[field][0]
    assert Slot.objects.count() == 1


def test_slot_taken_at_the_last_moment_is_refused(rita: Client, database: Database, monkeypatch) -> None:
    form = rita.get(f"{SLOTS}add/")
    a_slot(starts_at=NOW + timedelta(days=2, hours=5, minutes=45))
    monkeypatch.setattr("interviews.forms.refuse_unfit_slot", lambda **_: None)

    refused = rita.post(f"{SLOTS}add/", typed(form, **PRIYA | STARTS))

    assert "priya@acme.example already has a slot at" in shown(refused)
    assert Slot.objects.count() == 1


# --- Slots: withdrawing and opening again


def test_slot_is_withdrawn_and_opened_again_on_its_page(rita: Client) -> None:
    slot = a_slot()
    assert buttons(rita.get(f"{SLOTS}{slot.id}/change/")) == ["withdraw"]

    withdrawn = rita.post(f"{SLOTS}{slot.id}/withdraw/", follow=True)

    assert buttons(withdrawn) == ["reopen"]
    assert buttons(rita.post(f"{SLOTS}{slot.id}/reopen/", follow=True)) == ["withdraw"]
    assert [message for _, message in history()] == ["Withdrawn.", "Opened again."]


def test_booked_slot_offers_nothing(rita: Client) -> None:
    slot = mailed().slot

    assert buttons(rita.get(f"{SLOTS}{slot.id}/change/")) == []


def test_many_slots_are_withdrawn_and_those_left_are_told(rita: Client) -> None:
    booked = mailed().slot
    free = [a_slot(starts_at=NOW + timedelta(days=days)) for days in (3, 4)]
    chosen = [str(slot.id) for slot in [booked, *free]]

    done = rita.post(SLOTS, {"action": "withdraw_slots", "_selected_action": chosen}, follow=True)

    assert told(done) == ["Withdrawn: 2.", "The slot is booked; cancel its interview first. (1 left as before)"]
    assert Slot.objects(status="withdrawn").count() == 2
    assert len(history()) == 2


def test_many_slots_are_opened_again(rita: Client) -> None:
    slots = [services.withdraw_slot(slot_id=a_slot(starts_at=NOW + timedelta(days=days)).id) for days in (3, 4)]
    chosen = [str(slot.id) for slot in slots]

    rita.post(SLOTS, {"action": "reopen_slots", "_selected_action": chosen})

    assert Slot.objects(status="open").count() == 2


def test_slots_of_which_none_can_be_opened_are_told_of_together(rita: Client) -> None:
    chosen = [str(a_slot(starts_at=NOW + timedelta(days=days)).id) for days in (3, 4)]

    done = rita.post(SLOTS, {"action": "reopen_slots", "_selected_action": chosen}, follow=True)

    assert told(done) == ["Only a withdrawn slot is opened again. (2 left as before)"]
    assert history() == []


def test_slot_is_not_edited_or_deleted(rita: Client) -> None:
    slot = a_slot()

    assert rita.post(f"{SLOTS}{slot.id}/change/", PRIYA | STARTS).status_code == 403
    assert rita.post(f"{SLOTS}{slot.id}/delete/", {"post": "yes"}).status_code == 403
    assert Slot.objects.get() == slot


# --- Slots: a weekly pattern

WEEKLY = f"{SLOTS}weekly/"
MORNINGS = {
    **PRIYA,
    "first": "2026-03-02",
    "last": "2026-03-08",
    "weekdays": [0, 1, 2, 3, 4],
    "begins": "09:00",
    "ends": "12:00",
    "minutes": "60",
    "time_zone": "Asia/Kolkata",
}


def test_weekly_pattern_is_offered_on_the_list_of_slots(rita: Client) -> None:
    page = rita.get(SLOTS).content.decode()

    assert f'href="{WEEKLY}"' in page
    usual = typed(rita.get(WEEKLY))
    assert (usual["weekdays"], usual["minutes"], usual["time_zone"]) == ("4", "60", "UTC")  # up to Friday


def test_weekly_pattern_is_shown_before_it_is_added(rita: Client) -> None:
    a_slot()  # on Wednesday at ten in Kolkata

    page = rita.post(WEEKLY, MORNINGS)

    text = shown(page)
    assert "12 slots of Priya Sharma will be added; 3 taken or past are passed over." in text
    assert "The first: Mon 2 Mar 2026, 11:00 IST Tue 3 Mar 2026, 09:00 IST" in text
    assert "Add 12 slots" in text
    assert Slot.objects.count() == 1


def test_weekly_pattern_is_added_once_it_is_confirmed(rita: Client) -> None:
    added = rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    assert told(added) == ["13 slots added, 2 passed over: taken or past."]
    assert Slot.objects.count() == 13
    assert history() == [("13 slots of Priya Sharma by a weekly pattern", "")]


def test_weekly_pattern_confirmed_twice_adds_nothing_more(rita: Client) -> None:
    rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    again = rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    assert told(again) == ["0 slots added, 15 passed over: taken or past."]
    assert len(history()) == 1


def test_weekly_pattern_can_be_changed_before_it_is_added(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"_edit": "1"})

    assert typed(page)["interviewer_name"] == "Priya Sharma"
    assert "See what it comes to" in shown(page)
    assert Slot.objects.count() == 0


def test_weekly_pattern_that_comes_to_nothing_cannot_be_confirmed(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"last": "2026-03-02", "weekdays": [6]})

    assert "0 slots of Priya Sharma will be added" in shown(page)
    assert "_confirm" not in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last": "2026-03-01"}, "The last day must not be before the first"),
        ({"ends": "09:30"}, "Not one slot fits between these hours."),
        ({"last": "2026-12-31"}, f"These are more than {MOST_AT_ONCE} slots."),
        ({"weekdays": []}, "This field is required."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
        ({"interviewer_name": "Priya\x85Sharma"}, "Control characters and line breaks are not allowed here."),
    ],
)
def test_impossible_pattern_is_refused(rita: Client, changes: dict, error: str) -> None:
    page = rita.post(WEEKLY, MORNINGS | changes | {"_confirm": "1"})

    assert error in shown(page)
    assert Slot.objects.count() == 0


# --- Interviews: the list


def test_interviews_are_listed_with_both_time_zones(rita: Client) -> None:
    mailed()

    text = shown(rita.get(INTERVIEWS))

    assert (
        "Asha Rao Priya Sharma Wed 4 Mar 2026, 04:30 UTC Wed 4 Mar 2026, 10:00 IST (Asia/Kolkata) Confirmed Sent"
        in text
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 2),
        ({"status__exact": "confirmed"}, 1),
        ({"interviewer": "daniel@acme.example"}, 1),
        ({"week": "this"}, 1),
        ({"week": "next", "status__exact": "cancelled", "interviewer": "daniel@acme.example"}, 1),
        ({"q": "nair"}, 1),
        ({"q": "meera n"}, 1),
        ({"q": "98765 00001"}, 1),
        ({"q": "nobody"}, 0),
    ],
)
def test_interviews_are_narrowed(rita: Client, query: dict[str, str], expected: int) -> None:
    mailed()
    later = an_interview(
        a_candidate(name="Meera Nair", phone="+919876500001"), a_slot(starts_at=NOW + timedelta(days=7), **DANIEL)
    )
    changes.cancel_interview(interview_id=later.id, reason="Ill", now=NOW)

    assert rows(rita.get(INTERVIEWS, query)) == expected


def test_search_that_finds_too_many_candidates_says_so(rita: Client, monkeypatch) -> None:
    monkeypatch.setattr(admin, "MOST_FOUND", 1)
    mailed()
    an_interview(a_candidate(now=NOW + timedelta(minutes=1)), a_slot(starts_at=NOW + timedelta(days=7)))

    page = rita.get(INTERVIEWS, {"q": "asha"})

    assert rows(page) == 1
    assert "More than 1 candidates match; only some were looked at." in told(page)[0]


def test_interview_whose_candidate_is_gone_is_still_shown(rita: Client, database: Database) -> None:
    interview = mailed()
    database.candidates.delete_many({})

    assert rows(rita.get(INTERVIEWS)) == 1
    assert "Priya Sharma" in shown(rita.get(f"{INTERVIEWS}{interview.id}/change/"))
    assert rows(rita.get(INVITATIONS)) == 1
    assert "It cannot be written any more: The candidate is gone." in shown(
        rita.get(f"{INVITATIONS}{interview.id}/change/")
    )
    assert rita.get(f"{INVITATIONS}{interview.id}/html/").status_code == 404
    assert told(rita.get(f"{INTERVIEWS}{interview.id}/invite.ics", follow=True)) == ["The candidate is gone."]


# --- Interviews: the page


def test_interview_shows_what_was_agreed_and_mailed(rita: Client) -> None:
    interview = failed()

    page = rita.get(f"{INTERVIEWS}{interview.id}/change/")

    text = shown(page)
    assert "Shall I book it?" in text
    assert "nobody of that name" in text
    assert "Wed 4 Mar 2026, 10:00 IST (Asia/Kolkata)" in text
    assert f'href="{INVITATIONS}{interview.id}/change/"' in page.content.decode()
    assert "Cancellation" not in text


def test_interview_that_was_not_yet_told_of_shows_that(rita: Client, database: Database) -> None:
    interview = mailed()
    database.interviews.update_one({"_id": interview.id}, {"$unset": {"invitation": "", "notice": ""}})

    assert "Not queued" in shown(rita.get(INTERVIEWS))
    assert shown(rita.get(f"{INTERVIEWS}{interview.id}/change/")).count("Not queued") == 2
    assert rows(rita.get(INVITATIONS)) == 0


def test_nothing_of_an_interview_is_editable(rita: Client) -> None:
    interview = mailed()
    before = stored(interview)

    page = rita.get(f"{INTERVIEWS}{interview.id}/change/")

    assert typed(page).keys() <= {"csrfmiddlewaretoken"}
    assert rita.post(f"{INTERVIEWS}{interview.id}/change/", {"status": "completed"}).status_code == 403
    assert rita.post(f"{INTERVIEWS}{interview.id}/delete/", {"post": "yes"}).status_code == 403
    assert rita.get(f"{INTERVIEWS}add/").status_code == 403
    assert stored(interview) == before


def test_calendar_entry_can_be_downloaded(rita: Client) -> None:
    interview = mailed()

    file = rita.get(f"{INTERVIEWS}{interview.id}/invite.ics")

    (event,) = Calendar.from_ical(file.content).events
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert (event["UID"], event.start) == (interview.ics_uid, interview.starts_at)


def test_interview_is_cancelled_with_a_reason(rita: Client, mailoutbox) -> None:
    interview = mailed()
    mailoutbox.clear()
    form = rita.get(f"{INTERVIEWS}{interview.id}/cancel/")

    done = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", typed(form, reason="Priya is ill"), follow=True)
    mails.send_due(now=NOW)

    assert told(done) == ["Asha Rao, Wed 4 Mar 2026, 04:30 UTC: Cancelled."]
    assert "Priya is ill" in shown(done)
    assert stored(interview).status == "cancelled"
    assert Slot.objects.get().status == "open"
    assert Candidate.objects.get().call_tracking.status == "active"
    assert len(mailoutbox) == 2
    assert history() == [("Interview on Wed 04 Mar 2026 at 04:30 UTC", "Cancelled.")]


def test_time_of_an_absent_interviewer_is_not_offered_again(rita: Client) -> None:
    interview = mailed()

    rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Priya is ill"})

    assert Slot.objects.get().status == "withdrawn"


@pytest.mark.parametrize("reason", ["", "   ", "a" * 501, "one\ntwo"])
def test_cancelling_asks_for_a_reason(rita: Client, reason: str) -> None:
    interview = mailed()

    page = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": reason})

    assert list(page.context["form"].errors) == ["reason"]
    assert stored(interview).status == "confirmed"
    assert history() == []


def test_second_recruiter_who_cancels_is_told_that_the_first_did(rita: Client) -> None:
    interview = mailed()
    changes.cancel_interview(interview_id=interview.id, reason="Ill", now=NOW)

    late = rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Ill"}, follow=True)

    assert told(late) == ["The interview was cancelled already."]
    assert history() == []


def test_invitation_is_sent_again_by_a_button(rita: Client) -> None:
    interview = mailed()

    rita.post(f"{INTERVIEWS}{interview.id}/resend/")

    assert stored(interview).invitation.status == "pending"
    assert history() == [(str(interview), "Invitation queued again.")]


@pytest.mark.usefixtures("afterwards")
@pytest.mark.parametrize(("button", "status"), [("held", "completed"), ("no-show", "no_show")])
def test_interview_is_marked_by_a_button(rita: Client, button: str, status: str) -> None:
    interview = mailed()

    rita.post(f"{INTERVIEWS}{interview.id}/{button}/")

    assert stored(interview).status == status
    assert LogEntry.objects.get().action_flag == CHANGE


def test_interview_ahead_can_be_resent_and_cancelled(rita: Client) -> None:
    interview = mailed()

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
    interview = mailed()
    Interview.objects.update(set__status=status)

    assert buttons(rita.get(f"{INTERVIEWS}{interview.id}/change/")) == expected


@pytest.mark.parametrize("button", ["resend", "held", "no-show"])
def test_button_is_not_pressed_by_a_link(rita: Client, button: str) -> None:
    interview = mailed()
    before = stored(interview)

    assert rita.get(f"{INTERVIEWS}{interview.id}/{button}/").status_code == 405
    assert stored(interview) == before


@pytest.mark.parametrize("button", ["resend", "held", "no-show", "cancel"])
def test_button_is_not_pressed_from_another_site(rita: Client, button: str) -> None:
    interview = mailed()
    before = stored(interview)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = rita.cookies

    assert strict.post(f"{INTERVIEWS}{interview.id}/{button}/", {"reason": "Ill"}).status_code == 403
    assert stored(interview) == before


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
def test_what_is_not_there_is_told(rita: Client, address: str, key: str) -> None:
    page = rita.get(address % key, follow=True)

    assert page.status_code == 200
    assert "doesn’t exist. Perhaps it was deleted?" in told(page)[0]


def test_history_of_an_interview_says_who_did_what(rita: Client) -> None:
    interview = failed()
    rita.post(f"{NOTICES}{interview.id}/send-again/")
    rita.post(f"{INTERVIEWS}{interview.id}/cancel/", {"reason": "Ill"})

    page = rita.get(f"{INVITATIONS}{interview.id}/history/", follow=True)

    text = shown(page)
    assert "rita" in text
    assert "Notice queued again." in text
    assert "Cancelled." in text


# --- The outbox


@pytest.mark.parametrize(
    ("address", "to"), [(INVITATIONS, "Asha Rao <asha@example.com>"), (NOTICES, "Priya Sharma <priya@acme.example>")]
)
def test_mails_of_interviews_are_listed(rita: Client, address: str, to: str) -> None:
    failed()

    text = shown(rita.get(address))

    assert f"{to} Interview on Wed 04 Mar 2026 at 04:30 UTC Failed 1" in text


def test_follow_ups_are_listed(rita: Client) -> None:
    a_follow_up()

    assert "Asha Rao <asha@example.com> Follow-up of a call on Mon 02 Mar 2026 Sent" in shown(rita.get(FOLLOW_UPS))


@pytest.mark.parametrize(("status", "expected"), [("failed", 1), ("sent", 1), ("pending", 0)])
def test_mails_are_narrowed_by_how_far_they_got(rita: Client, status: str, expected: int) -> None:
    interview = failed()
    Interview.objects(id=interview.id).update_one(set__invitation__status="sent")
    other = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)))
    Interview.objects(id=other.id).update_one(set__invitation__status="failed")

    assert rows(rita.get(INVITATIONS, {"invitation_status__exact": status})) == expected


def test_mail_is_shown_as_it_looks(rita: Client) -> None:
    interview = mailed()

    page = rita.get(f"{INVITATIONS}{interview.id}/change/")

    text = shown(page)
    assert "Your interview with Acme: Wednesday, 4 March 2026, 10:00" in text
    assert 'To "Asha Rao" <asha@example.com>' in text
    assert 'Replies go to "Priya Sharma" <priya@acme.example>' in text
    assert "The attached invitation puts it into your calendar." in text
    assert re.search(rf'<iframe [^>]*src="{INVITATIONS}{interview.id}/html/"[^>]* sandbox>', page.content.decode())


def test_html_of_a_mail_can_do_nothing(rita: Client) -> None:
    interview = mailed()

    html = rita.get(f"{INVITATIONS}{interview.id}/html/")

    assert "<strong>Wednesday, 4 March 2026</strong>" in html.content.decode()
    assert html["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert html["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("afterwards")
def test_mail_of_an_interview_that_was_held_is_still_shown(rita: Client) -> None:
    interview = mailed()
    changes.mark_held(interview_id=interview.id, now=AFTERWARDS)

    assert "Interview with Asha Rao: Wednesday" in shown(rita.get(f"{NOTICES}{interview.id}/change/"))


def test_mail_of_a_cancelled_interview_is_the_cancellation(rita: Client) -> None:
    interview = mailed()
    changes.cancel_interview(interview_id=interview.id, reason="Ill", now=NOW)

    assert "Cancelled: Your interview with Acme" in shown(rita.get(f"{INVITATIONS}{interview.id}/change/"))


def test_follow_up_is_shown_as_it_looks(rita: Client) -> None:
    mail = a_follow_up()

    page = rita.get(f"{FOLLOW_UPS}{mail.id}/change/")

    assert "Your interview with Acme: finding a time" in shown(page)
    assert "Replies go to" not in shown(page)


@pytest.mark.parametrize("status", ["pending", "sending", "sent"])
def test_mail_that_did_not_fail_is_not_sent_again(rita: Client, status: str) -> None:
    mail = a_follow_up(status=status)

    page = rita.post(f"{FOLLOW_UPS}{mail.id}/send-again/", follow=True)

    assert buttons(page) == []
    assert told(page) == ["Only a mail that failed is sent again."]
    assert FollowUp.objects.get().delivery.status == status


def test_failed_follow_up_is_sent_again(rita: Client) -> None:
    mail = a_follow_up(status="failed")
    assert buttons(rita.get(f"{FOLLOW_UPS}{mail.id}/change/")) == ["send-again"]

    rita.post(f"{FOLLOW_UPS}{mail.id}/send-again/")

    assert FollowUp.objects.get().delivery.status == "pending"
    assert history() == [(str(mail), "Follow-up queued again.")]


def test_many_failed_mails_are_sent_again(rita: Client) -> None:
    interview = failed()
    fine = an_interview(a_candidate(), a_slot(starts_at=NOW + timedelta(days=5)))
    chosen = [str(interview.id), str(fine.id)]

    done = rita.post(NOTICES, {"action": "send_failed_again", "_selected_action": chosen}, follow=True)

    assert told(done) == ["Notice queued again: 1.", "Only a mail that failed is sent again. (1 left as before)"]
    assert stored(interview).notice.status == "pending"


@pytest.mark.parametrize("address", [INVITATIONS, NOTICES, FOLLOW_UPS])
def test_mails_are_not_added_edited_or_deleted(rita: Client, address: str) -> None:
    key = a_follow_up().id if address == FOLLOW_UPS else mailed().id

    assert rita.get(f"{address}add/").status_code == 403
    assert rita.post(f"{address}{key}/change/", {}).status_code == 403
    assert rita.post(f"{address}{key}/delete/", {"post": "yes"}).status_code == 403


# --- Who may do what


@pytest.mark.parametrize("address", LISTS)
def test_viewer_sees_every_list_and_no_action(viewer: Client, address: str) -> None:
    failed()
    a_follow_up(status="failed")

    page = viewer.get(address)

    assert page.status_code == 200
    assert rows(page) == 1
    assert 'name="action"' not in page.content.decode()
    assert WEEKLY not in page.content.decode()


def test_viewer_sees_pages_without_buttons(viewer: Client) -> None:
    interview, mail, slot = failed(), a_follow_up(status="failed"), a_slot(**DANIEL)
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
    interview = failed()
    before = stored(interview)

    assert viewer.post(f"{INTERVIEWS}{interview.id}/{button}/", {"reason": "Ill"}).status_code == 403
    assert stored(interview) == before


@pytest.mark.parametrize("address", [INVITATIONS, NOTICES])
def test_viewer_sends_no_mail_again(viewer: Client, address: str) -> None:
    interview = failed()
    before = stored(interview)

    assert viewer.post(f"{address}{interview.id}/send-again/").status_code == 403
    viewer.post(address, {"action": "send_failed_again", "_selected_action": [str(interview.id)]})
    assert stored(interview) == before


def test_viewer_neither_adds_nor_withdraws_slots(viewer: Client) -> None:
    slot = a_slot()

    assert viewer.post(f"{SLOTS}{slot.id}/withdraw/").status_code == 403
    assert viewer.post(f"{SLOTS}add/", PRIYA | STARTS).status_code == 403
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
    interview = failed()

    browser.post(f"{INVITATIONS}{interview.id}/send-again/")

    assert rows(browser.get(NOTICES)) == 1
    assert stored(interview).invitation.status == "pending"


@pytest.mark.parametrize("address", LISTS)
def test_who_has_no_permission_sees_no_list(database: Database, db: None, address: str) -> None:
    browser = a_browser("add_followup")

    assert browser.get(address).status_code == 403


def test_who_may_not_see_interviews_sees_neither_their_mails_nor_their_calendar(database: Database, db: None) -> None:
    browser = a_browser("view_slot")
    interview = mailed()

    assert browser.get(f"{INVITATIONS}{interview.id}/html/").status_code == 403
    assert browser.get(f"{INTERVIEWS}{interview.id}/invite.ics").status_code == 403


def test_stranger_is_asked_to_sign_in(database: Database, db: None, client: Client) -> None:
    interview = mailed()

    page = client.post(f"{INTERVIEWS}{interview.id}/resend/")

    assert page["Location"].startswith(reverse("admin:login"))


# --- Names that are no names


def test_markup_in_names_is_text_on_every_page(rita: Client) -> None:
    interview = an_interview(a_candidate(name=SCRIPT, company=SCRIPT), a_slot(interviewer_name=SCRIPT))
    changes.cancel_interview(interview_id=interview.id, reason=SCRIPT, now=NOW)
    Interview.objects.update(set__invitation__error=SCRIPT, set__invitation__status="failed")
    mail = a_follow_up(name=SCRIPT, company=SCRIPT)
    addresses = [
        *LISTS,
        *(f"{address}{interview.id}/change/" for address in (INTERVIEWS, INVITATIONS, NOTICES)),
        *(f"{address}{interview.id}/html/" for address in (INVITATIONS, NOTICES)),
        f"{FOLLOW_UPS}{mail.id}/change/",
        f"{SLOTS}{interview.slot.id}/change/",
    ]

    pages = [rita.get(address).content.decode() for address in addresses]

    assert [address for address, page in zip(addresses, pages, strict=True) if SCRIPT in page] == []
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)


def test_markup_in_a_pattern_is_text(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"interviewer_name": SCRIPT})

    assert SCRIPT not in page.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; will be added" in page.content.decode()
