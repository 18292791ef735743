import pytest
from django.test import Client

from interviews.admin.forms import MAX_WEEKLY_SLOTS
from interviews.documents import Slot
from tests.config.mirror.browser import typed
from tests.factories import a_slot
from tests.interviews.admin.interview_pages import MORNINGS, SLOTS, WEEKLY, history, messages, page_text

pytestmark = pytest.mark.usefixtures("today")


def test_weekly_pattern_is_offered_on_the_list_of_slots(rita: Client) -> None:
    page = rita.get(SLOTS).content.decode()

    assert f'href="{WEEKLY}"' in page
    usual = typed(rita.get(WEEKLY))
    assert (usual["weekdays"], usual["minutes"], usual["time_zone"]) == ("4", "60", "UTC")  # up to Friday


def test_weekly_pattern_is_shown_before_it_is_added(rita: Client) -> None:
    a_slot()  # on Wednesday at ten in Kolkata

    page = rita.post(WEEKLY, MORNINGS)

    text = page_text(page)
    assert "12 slots of Priya Sharma will be added; 3 taken or past are passed over." in text
    assert "The first: Mon 2 Mar 2026, 11:00 IST Tue 3 Mar 2026, 09:00 IST" in text
    assert "Add 12 slots" in text
    assert Slot.objects.count() == 1


def test_weekly_pattern_is_added_once_it_is_confirmed(rita: Client) -> None:
    added = rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    assert messages(added) == ["13 slots added, 2 passed over: taken or past."]
    assert Slot.objects.count() == 13
    assert history() == [("13 slots of Priya Sharma by a weekly pattern", "")]


def test_weekly_pattern_confirmed_twice_adds_nothing_more(rita: Client) -> None:
    rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    again = rita.post(WEEKLY, MORNINGS | {"_confirm": "1"}, follow=True)

    assert messages(again) == ["0 slots added, 15 passed over: taken or past."]
    assert len(history()) == 1


def test_weekly_pattern_can_be_changed_before_it_is_added(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"_edit": "1"})

    assert typed(page)["interviewer_name"] == "Priya Sharma"
    assert "See what it comes to" in page_text(page)
    assert Slot.objects.count() == 0


def test_weekly_pattern_that_comes_to_nothing_cannot_be_confirmed(rita: Client) -> None:
    page = rita.post(WEEKLY, MORNINGS | {"last": "2026-03-02", "weekdays": [6]})

    assert "0 slots of Priya Sharma will be added" in page_text(page)
    assert "_confirm" not in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last": "2026-03-01"}, "The last day must not be before the first"),
        ({"ends": "09:30"}, "Not one slot fits between these hours."),
        ({"last": "2026-12-31"}, f"These are more than {MAX_WEEKLY_SLOTS} slots."),
        ({"weekdays": []}, "This field is required."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
        ({"interviewer_name": "Priya\x85Sharma"}, "Control characters and line breaks are not allowed here."),
    ],
)
def test_impossible_pattern_is_refused(rita: Client, changes: dict, error: str) -> None:
    page = rita.post(WEEKLY, MORNINGS | changes | {"_confirm": "1"})

    assert error in page_text(page)
    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "typed_in"),
    [
        ("interviewer_email", "=?utf-8?q?evil=40x.example?=@acme.example"),
        ("interviewer_email", '"evil@x.example"@acme.example'),
        ("interviewer_name", "Priya\u202e"),
        ("interviewer_name", "\u200d"),
        ("time_zone", "Factory"),
    ],
)
def test_interviewer_who_could_not_be_written_to_is_told_at_the_field(rita: Client, field: str, typed_in: str) -> None:
    page = rita.post(WEEKLY, MORNINGS | {field: typed_in, "_confirm": "1"})

    assert page.context["form"].errors[field]
    assert Slot.objects.count() == 0
