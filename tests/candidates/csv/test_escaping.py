"""What is exported comes back as it was, and is no formula wherever a spreadsheet may find the cells."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mongoengine import ValidationError

from candidates.csv.escaping import escaped, join_tags, split_tags, unescaped
from candidates.csv.exports import COLUMNS, csv_lines
from candidates.csv.imports import read_rows
from candidates.documents import Candidate
from tests.factories import ASHA, NOW

FORMULAS = "=+-@＝＋－＠﹦﹢﹣﹫"
SPLIT_ON = re.compile(r"[,;|\t\r\n]")
odd = st.one_of(
    st.sampled_from(["=1+1", "'=1", "''+44", "a;=1", 'a;"=1"', "a,\t =1", "x|@sum", "-", "' =1", "\\;-", "'tis", "\\"]),
    st.text(st.sampled_from([*FORMULAS, *",;|'\" \\a1\xa0\u3000"]), min_size=1, max_size=12),
    st.text(min_size=1, max_size=30),
)
lines_of_notes = st.lists(odd, max_size=3).map("\n".join)


def exported(candidate: Candidate) -> str:
    """Return the file that holds the candidate alone."""
    return "".join(csv_lines([candidate])).removeprefix("\ufeff")


def valid(**fields: Any) -> Candidate:
    """Return the candidate; fields that make none are passed over."""
    candidate = Candidate(**ASHA | fields)
    try:
        candidate.validate(clean=True)
    except ValidationError:
        assume(False)
    return candidate


@given(st.text())
@example("'=1")
@example("a; '=1;\t''+2")
def test_a_guarded_text_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@given(st.text(st.sampled_from([*FORMULAS, *",;|'\" \\a1\t\r\n\xa0\u3000"])))
def test_a_guarded_text_of_little_else_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@given(st.lists(odd.map(str.strip).filter(bool)))
@example(["a;b", "\\", "c\\;"])
def test_tags_come_back(tags: list[str]) -> None:
    assume(all("\0" not in tag for tag in tags))

    assert split_tags(join_tags(tags)) == tags


@given(name=odd, company=odd, position=odd, notes=lines_of_notes, tags=st.lists(odd.map(str.strip), max_size=3))
@example(name="=1", company="a;=1", position="'+44", notes="-1\n=2\n'=3", tags=["=a", "b;c", "-"])
def test_an_exported_candidate_is_imported_as_they_were(**fields: Any) -> None:
    assume(all(fields["tags"]))
    candidate = valid(**fields)

    (row,) = read_rows(io.StringIO(exported(candidate), newline=""), now=NOW)

    assert row.error == ""
    assert {name: getattr(row.candidate, name) or "" for name in COLUMNS} == {
        name: getattr(candidate, name) or "" for name in COLUMNS
    }


@given(name=odd, company=odd, position=odd, notes=lines_of_notes, tags=st.lists(odd.map(str.strip), max_size=3))
@example(name="=1", company="a;=1", position='b;"=1"', notes="-1\n\t=2\n ＝3", tags=["=a", "b;-c"])
@example(name="a", company='"', position=";=1", notes="|@sum", tags=[])
def test_whatever_a_spreadsheet_splits_on_it_finds_no_formula(**fields: Any) -> None:
    file = exported(valid(**fields))

    cells = [cell.strip().lstrip('"').strip().lstrip('"').strip() for cell in SPLIT_ON.split(file)]

    assert [cell for cell in cells if cell and cell[0] in FORMULAS] == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_of_any_reader_is_a_formula(delimiter: str) -> None:
    text = "x;=1,=2\t=3|=4"
    file = exported(valid(name="=0", company=text.replace("\t", " "), position='";=1', notes=f"{text}\n=5\n ＝6"))

    rows = csv.reader(io.StringIO(file, newline=""), delimiter=delimiter)

    assert [cell for row in rows for cell in row if cell.strip(' "')[:1] in set(FORMULAS)] == []
