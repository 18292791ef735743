import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError

from config.mirror import embedded_rows, mirror_embedded_rows
from tests.config.mirror import records
from tests.config.mirror.browser import typed

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")


@pytest.fixture
def book(library):
    """A book that Ada and Bob have borrowed."""
    return records.book(lending={"loans": [records.loan("Ada", 1), records.loan("Bob", 2, outcome="returned")]})


ROW = {"reader": "Carl", "taken_at_0": "2024-06-01", "taken_at_1": "10:00:00", "outcome": "", "days": ""}


def page(book):
    return f"/admin/library/book/{book.pk}/change/"


def readers(book):
    return [loan["reader"] for loan in records.stored(book)["lending"].get("loans", [])]


def errors(response):
    formset = response.context["inline_admin_formsets"][0].formset
    return [error for each in formset.errors for error in each] + list(formset.non_form_errors())


def test_rows_are_shown_on_the_page_of_their_document(ada, book):
    opened = ada.get(page(book))

    assert typed(opened)["loan-0-reader"] == "Ada"
    assert typed(opened)["loan-1-outcome"] == "returned"


def test_row_is_changed(ada, book):
    opened = ada.get(page(book))
    before = records.stored(book)["lending"]["loans"]

    ada.post(page(book), typed(opened, **{"loan-1-days": "9"}))

    assert records.stored(book)["lending"]["loans"] == [before[0], before[1] | {"days": 9}]
    assert LogEntry.objects.get().get_change_message() == "Changed Days for loan “loan 2”."


def test_row_is_called_what_its_embedded_document_is_called(library, book, monkeypatch):
    monkeypatch.setattr(records.documents.Loan, "__str__", lambda self: f"by {self.reader}")

    assert [str(loan) for loan in library.Loan.objects.filter(parent=str(book.pk))] == ["by Ada", "by Bob"]
    assert str(library.Loan(reader="Carl")) == "by Carl"


def test_document_deleted_while_its_rows_are_edited_is_not_brought_back(ada, book, monkeypatch):
    opened = ada.get(page(book))
    validate = embedded_rows.EmbeddedRowFormSet.validate_unique

    def validate_too_late(formset):
        book.delete()
        validate(formset)

    monkeypatch.setattr(embedded_rows.EmbeddedRowFormSet, "validate_unique", validate_too_late)

    answer = ada.post(page(book), typed(opened, **{"loan-0-days": "9"}))

    assert errors(answer) == ["Somebody else changed this list meanwhile. Open the page again to change it."]
    assert not records.documents.Book.objects


def test_row_is_added(ada, book):
    opened = ada.get(page(book))
    row = {f"loan-2-{name}": value for name, value in ROW.items()}

    ada.post(page(book), typed(opened, **row, **{"loan-TOTAL_FORMS": "3"}))

    assert readers(book) == ["Ada", "Bob", "Carl"]
    assert records.stored(book)["lending"]["loans"][2].keys() == {"reader", "taken_at"}


def test_row_is_removed(ada, book):
    opened = ada.get(page(book))

    ada.post(page(book), typed(opened, **{"loan-0-DELETE": "on", "loan-1-days": "9"}))

    assert readers(book) == ["Bob"]
    assert records.stored(book)["lending"]["loans"][0]["days"] == 9


def test_rows_come_with_a_new_document(ada, library):
    author = records.author()
    path = "/admin/library/book/add/"
    row = {f"loan-0-{name}": value for name, value in ROW.items()} | {"loan-TOTAL_FORMS": "1"}

    ada.post(path, typed(ada.get(path), title="Palomar", isbn="978", author=str(author.pk), **row))

    assert readers(records.documents.Book.objects.get()) == ["Carl"]


def test_error_stands_in_its_row(ada, book):
    opened = ada.get(page(book))

    answer = ada.post(page(book), typed(opened, **{"loan-0-days": "-1", "loan-1-reader": ""}))

    formset = answer.context["inline_admin_formsets"][0].formset
    assert [list(each) for each in formset.errors] == [["days"], ["reader"]]
    assert readers(book) == ["Ada", "Bob"]


def test_document_may_refuse_its_rows(ada, book):
    opened = ada.get(page(book))
    rows = {f"loan-{number}-{name}": value for number in (2, 3) for name, value in ROW.items()}

    too_many = ada.post(page(book), typed(opened, **rows, **{"loan-TOTAL_FORMS": "4"}))
    lost = ada.post(page(book), typed(opened, title="New", **{"loan-0-outcome": "lost"}))
    allowed = ada.post(page(book), typed(opened, in_print=None, **{"loan-0-outcome": "lost"}))

    assert errors(too_many) == ["List is too long"]
    assert errors(lost) == ["A book in print cannot be lost."]
    assert allowed.status_code == 302
    assert records.stored(book)["title"] == "Marcovaldo"
    assert records.stored(book)["lending"]["loans"][0]["outcome"] == "lost"


