import csv
import io
from typing import Any

import pytest
from bson import ObjectId
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pymongo.database import Database

from candidates import services
from candidates.actions import MOST_AT_ONCE
from candidates.admin import CandidateAdmin, PageLink
from candidates.documents import Candidate, ImportFile, Outcome, TrackingStatus
from candidates.forms import LARGEST_FILE
from candidates.imports import read_rows
from candidates.transfers import MOST_ERRORS
from tests.config.mirror.browser import typed
from tests.factories import NOBODY, NOW, a_candidate, a_recruiter, a_slot, an_attempt, an_interview

LIST = "/admin/candidates/candidate/"
IMPORT, EXPORT = f"{LIST}import/", f"{LIST}export/"
MEERA = "Meera Nair,+919876543211,meera@example.com\n"
HEADER = "name,phone,email\n"


def a_browser(*permissions: str) -> Client:
    """Sign somebody in whose group has these permissions."""
    user = a_recruiter(username="-".join(permissions))
    group = Group.objects.create(name=user.username)
    codenames = [f"{each}_candidate" if each in {"view", "add", "change", "delete"} else each for each in permissions]
    group.permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="candidates"))
    user.groups.add(group)
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
    """The browser of somebody whose group may only look."""
    return a_browser("view")


def page(candidate: Candidate, what: str = "change") -> str:
    return f"{LIST}{candidate.id}/{what}/"


def stored(candidate: Candidate) -> Candidate:
    return Candidate.objects.get(id=candidate.id)


def names(response: HttpResponse) -> list[str]:
    return [candidate.name for candidate in response.context["cl"].result_list]


def errors(response: HttpResponse) -> dict[str, list[str]]:
    return {name: list(told) for name, told in response.context["adminform"].form.errors.items()}


def messages(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def logged() -> list[tuple[str, str]]:
    return sorted((entry.object_repr, entry.get_change_message()) for entry in LogEntry.objects.all())


def run(browser: Client, action: str, *candidates: Candidate, query: str = "", **data: Any) -> HttpResponse:
    """Choose an action for these candidates, as the list's form sends it."""
    chosen = {"action": action, "index": "0", "_selected_action": [str(each.id) for each in candidates]}
    return browser.post(LIST + query, chosen | {"select_across": "0"} | data, follow=True)


def answer(browser: Client, asked: HttpResponse, **given: str) -> HttpResponse:
    """Answer the question that an action asks."""
    chosen = {"_selected_action": asked.context["selected"]}
    return browser.post(asked.request["PATH_INFO"], typed(asked, **given) | chosen, follow=True)


def called(candidate: Candidate, outcome: Outcome = Outcome.NO_ANSWER, *, times: int = 1) -> Candidate:
    for _ in range(times):
        session_id = an_attempt(candidate)
        services.close_attempt(candidate_id=candidate.id, session_id=session_id, outcome=outcome, now=NOW, ended_at=NOW)
    return stored(candidate)


def exported(response: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


def upload(browser: Client, text: str | bytes, name: str = "people.csv") -> HttpResponse:
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(IMPORT, {"file": SimpleUploadedFile(name, content, "text/csv")}, follow=True)


# The list


def test_list_shows_where_we_stand_with_each(rita: Client) -> None:
    called(a_candidate(), times=2)

    shown = rita.get(LIST).content.decode()

    assert "Asha Rao" in shown
    assert "2/3" in shown
    assert "No answer" in shown
    assert "Active" in shown


def test_list_shows_who_has_an_interview(rita: Client) -> None:
    an_interview(a_candidate(), a_slot())

    shown = rita.get(LIST).content.decode()

    assert "Interview scheduled" in shown
    assert shown.count("Booked") == 1


def test_list_has_fifty_a_page(rita: Client) -> None:
    for _ in range(51):
        a_candidate()

    assert len(names(rita.get(LIST))) == 50
    assert len(names(rita.get(LIST, {"p": "2"}))) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("asha", "RAO", "ra as", "asha@ex", "+919876543210", "+91 98765 43210", "98765 43210", "098765 43210"),
        *("(98765) 43210", "98765", "919876"),
    ],
)
def test_search_finds(rita: Client, query: str) -> None:
    a_candidate(phone="+919876543210")
    a_candidate(name="Meera Nair", email="meera@example.com")

    assert names(rita.get(LIST, {"q": query})) == ["Asha Rao"]


