import pytest
from django.http import HttpResponse
from django.test import Client

from candidates.admin.candidates import CandidateAdmin, PageLink
from candidates.documents import Candidate, Outcome, TrackingStatus
from tests.candidates.admin.candidate_pages import LIST, logged, messages, names, page_url
from tests.candidates.calls_made import called
from tests.config.mirror.browser import typed
from tests.factories import NOBODY, NOW, a_candidate, a_slot, an_interview, reload


def errors(response: HttpResponse) -> dict[str, list[str]]:
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


def test_candidate_is_added_as_the_api_adds_one(rita: Client) -> None:
    form = typed(rita.get(f"{LIST}add/"))
    person = {"name": " Asha Rao ", "phone": "+91 98765 43210", "email": "asha@example.com", "tags": "senior, urgent"}

    answered = rita.post(f"{LIST}add/", form | person)

    added = Candidate.objects.get()
    assert answered.status_code == 302
    assert (added.name, added.phone, added.tags) == ("Asha Rao", "+919876543210", ["senior", "urgent"])
    assert (added.time_zone, added.language) == ("Asia/Kolkata", "en-IN")
    assert (added.call_tracking.status, added.call_tracking.max_attempts) == (TrackingStatus.ACTIVE, 3)
    assert logged() == [("Asha Rao", "Added.")]


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"phone": "98765"}, "phone", "Write the phone number with its country code, such as +919876543210."),
        ({"phone": "+9112"}, "phone", "This phone number cannot exist; check its length and country code."),
        ({"phone": "+91 98765 43211"}, "phone", "Candidate with this Phone already exists."),
        ({"email": "asha"}, "email", "Enter a valid email address."),
        ({"name": ""}, "name", "This field is required."),
        ({"name": "A\x07sha"}, "name", "Control characters and line breaks are not allowed here."),
        (
            {"time_zone": "Mars/Olympus"},
            "time_zone",
            "Select a valid choice. Mars/Olympus is not one of the available choices.",
        ),
        ({"language": "xx"}, "language", "Select a valid choice. xx is not one of the available choices."),
        ({"tags": "x" * 51}, "tags", "row 1: Must have from 0 to 50 characters; this has 51."),
        ({"tags": ",".join(map(str, range(31)))}, "tags", "Must be at most 30 tags; these are 31."),
    ],
)
def test_what_is_wrong_stands_at_its_field(rita: Client, change: dict[str, str], field: str, message: str) -> None:
    candidate = a_candidate(phone="+919876543210")
    a_candidate(phone="+919876543211")
    before = reload(candidate).to_mongo()

    answered = rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), **change))

    assert errors(answered) == {field: [message]}
    assert reload(candidate).to_mongo() == before


def test_candidate_is_changed_and_found_anew(rita: Client) -> None:
    candidate = a_candidate()
    change = {"name": "Asha Iyer", "phone": "+1 201 555 0123", "time_zone": "Europe/Paris", "language": "en-GB"}

    rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), **change))

    changed = reload(candidate)
    assert (changed.name, changed.phone) == ("Asha Iyer", "+12015550123")
    assert (changed.time_zone, changed.language) == ("Europe/Paris", "en-GB")
    assert changed.updated_at > NOW
    assert names(rita.get(LIST, {"q": "iyer 201 555 0123"})) == []
    assert names(rita.get(LIST, {"q": "iyer 2015550123"})) == ["Asha Iyer"]
    assert logged() == [("Asha Iyer", "Changed Name, Phone, Time zone and Language.")]


def test_emptied_zone_is_that_of_the_phone_again(rita: Client) -> None:
    candidate = a_candidate(time_zone="Europe/Paris")

    rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), time_zone=""))

    assert reload(candidate).time_zone == "Asia/Kolkata"


def test_saving_nothing_changes_nothing(rita: Client) -> None:
    candidate = called(a_candidate(tags=["senior"], notes="One\nTwo"))
    before = reload(candidate).to_mongo()

    rita.post(page_url(candidate), typed(rita.get(page_url(candidate))))

    assert reload(candidate).to_mongo() == before