def test_new_document_is_not_stored_without_its_rows(ada, library):
    path = "/admin/library/book/add/"
    author = records.author()
    row = {f"loan-0-{name}": value for name, value in (ROW | {"outcome": "lost"}).items()} | {"loan-TOTAL_FORMS": "1"}

    answer = ada.post(path, typed(ada.get(path), title="Palomar", isbn="978", author=str(author.pk), **row))

    assert errors(answer) == ["A book in print cannot be lost."]
    assert not records.documents.Book.objects


def test_row_that_a_worker_added_meanwhile_stays(ada, book):
    opened = ada.get(page(book))
    records.documents.Book.objects(pk=book.pk).update(push__lending__loans=records.loan("Worker"))

    ada.post(page(book), typed(opened, **{"loan-0-days": "9"}))

    assert readers(book) == ["Ada", "Bob", "Worker"]
    assert records.stored(book)["lending"]["loans"][0]["days"] == 9


@pytest.mark.parametrize(
    "meanwhile",
    [{"pop__lending__loans": -1}, {"set__lending__loans__0__days": 5}, {"unset__lending__loans": 1}],
    ids=["removed", "changed", "emptied"],
)
def test_rows_that_are_no_longer_what_the_page_showed_are_refused(ada, book, meanwhile):
    opened = ada.get(page(book))
    records.documents.Book.objects(pk=book.pk).update(**meanwhile)
    before = records.stored(book)

    answer = ada.post(page(book), typed(opened, **{"loan-0-days": "9"}))

    assert "Somebody else changed this list meanwhile." in str(errors(answer))
    assert records.stored(book) == before


def test_rows_changed_at_the_last_moment_are_refused(ada, book, monkeypatch):
    opened = ada.get(page(book))
    write = embedded_rows.write_rows

    def write_too_late(*args):
        records.documents.Book.objects(pk=book.pk).update(pop__lending__loans=-1)
        write(*args)

    monkeypatch.setattr(embedded_rows, "write_rows", write_too_late)

    answer = ada.post(page(book), typed(opened, **{"loan-0-days": "9"}))

    assert answer.status_code == 200
    assert readers(book) == ["Bob"]
    assert not LogEntry.objects.exists()


def test_who_may_only_view_the_document_may_only_view_its_rows(client, book):
    client.force_login(records.person("carl", "view_book"))

    shown = client.get(page(book))

    assert "Ada" in shown.content.decode()
    assert "loan-0-reader" not in typed(shown)


def test_rows_that_are_not_editable_are_shown_and_kept(ada, book, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.LoanInline.editable", False)
    opened = ada.get(page(book))
    before = records.stored(book)["lending"]

    answer = ada.post(page(book), typed(opened, title="Palomar"))

    assert answer.status_code == 302
    assert "Bob" in opened.content.decode()
    assert "loan-0-reader" not in typed(opened)
    assert records.stored(book)["lending"] == before


def test_rows_are_found_by_their_document_or_key_alone(library, book):
    loans = library.Loan.objects.filter(parent=str(book.pk))

    assert [loan.reader for loan in loans] == ["Ada", "Bob"]
    assert (loans.count(), loans.exists(), len(list(loans.iterator()))) == (2, True, 2)
    assert library.Loan.objects.get(pk=loans[1].pk).reader == "Bob"
    assert list(library.Loan.objects.none()) == []
    assert list(library.Loan.objects.filter(parent="0" * 24)) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda rows: list(rows.all()),
        lambda rows: list(rows.filter(reader="Ada")),
        lambda rows: list(rows.exclude(parent="0" * 24)),
        lambda rows: list(rows.filter(parent="0" * 24).order_by("reader")),
        lambda rows: rows.filter(parent="0" * 24).update(days=1),
        lambda rows: rows.filter(parent="0" * 24).delete(),
        lambda rows: rows.model(reader="Ada").save(),
    ],
)
def test_other_uses_of_rows_are_refused(library, ask):
    with pytest.raises(NotSupportedError, match="Use "):
        ask(library.Loan.objects)


def test_rows_are_of_a_list_of_embedded_documents(library):
    with pytest.raises(ImproperlyConfigured, match="no list of embedded documents"):
        mirror_embedded_rows(library.Book, "tags", __name__)