@pytest.mark.parametrize("query", ["sha", "43210", "example.com", "asha nair", "00 00 0"])
def test_search_does_not_find(rita: Client, query: str) -> None:
    a_candidate(phone="+919876543210")

    assert names(rita.get(LIST, {"q": query})) == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"call_tracking_status__exact": "active"}, ["Asha Rao", "Meera Nair"]),
        ({"call_tracking_status__exact": "do_not_call"}, ["Ravi Das"]),
        ({"call_tracking_last_outcome__exact": "no_answer"}, ["Meera Nair"]),
        ({"call_tracking_last_outcome__isnull": "True"}, ["Asha Rao"]),
        ({"position": "Designer"}, ["Meera Nair"]),
        ({"do_not_call": "yes"}, ["Ravi Das"]),
        ({"do_not_call": "no"}, ["Asha Rao", "Meera Nair", "Tara Sen"]),
        ({"has_interview": "yes"}, ["Tara Sen"]),
        ({"has_interview": "no", "do_not_call": "no"}, ["Asha Rao", "Meera Nair"]),
        ({"created_at__year": "2026", "created_at__month": "3"}, ["Asha Rao", "Meera Nair", "Ravi Das", "Tara Sen"]),
        ({"created_at__year": "2025"}, []),
    ],
)
def test_list_is_narrowed(rita: Client, filters: dict[str, str], found: list[str]) -> None:
    a_candidate()
    called(a_candidate(name="Meera Nair", position="Designer"))
    called(a_candidate(name="Ravi Das"), Outcome.OPTED_OUT)
    called(a_candidate(name="Tara Sen"), Outcome.INTERVIEW_SCHEDULED)

    assert sorted(names(rita.get(LIST, filters))) == found


def test_filters_say_how_many_there_are(rita: Client) -> None:
    a_candidate()
    called(a_candidate(position="Designer"), Outcome.OPTED_OUT)

    shown = rita.get(LIST, {"_facets": "True"}).content.decode()

    assert "Do not call (1)" in shown
    assert "Designer (1)" in shown
    assert "Opted out (1)" in shown
    assert "Yes (1)" in shown
    assert "Yes (0)" in shown


@pytest.mark.parametrize("query", [{"o": "1"}, {"o": "-8"}, {"q": "asha", "o": "1"}, {"p": "99"}, {"nonsense": "1"}])
def test_odd_addresses_of_the_list_are_answered(rita: Client, query: dict[str, str]) -> None:
    a_candidate()

    assert rita.get(LIST, query, follow=True).status_code == 200


# A candidate's page


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
    before = stored(candidate).to_mongo()

    answered = rita.post(page(candidate), typed(rita.get(page(candidate)), **change))

    assert errors(answered) == {field: [message]}
    assert stored(candidate).to_mongo() == before


def test_candidate_is_changed_and_found_anew(rita: Client) -> None:
    candidate = a_candidate()
    change = {"name": "Asha Iyer", "phone": "+1 201 555 0123", "time_zone": "Europe/Paris", "language": "en-GB"}

    rita.post(page(candidate), typed(rita.get(page(candidate)), **change))

    changed = stored(candidate)
    assert (changed.name, changed.phone) == ("Asha Iyer", "+12015550123")
    assert (changed.time_zone, changed.language) == ("Europe/Paris", "en-GB")
    assert changed.updated_at > NOW
    assert names(rita.get(LIST, {"q": "iyer 201 555 0123"})) == []
    assert names(rita.get(LIST, {"q": "iyer 2015550123"})) == ["Asha Iyer"]
    assert logged() == [("Asha Iyer", "Changed Name, Phone, Time zone and Language.")]


