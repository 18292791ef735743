import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from candidates.csv.imports import BATCH, Report, Row, UnreadableFile, import_rows, read_rows
from candidates.documents import Candidate, Outcome, TrackingStatus
from tests.candidates.races import at_once
from tests.candidates.suppression.refusals import lift, refuse, status_of
from tests.factories import NOW, a_candidate

HEADER = "name,phone,email,position,company,time_zone,language,tags,notes\n"
ASHA = 'Asha Rao,+91 98765 43210,asha@example.com,Engineer,Acme,Asia/Dubai,hi-IN,senior; urgent ;,"Two\nlines"\n'
MEERA = "Meera Nair,+919876543211,meera@example.com,,,,,,\n"
COUNTRY_CODE = "Write the phone number with its country code, such as +919876543210."


def read(text: str) -> list[Row]:
    return list(read_rows(io.StringIO(text, newline=""), now=NOW))


def imported(text: str) -> tuple[Report, list[tuple[int, str]]]:
    bad_rows: list[Row] = []
    report = import_rows(read(text), report_bad=bad_rows.append)
    return report, [(row.line, row.error) for row in bad_rows]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "candidates.csv"


# Reading


def test_a_row_becomes_a_candidate() -> None:
    (row,) = read(HEADER + ASHA)

    assert row.candidate.to_mongo().to_dict() == {
        "name": "Asha Rao",
        "phone": "+919876543210",
        "email": "asha@example.com",
        "position": "Engineer",
        "company": "Acme",
        "time_zone": "Asia/Dubai",
        "language": "hi-IN",
        "tags": ["senior", "urgent"],
        "notes": "Two\nlines",
        "search_words": ["919876543210", "9876543210", "asha", "asha@example.com", "rao"],
        "created_at": NOW,
        "updated_at": NOW,
        "call_tracking": {"total_attempts": 0, "max_attempts": 3, "status": "active", "call_history": []},
    }


def test_the_columns_may_stand_in_any_order() -> None:
    (row,) = read("email,phone,name\nasha@example.com,+919876543210,Asha Rao\n")

    assert (row.candidate.name, row.candidate.time_zone) == ("Asha Rao", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (",+919876543210,a@example.com", "name: Field is required"),
        (",,", "email: Field is required; name: Field is required; phone: Field is required"),
        (
            "Asha,9876543210,a@example.com",
            "phone: Write the phone number with its country code, such as +919876543210.",
        ),
        ("Asha,+91123,a@example.com", "phone: This phone number cannot exist; check its length and country code."),
        ("Asha,+919876543210,nowhere", "email: Invalid email address: nowhere"),
        ("Asha,+919876543210", "This line has more or fewer fields than the first."),
        ("Asha,+919876543210,a@example.com,more", "This line has more or fewer fields than the first."),
        ('"As\nha",+919876543210,a@example.com', "name: Control characters and line breaks are not allowed here."),
        ("As\x00ha,+919876543210,a@example.com", "name: Control characters and line breaks are not allowed here."),
    ],
)
def test_a_bad_row_is_reported_with_its_reason(row: str, error: str) -> None:
    (found,) = read(f"name,phone,email\n{row}\n")

    assert (found.candidate, found.error) == (None, error)


