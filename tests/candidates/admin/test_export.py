import csv
import io

import pytest
from django.http import HttpResponse
from django.test import Client

from candidates.csv.imports import read_rows
from tests.candidates.admin.candidate_pages import EXPORT, LIST, logged, run_action
from tests.factories import NOW, a_candidate


def exported(response: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


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

    assert [row["name"] for row in exported(run_action(rita, "export_chosen", candidate))] == ["Asha Rao"]


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
