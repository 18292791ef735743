import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pymongo.database import Database

from candidates.admin.csv_pages import MAX_SHOWN_ERRORS
from candidates.admin.forms import MAX_FILE_BYTES
from candidates.csv.documents import ImportFile
from candidates.documents import Candidate, TrackingStatus
from tests.candidates.admin.candidate_pages import IMPORT, LIST, a_browser, logged, messages
from tests.candidates.suppression.refusals import refuse, status_of
from tests.factories import NOBODY, a_candidate

MEERA = "Meera Nair,+919876543211,meera@example.com\n"
HEADER = "name,phone,email\n"


def upload(browser: Client, text: str | bytes, name: str = "people.csv") -> HttpResponse:
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(IMPORT, {"file": SimpleUploadedFile(name, content, "text/csv")}, follow=True)


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


def test_numbers_not_to_be_called_are_reported_before_and_after(rita: Client) -> None:
    refuse("+919876543211")
    shown = upload(rita, HEADER + MEERA + "Asha Rao,+919876543210,asha@example.com\n")

    answered = rita.post(shown.request["PATH_INFO"], follow=True)

    suppressed = " 1 number is on the suppression list and will not be called."
    assert f"passed over.{suppressed}" in shown.content.decode()
    assert messages(answered) == [f"2 added, 0 already there, 0 left out.{suppressed}"]
    assert status_of("+919876543211") == TrackingStatus.DO_NOT_CALL
    assert status_of("+919876543210") == TrackingStatus.ACTIVE


def test_no_more_errors_are_shown_than_anybody_reads(rita: Client) -> None:
    shown = upload(rita, HEADER + "Ravi Das,12,ravi@example.com\n" * (MAX_SHOWN_ERRORS + 1))

    assert "These are the first 100." in shown.content.decode()
    assert len(shown.context["errors"]["rows"]) == MAX_SHOWN_ERRORS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,phone\nAsha Rao,+919876543210\n", "missing: email."),
        (b"\xff\xfe\x00\x01" * 9, "The file is not in UTF-8: save it so."),
        (b'name,phone,email\n"Asha', "unexpected end of data."),
    ],
)
def test_unreadable_file_is_reported_and_cannot_be_imported(rita: Client, content: bytes, message: str) -> None:
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
    answered = upload(rita, b"x" * (MAX_FILE_BYTES + 1))

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