def test_phone_that_was_bad_before_does_not_keep_a_name_from_being_repaired(rita: Client) -> None:
    candidate = a_candidate()
    Candidate._get_collection().update_one({"_id": candidate.id}, {"$set": {"phone": "12"}})

    rita.post(page_url(candidate), typed(rita.get(page_url(candidate)), name="Asha Iyer"))

    assert (reload(candidate).name, reload(candidate).phone) == ("Asha Iyer", "12")


def test_edit_keeps_what_a_worker_changed_meanwhile(rita: Client) -> None:
    candidate = a_candidate()
    opened = rita.get(page_url(candidate))
    called(candidate, times=2)

    rita.post(page_url(candidate), typed(opened, notes="Prefers mornings"))

    tracking = reload(candidate).call_tracking
    assert reload(candidate).notes == "Prefers mornings"
    assert (tracking.total_attempts, len(tracking.call_history)) == (2, 2)


def test_candidate_deleted_while_the_form_is_open_is_not_brought_back(rita: Client) -> None:
    candidate = a_candidate()
    opened = rita.get(page_url(candidate))
    candidate.delete()

    answered = rita.post(page_url(candidate), typed(opened, name="Asha Iyer"), follow=True)

    assert Candidate.objects.count() == 0
    assert "doesn’t exist" in messages(answered)[0]


@pytest.mark.parametrize("key", [NOBODY, "zz", "6b02c37d3c74f49924fbae8", "import%00"])
def test_bad_ids_lead_back(rita: Client, key: str) -> None:
    answered = rita.get(f"{LIST}{key}/change/", follow=True)

    assert answered.redirect_chain[-1][0] == "/admin/"
    assert "doesn’t exist" in messages(answered)[0]


def test_call_tracking_cannot_be_typed(rita: Client) -> None:
    candidate = called(a_candidate())
    forged = {"call_tracking_status": "wrong_number", "call_tracking_total_attempts": "0", "attempts": "0/3"}

    rita.post(page_url(candidate), typed(rita.get(page_url(candidate))) | forged)

    assert reload(candidate).call_tracking == candidate.call_tracking


def test_history_shows_each_call_with_the_way_to_it(rita: Client) -> None:
    candidate = called(a_candidate(), Outcome.BUSY, times=2)

    shown = rita.get(page_url(candidate)).content.decode()

    assert shown.count("Busy") >= 2
    assert all(
        f"/admin/calls/conversationsession/{attempt.session_id}/change/" in shown
        for attempt in candidate.call_tracking.call_history
    )


def test_history_leads_nowhere_for_who_may_not_see_calls(viewer: Client) -> None:
    candidate = called(a_candidate(), Outcome.BUSY)

    shown = viewer.get(page_url(candidate)).content.decode()

    assert "Busy" in shown
    assert "conversationsession" not in shown


def test_candidate_with_an_interview_is_not_deleted(rita: Client) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())

    shown = rita.get(page_url(candidate, "delete"))
    rita.post(page_url(candidate, "delete"), {"post": "yes"})

    assert shown.context["protected"]
    assert Candidate.objects.count() == 1


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> PageLink:
    """A link that another app offers on a candidate's page."""
    link = PageLink("Ring them up", "admin:candidates_candidate_history", "candidates.start_call")
    monkeypatch.setattr(CandidateAdmin, "page_links", [link])
    return link


def test_what_others_offer_stands_on_the_page(rita: Client, offer: PageLink) -> None:
    candidate = a_candidate()

    shown = rita.get(page_url(candidate)).content.decode()

    assert offer.label in shown
    assert page_url(candidate, "history") in shown
    assert offer.label not in rita.get(f"{LIST}add/").content.decode()


def test_what_others_offer_is_not_shown_to_who_may_not(viewer: Client, offer: PageLink) -> None:
    assert offer.label not in viewer.get(page_url(a_candidate())).content.decode()