def test_emptied_zone_is_that_of_the_phone_again(rita: Client) -> None:
    candidate = a_candidate(time_zone="Europe/Paris")

    rita.post(page(candidate), typed(rita.get(page(candidate)), time_zone=""))

    assert stored(candidate).time_zone == "Asia/Kolkata"


def test_saving_nothing_changes_nothing(rita: Client) -> None:
    candidate = called(a_candidate(tags=["senior"], notes="One\nTwo"))
    before = stored(candidate).to_mongo()

    rita.post(page(candidate), typed(rita.get(page(candidate))))

    assert stored(candidate).to_mongo() == before


def test_phone_that_was_bad_before_does_not_keep_a_name_from_being_mended(rita: Client) -> None:
    candidate = a_candidate()
    Candidate._get_collection().update_one({"_id": candidate.id}, {"$set": {"phone": "12"}})

    rita.post(page(candidate), typed(rita.get(page(candidate)), name="Asha Iyer"))

    assert (stored(candidate).name, stored(candidate).phone) == ("Asha Iyer", "12")


def test_edit_keeps_what_a_worker_changed_meanwhile(rita: Client) -> None:
    candidate = a_candidate()
    opened = rita.get(page(candidate))
    called(candidate, times=2)

    rita.post(page(candidate), typed(opened, notes="Prefers mornings"))

    tracking = stored(candidate).call_tracking
    assert stored(candidate).notes == "Prefers mornings"
    assert (tracking.total_attempts, len(tracking.call_history)) == (2, 2)


def test_candidate_deleted_while_the_form_is_open_is_not_brought_back(rita: Client) -> None:
    candidate = a_candidate()
    opened = rita.get(page(candidate))
    candidate.delete()

    answered = rita.post(page(candidate), typed(opened, name="Asha Iyer"), follow=True)

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

    rita.post(page(candidate), typed(rita.get(page(candidate))) | forged)

    assert stored(candidate).call_tracking == candidate.call_tracking


def test_history_shows_each_call_with_the_way_to_it(rita: Client) -> None:
    candidate = called(a_candidate(), Outcome.BUSY, times=2)

    shown = rita.get(page(candidate)).content.decode()

    assert shown.count("Busy") >= 2
    for attempt in candidate.call_tracking.call_history:
        assert f"/admin/calls/conversationsession/{attempt.session_id}/change/" in shown


def test_history_leads_nowhere_for_who_may_not_see_calls(viewer: Client) -> None:
    candidate = called(a_candidate(), Outcome.BUSY)

    shown = viewer.get(page(candidate)).content.decode()

    assert "Busy" in shown
    assert "conversationsession" not in shown


def test_candidate_with_an_interview_is_not_deleted(rita: Client) -> None:
    candidate = a_candidate()
    an_interview(candidate, a_slot())

    shown = rita.get(page(candidate, "delete"))
    rita.post(page(candidate, "delete"), {"post": "yes"})

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

    shown = rita.get(page(candidate)).content.decode()

    assert offer.label in shown
    assert page(candidate, "history") in shown
    assert offer.label not in rita.get(f"{LIST}add/").content.decode()


def test_what_others_offer_is_not_shown_to_who_may_not(viewer: Client, offer: PageLink) -> None:
    assert offer.label not in viewer.get(page(a_candidate())).content.decode()


# Actions on many


def test_calls_are_queued_and_who_may_not_be_called_is_told(rita: Client) -> None:
    waiting, opted_out = a_candidate(name="Meera Nair"), called(a_candidate(), Outcome.OPTED_OUT)

    answered = run(rita, "call_now", waiting, opted_out)

    assert stored(waiting).call_tracking.next_attempt_at is not None
    assert stored(opted_out).call_tracking.next_attempt_at is None
    assert messages(answered) == [
        "1 candidate queued: we call as soon as it is a decent hour where they live.",
        "1 candidate left as before: the candidate asked not to be called (1).",
    ]
    assert logged() == [("Meera Nair", "Queued a call.")]


