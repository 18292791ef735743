from datetime import timedelta

import pytest
from bson import ObjectId
from django.contrib.admin.models import ADDITION, LogEntry
from django.test import Client
from pymongo.database import Database

from interviews import holds, slots
from interviews.admin.filters import MAX_INTERVIEWERS
from interviews.documents import Slot
from tests.config.mirror.browser import typed
from tests.factories import DANIEL, NOW, PRIYA, a_slot
from tests.interviews.admin.interview_pages import (
    SLOT_TIMES,
    SLOTS,
    a_mailed_interview,
    buttons,
    count_rows,
    history,
    messages,
    page_text,
)

pytestmark = pytest.mark.usefixtures("today")


def add_interviewers(count: int) -> None:
    for number in range(count):
        a_slot(interviewer_name=f"Interviewer {number}", interviewer_email=f"{number}@acme.example")


# --- Slots: the list


def test_slots_are_listed_with_time_length_and_status(rita: Client) -> None:
    holds.hold_slots(session_id=ObjectId(), wish=(), time_zone="UTC", now=a_slot() and NOW)

    text = page_text(rita.get(SLOTS))

    assert "Priya Sharma Wed 4 Mar 2026, 04:30 UTC 45 Held Mon 2 Mar 2026, 04:42 UTC" in text


def test_slots_are_shown_in_the_time_zone_of_the_admin(rita: Client, settings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    a_slot()

    assert "Wed 4 Mar 2026, 10:00 IST" in page_text(rita.get(SLOTS))


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
    a_slot(starts_at=NOW + timedelta(days=2))
    a_slot(starts_at=NOW + timedelta(days=7))
    a_slot(starts_at=NOW + timedelta(days=14))
    a_slot(starts_at=NOW - timedelta(days=7), now=NOW - timedelta(days=9))
    slots.withdraw_slot(slot_id=a_slot(**DANIEL).id)

    assert count_rows(rita.get(SLOTS, query)) == expected


def test_filters_count_what_they_would_leave(rita: Client) -> None:
    a_slot()
    a_slot(starts_at=NOW + timedelta(days=8))
    slots.withdraw_slot(slot_id=a_slot(**DANIEL).id)

    text = page_text(rita.get(SLOTS, {"status__exact": "open"}))

    assert "Priya Sharma (2)" in text
    assert "Daniel Wood (0)" in text
    assert "This week (1) Next week (1) Later (0) Past (0)" in text
    assert "Open (2)" in text
    assert "Withdrawn (1)" in text


def test_interviewers_to_choose_are_each_named_once_by_the_name_used_last(rita: Client) -> None:
    a_slot()
    a_slot(starts_at=NOW + timedelta(days=5), interviewer_name="Priya Sharma-Iyer")

    text = page_text(rita.get(SLOTS))

    assert text.count("Priya Sharma-Iyer (2)") == 1
    assert "Priya Sharma (" not in text


def test_interviewers_to_choose_are_not_too_many(rita: Client) -> None:
    add_interviewers(MAX_INTERVIEWERS + 1)

    page = rita.get(SLOTS)

    (spec,) = [each for each in page.context["cl"].filter_specs if each.title == "interviewer"]
    assert len(spec.lookup_choices) == MAX_INTERVIEWERS


# --- Slots: adding one


def test_slot_is_added_in_the_time_zone_of_the_admin(rita: Client, settings) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    form = rita.get(f"{SLOTS}add/")

    added = rita.post(f"{SLOTS}add/", typed(form, **PRIYA, **SLOT_TIMES))

    assert added.status_code == 302
    slot = Slot.objects.get()
    assert (slot.interviewer_name, slot.status, slot.created_at) == ("Priya Sharma", "open", NOW)
    assert slot.starts_at.isoformat() == "2026-03-04T04:30:00+00:00"
    assert "Time zone: Asia/Kolkata." in page_text(form)
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

    refused = rita.post(f"{SLOTS}add/", typed(form, **PRIYA | SLOT_TIMES | changes))

    errors = refused.context["adminform"].form.errors
    assert list(errors) == [field]
    assert error in errors[field][0]
    assert Slot.objects.count() == 1


def test_slot_taken_at_the_last_moment_is_refused(rita: Client, database: Database, monkeypatch) -> None:
    form = rita.get(f"{SLOTS}add/")
    a_slot(starts_at=NOW + timedelta(days=2, hours=5, minutes=45))
    monkeypatch.setattr("interviews.admin.forms.validate_new_slot", lambda **_: None)

    refused = rita.post(f"{SLOTS}add/", typed(form, **PRIYA | SLOT_TIMES))

    assert "priya@acme.example already has a slot at" in page_text(refused)
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
    slot = a_mailed_interview().slot

    assert buttons(rita.get(f"{SLOTS}{slot.id}/change/")) == []


def test_many_slots_are_withdrawn_and_those_left_are_reported(rita: Client) -> None:
    booked = a_mailed_interview().slot
    free = [a_slot(starts_at=NOW + timedelta(days=days)) for days in (3, 4)]
    chosen = [str(slot.id) for slot in [booked, *free]]

    done = rita.post(SLOTS, {"action": "withdraw_slots", "_selected_action": chosen}, follow=True)

    assert messages(done) == ["Withdrawn: 2.", "The slot is booked; cancel its interview first. (1 left as before)"]
    assert Slot.objects(status="withdrawn").count() == 2
    assert len(history()) == 2


def test_many_slots_are_opened_again(rita: Client) -> None:
    withdrawn = [slots.withdraw_slot(slot_id=a_slot(starts_at=NOW + timedelta(days=days)).id) for days in (3, 4)]
    chosen = [str(slot.id) for slot in withdrawn]

    rita.post(SLOTS, {"action": "reopen_slots", "_selected_action": chosen})

    assert Slot.objects(status="open").count() == 2


def test_slots_of_which_none_can_be_opened_are_reported_together(rita: Client) -> None:
    chosen = [str(a_slot(starts_at=NOW + timedelta(days=days)).id) for days in (3, 4)]

    done = rita.post(SLOTS, {"action": "reopen_slots", "_selected_action": chosen}, follow=True)

    assert messages(done) == ["Only a withdrawn slot is opened again. (2 left as before)"]
    assert history() == []


def test_slot_is_not_edited_or_deleted(rita: Client) -> None:
    slot = a_slot()

    assert rita.post(f"{SLOTS}{slot.id}/change/", PRIYA | SLOT_TIMES).status_code == 403
    assert rita.post(f"{SLOTS}{slot.id}/delete/", {"post": "yes"}).status_code == 403
    assert Slot.objects.get() == slot