def test_a_bad_optional_field_is_reported() -> None:
    (found,) = read(HEADER + "Asha,+919876543210,a@example.com,,,Mars,en-IN,,\n")

    assert found.error == "time_zone: 'Mars' is no IANA time zone, such as Asia/Kolkata."


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("", "missing: name, phone, email"),
        ("name,phone\n", "missing: email"),
        ("name,phone,email,salary\n", "unknown: salary"),
        ("Name,phone,email\n", "missing: name; unknown: Name"),
        ("name,phone,email,email\n", "repeated: email"),
        ("name;phone;email\n", "missing: name, phone, email; unknown: name;phone;email"),
    ],
)
def test_a_file_whose_columns_are_not_known_is_not_read(header: str, complaint: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(header)

    assert str(refused.value).endswith(f"; {complaint}.")
    assert "must name the columns name, phone, email" in str(refused.value)


@pytest.mark.parametrize("broken", ['"open quote\n', '"a"b,c,d\n', "x" * 200_000 + "\n"])
def test_what_is_no_csv_is_reported_with_its_line(broken: str) -> None:
    with pytest.raises(UnreadableFile, match=r"^Line 3: "):
        read("name,phone,email\nAsha,+919876543210,a@example.com\n" + broken)


# Importing


@pytest.mark.usefixtures("database")
def test_good_rows_are_imported_and_bad_ones_reported() -> None:
    report, errors = imported(HEADER + ASHA + "Nobody,12345,no@example.com,,,,,,\n" + MEERA)

    assert report == Report(added=2, already_there=0, bad=1)
    assert errors == [(4, f"phone: {COUNTRY_CODE}")]
    assert [candidate.name for candidate in Candidate.objects.order_by("name")] == ["Asha Rao", "Meera Nair"]


@pytest.mark.usefixtures("database")
def test_a_file_of_bad_rows_adds_nobody() -> None:
    report, errors = imported(HEADER + "Nobody,12345,no@example.com,,,,,,\n")

    assert report == Report(bad=1)
    assert errors == [(2, f"phone: {COUNTRY_CODE}")]
    assert not Candidate.objects


@pytest.mark.usefixtures("database")
def test_importing_twice_adds_nothing() -> None:
    imported(HEADER + ASHA + MEERA)

    report, errors = imported(HEADER + ASHA + MEERA)

    assert (report, errors) == (Report(added=0, already_there=2, bad=0), [])
    assert Candidate.objects.count() == 2


@pytest.mark.usefixtures("database")
def test_a_known_phone_keeps_its_candidate() -> None:
    candidate = a_candidate(phone="+919876543211", name="Asha Rao")

    report, _ = imported(HEADER + MEERA)

    assert report == Report(added=0, already_there=1, bad=0)
    assert Candidate.objects.get().to_mongo() == candidate.to_mongo()


@pytest.mark.usefixtures("database")
def test_a_number_that_stands_twice_in_the_file_is_reported() -> None:
    report, errors = imported(HEADER + MEERA + MEERA.replace("Meera Nair", "Nobody"))

    assert report == Report(added=1, already_there=0, bad=1)
    assert errors == [(3, "phone: the same number stands in line 2.")]
    assert Candidate.objects.get().name == "Meera Nair"


@pytest.mark.usefixtures("database")
def test_many_rows_are_imported_in_batches_and_progress_is_shown() -> None:
    rows = [f"Asha,+9198{number:08d},a@example.com\n" for number in range(BATCH + 1)]
    shown: list[int] = []

    report = import_rows(
        read("name,phone,email\n" + "".join(rows)),
        report_bad=lambda row: None,
        progress=lambda report: shown.append(report.added),
    )

    assert shown == [BATCH, BATCH + 1]
    assert report.added == Candidate.objects.count() == BATCH + 1


@pytest.mark.usefixtures("database")
def test_rows_whose_number_was_refused_are_added_and_never_called() -> None:
    refuse("+919876543211", outcome=Outcome.NOT_INTERESTED)

    report, errors = imported(HEADER + ASHA + MEERA)

    assert (report, errors) == (Report(added=2, suppressed=1), [])
    assert status_of("+919876543211") == TrackingStatus.NOT_INTERESTED
    assert status_of("+919876543210") == TrackingStatus.ACTIVE


@pytest.mark.usefixtures("database")
def test_a_number_taken_off_the_list_is_imported_as_any_other() -> None:
    refuse("+919876543211")
    lift("+919876543211")

    report, _ = imported(HEADER + MEERA)

    assert report == Report(added=1)
    assert status_of("+919876543211") == TrackingStatus.ACTIVE


@pytest.mark.usefixtures("database")
def test_two_imports_of_one_file_at_once_add_each_row_once() -> None:
    text = HEADER + "".join(f"Asha,+9198{number:08d},a@example.com,,,,,,\n" for number in range(200))

    reports = at_once(lambda: imported(text)[0], lambda: imported(text)[0])

    assert sum(report.added for report in reports) == Candidate.objects.count() == 200
    assert sum(report.already_there for report in reports) == 200


# The command


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run_command(file: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_candidates", str(file), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def command_error(file: object) -> CommandError:
    with pytest.raises(CommandError) as refused:
        run_command(file)
    return refused.value


@pytest.mark.usefixtures("database")
def test_the_command_says_what_it_did(file: Path) -> None:
    file.write_text("\ufeff" + HEADER + ASHA + MEERA)

    out, err = run_command(file)

    assert (out, err) == ("2 added, 0 already there, 0 bad.\n", "")


@pytest.mark.usefixtures("database")
def test_the_command_says_how_many_will_not_be_called(file: Path) -> None:
    refuse("+919876543210")
    refuse("+919876543211")
    file.write_text(HEADER + ASHA + MEERA)

    out, _ = run_command(file)

    suppressed = "2 numbers are on the suppression list and will not be called."
    assert out == f"2 added, 0 already there, 0 bad. {suppressed}\n"


@pytest.mark.usefixtures("database")
def test_on_a_terminal_the_command_shows_how_far_it_is(file: Path) -> None:
    file.write_text(HEADER + ASHA + MEERA)
    terminal = Terminal()

    call_command("import_candidates", str(file), stdout=io.StringIO(), stderr=terminal)

    assert "\r2 rows" in terminal.getvalue()


@pytest.mark.usefixtures("database")
def test_bad_rows_make_the_command_exit_with_1(file: Path) -> None:
    file.write_text(HEADER + MEERA + "Nobody,12345,no@example.com,,,,,,\n")
    err = io.StringIO()

    with pytest.raises(CommandError, match=r"^1 added, 0 already there, 1 bad\.$") as refused:
        call_command("import_candidates", str(file), stderr=err)

    assert refused.value.returncode == 1
    assert err.getvalue() == (f"Line 3: phone: {COUNTRY_CODE}\n")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "missing: name, phone, email"),
        ((HEADER + MEERA).encode("utf-16"), "UTF-8"),
        ((HEADER + MEERA).encode() + b"Jos\xe9,+919876543212,jose@example.com,,,,,,\n", "UTF-8"),
        ((HEADER + MEERA).encode() + b'"open quote', "Line 3"),
    ],
)
def test_a_file_that_cannot_be_read_adds_nothing_and_exits_with_2(file: Path, content: bytes, complaint: str) -> None:
    file.write_bytes(content)

    refused = command_error(file)

    assert refused.returncode == 2
    assert complaint in str(refused)
    assert not Candidate.objects


def test_a_file_that_is_not_there_exits_with_2(file: Path) -> None:
    refused = command_error(file)

    assert refused.returncode == 2
    assert "No such file or directory" in str(refused)


def test_a_directory_exits_with_2(tmp_path: Path) -> None:
    assert command_error(tmp_path).returncode == 2