def test_tag_is_asked_for_and_added(rita: Client) -> None:
    candidate, other = a_candidate(tags=["senior"]), a_candidate(tags=["urgent"])

    asked = run(rita, "add_tag", candidate, other)
    answered = answer(rita, asked, tag="urgent")

    assert "For 2 candidates." in asked.content.decode()
    assert (stored(candidate).tags, stored(other).tags) == (["senior", "urgent"], ["urgent"])
    assert messages(answered) == [
        "1 candidate tagged “urgent”.",
        "1 candidate left as before: has the tag already (1).",
    ]
    assert logged() == [("Asha Rao", "Added the tag “urgent”.")]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("", "This field is required."),
        ("a, b", "One tag at a time, without commas or semicolons."),
        ("x" * 51, "Must have from 1 to 50 characters; this has 51."),
    ],
)
def test_unfit_tag_is_asked_for_again(rita: Client, tag: str, message: str) -> None:
    candidate = a_candidate()

    answered = answer(rita, run(rita, "add_tag", candidate), tag=tag)

    assert answered.context["form"].errors == {"tag": [message]}
    assert stored(candidate).tags == []


def test_who_is_marked_will_not_be_called(rita: Client) -> None:
    candidate = a_candidate()

    answered = run(rita, "do_not_call", candidate)

    assert stored(candidate).call_tracking.status == TrackingStatus.DO_NOT_CALL
    assert messages(answered) == ["1 candidate will not be called again."]
    assert logged() == [("Asha Rao", "Marked as not to be called.")]


def test_attempts_are_reset_for_a_reason_that_is_logged(rita: Client) -> None:
    candidate = called(a_candidate(), times=3)

    asked = run(rita, "reset_attempts", candidate)
    without = answer(rita, asked, reason=" ")
    answered = answer(rita, without, reason="She wrote that the phone was broken.")

    assert without.context["form"].errors == {"reason": ["This field is required."]}
    assert stored(candidate).call_tracking.total_attempts == 0
    assert messages(answered) == ["1 candidate given all attempts again."]
    assert logged() == [("Asha Rao", "Reset the attempts: She wrote that the phone was broken.")]


def test_action_on_all_that_the_list_is_narrowed_to_keeps_to_them(rita: Client) -> None:
    first, second = a_candidate(position="Designer"), a_candidate(position="Designer")
    other = a_candidate()
    across = {"select_across": "1", "query": "?position=Designer"}

    asked = run(rita, "add_tag", first, **across)
    rita.post(LIST + across["query"], typed(asked, tag="urgent"))

    assert [stored(each).tags for each in (first, second, other)] == [["urgent"], ["urgent"], []]


def test_more_than_can_be_changed_at_once_are_refused(rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("candidates.actions.MOST_AT_ONCE", 1)
    first, second = a_candidate(), a_candidate()

    answered = run(rita, "do_not_call", first, second)

    assert MOST_AT_ONCE > 1
    assert messages(answered) == ["These are more than 1, which is too many at once: choose fewer by the filters."]
    assert stored(first).call_tracking.status == TrackingStatus.ACTIVE


def test_candidate_deleted_meanwhile_is_passed_over(rita: Client) -> None:
    answered = run(rita, "do_not_call", Candidate(id=ObjectId(NOBODY)))

    assert messages(answered) == []
    assert logged() == []


# Permissions


def test_viewer_sees_and_is_shown_nothing_that_would_be_refused(viewer: Client) -> None:
    candidate = a_candidate()

    listed, opened = viewer.get(LIST), viewer.get(page(candidate))

    assert dict(listed.context["cl"].model_admin.get_actions(listed.wsgi_request)).keys() == {"export_chosen"}
    assert IMPORT not in listed.content.decode()
    assert f"{LIST}add/" not in listed.content.decode()
    assert EXPORT in listed.content.decode()
    assert "Asha Rao" in opened.content.decode()
    assert "_save" not in opened.content.decode()
    assert "en-In" not in opened.content.decode()


@pytest.mark.parametrize("address", [IMPORT, f"{IMPORT}{NOBODY}/", f"{LIST}add/"])
def test_viewer_is_refused(viewer: Client, address: str) -> None:
    assert viewer.get(address).status_code == 403


@pytest.mark.parametrize("action", ["call_now", "add_tag", "do_not_call", "reset_attempts"])
def test_viewers_forged_action_does_nothing(viewer: Client, action: str) -> None:
    candidate = called(a_candidate(), times=2)
    before = stored(candidate).to_mongo()

    run(viewer, action, candidate, answered="yes", tag="urgent", reason="Why not")

    assert stored(candidate).to_mongo() == before


@pytest.mark.parametrize(
    ("permissions", "actions"),
    [
        (["view", "change"], {"add_tag", "do_not_call", "export_chosen"}),
        (["view", "start_call"], {"call_now", "export_chosen"}),
        (["view", "reset_attempts"], {"reset_attempts", "export_chosen"}),
        (["view", "delete"], {"delete_selected", "export_chosen"}),
    ],
)
def test_each_action_has_its_permission(
    database: Database, db: None, permissions: list[str], actions: set[str]
) -> None:
    listed = a_browser(*permissions).get(LIST)

    assert dict(listed.context["cl"].model_admin.get_actions(listed.wsgi_request)).keys() == actions


def test_who_may_not_see_candidates_may_not_export_them(database: Database, db: None) -> None:
    assert a_browser("import_candidates").get(EXPORT).status_code == 403


# Export


def test_all_are_exported(rita: Client) -> None:
    a_candidate(phone="+919876543210", tags=["senior", "urgent"], notes="One\nTwo")
    a_candidate(name="Meera Nair")

    answered = rita.get(EXPORT)
    rows = exported(answered)

    assert answered.streaming
    assert [row["name"] for row in rows] == ["Meera Nair", "Asha Rao"]
    assert rows[1] == {
        "name": "Asha Rao",
        "phone": "'+919876543210",
        "email": "asha@example.com",
        "position": "Backend Engineer",
        "company": "Acme",
        "time_zone": "Asia/Kolkata",
        "language": "en-IN",
        "tags": "senior; urgent",
        "notes": "One\nTwo",
    }
    assert logged()[0][1] == "Exported candidates: unfiltered."


def test_those_that_the_list_is_narrowed_to_are_exported(rita: Client) -> None:
    a_candidate(position="Designer")
    a_candidate(name="Meera Nair")
    narrowed = "?position=Designer&q=asha"

    button = rita.get(LIST + narrowed).context["export_url"]
    rows = exported(rita.get(button))

    assert button == f"{EXPORT}{narrowed}"
    assert [row["name"] for row in rows] == ["Asha Rao"]


def test_those_chosen_are_exported(rita: Client) -> None:
    candidate = a_candidate()
    a_candidate(name="Meera Nair")

    assert [row["name"] for row in exported(run(rita, "export_chosen", candidate))] == ["Asha Rao"]


def test_export_by_a_bad_filter_leads_back_to_the_list(rita: Client) -> None:
    assert rita.get(EXPORT, {"created_at__year": "zz"}).headers["Location"] == LIST


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "'=1", "＝1", "'tis"])
def test_no_cell_is_a_formula_and_importing_brings_the_text_back(rita: Client, text: str) -> None:
    candidate = a_candidate(name=text, company=text)

    file = rita.get(EXPORT).getvalue().decode("utf-8-sig")
    (row,) = read_rows(io.StringIO(file, newline=""), now=NOW)

    assert exported(rita.get(EXPORT))[0]["name"][0] == "'"
    assert (row.candidate.name, row.candidate.company) == (text, text)
    assert row.candidate.phone == candidate.phone


# Import


def test_file_is_looked_through_before_anything_is_imported(rita: Client) -> None:
    text = HEADER + MEERA + "Ravi Das,12345,ravi@example.com\n"

    shown = upload(rita, text)

    assert "1 row can be imported, 1 cannot." in shown.content.decode()
    assert "Meera Nair" in shown.content.decode()
    assert shown.context["errors"]["rows"][0][0] == 3
    assert "country code" in shown.context["errors"]["rows"][0][1]
    assert Candidate.objects.count() == 0


def test_confirmed_file_is_imported_once(rita: Client) -> None:
    a_candidate(phone="+919876543210")
    shown = upload(rita, HEADER + MEERA + "Asha Rao,+919876543210,asha@example.com\nRavi Das,12,ravi@example.com\n")
    address = shown.request["PATH_INFO"]

    answered = rita.post(address, follow=True)
    again = rita.post(address, follow=True)

    assert sorted(candidate.name for candidate in Candidate.objects) == ["Asha Rao", "Meera Nair"]
    assert messages(answered) == ["1 added, 1 already there, 1 left out."]
    assert messages(again) == ["That file is no longer here. Choose it again."]
    assert logged() == [("people.csv", "Imported: 1 added, 1 already there, 1 left out.")]
    assert ImportFile.objects.count() == 0


def test_no_more_errors_are_shown_than_anybody_reads(rita: Client) -> None:
    shown = upload(rita, HEADER + "Ravi Das,12,ravi@example.com\n" * (MOST_ERRORS + 1))

    assert "These are the first 100." in shown.content.decode()
    assert len(shown.context["errors"]["rows"]) == MOST_ERRORS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,phone\nAsha Rao,+919876543210\n", "missing: email."),
        (b"\xff\xfe\x00\x01" * 9, "The file is not in UTF-8: save it so."),
        (b'name,phone,email\n"Asha', "unexpected end of data."),
    ],
)
def test_unreadable_file_is_told_and_cannot_be_imported(rita: Client, content: bytes, message: str) -> None:
    shown = upload(rita, content)

    assert shown.context["preview"].unreadable.endswith(message)
    assert 'type="submit"' not in shown.content.decode().partition('id="import_form"')[2].partition("</form>")[0]


def test_unreadable_file_that_is_imported_all_the_same_is_refused(rita: Client) -> None:
    shown = upload(rita, "name\nAsha Rao\n")

    answered = rita.post(shown.request["PATH_INFO"], follow=True)

    assert "missing: phone, email" in messages(answered)[0]
    assert logged() == []


def test_file_without_a_byte_order_mark_or_with_one_is_read(rita: Client) -> None:
    assert upload(rita, "\ufeff" + HEADER + MEERA).context["preview"].good == 1


def test_too_large_a_file_is_refused(rita: Client) -> None:
    answered = upload(rita, b"x" * (LARGEST_FILE + 1))

    assert "larger than 5 MB" in answered.context["form"].errors["file"][0]
    assert ImportFile.objects.count() == 0


@pytest.mark.parametrize("file", [{}, {"file": ""}])
def test_file_must_be_chosen(rita: Client, file: dict[str, str]) -> None:
    assert rita.post(IMPORT, file | {"x": "y"}).context["form"].errors == {"file": ["This field is required."]}


def test_file_of_somebody_else_is_not_there(rita: Client) -> None:
    address = upload(rita, HEADER + MEERA).request["PATH_INFO"]

    answered = a_browser("view", "import_candidates").post(address, follow=True)

    assert messages(answered) == ["That file is no longer here. Choose it again."]
    assert ImportFile.objects.count() == 1


@pytest.mark.parametrize("key", ["zz", NOBODY])
def test_file_that_is_not_there_leads_back(rita: Client, key: str) -> None:
    assert rita.get(f"{IMPORT}{key}/").headers["Location"] == IMPORT


def test_who_may_import_need_not_change(database: Database, db: None) -> None:
    browser = a_browser("view", "import_candidates")

    listed = browser.get(LIST)

    assert IMPORT in listed.content.decode()
    assert upload(browser, HEADER + MEERA).status_code == 200
