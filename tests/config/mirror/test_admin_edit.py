from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from tests.config.mirror import records
from tests.config.mirror.browser import typed

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")

BOOKS = "/admin/library/book/"


def page(document, what="change"):
    return reverse(f"admin:library_{type(document).__name__.lower()}_{what}", args=[document.pk])


def errors(response):
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


def messages(response):
    return [str(message) for message in response.context["messages"]]


def test_form_shows_what_is_stored(ada):
    book = records.book(
        tags=["long", "city"], lending={"total_loans": 2}, more={"at": datetime(2024, 1, 1, tzinfo=UTC)}
    )

    form = typed(ada.get(page(book)))

    assert form["title"] == "Marcovaldo"
    assert form["lending_total_loans"] == "2"
    assert form["tags"] == "long, city"
    assert form["more"] == '{"at": {"$date": "2024-01-01T00:00:00Z"}}'
    assert form["author"] == str(book.author.pk)


def test_new_document_has_the_documents_defaults(ada):
    author = records.author()
    opened = ada.get(BOOKS + "add/")

    ada.post(BOOKS + "add/", typed(opened, title=" Palomar ", isbn="978", author=str(author.pk), tags="a, b,"))

    book = records.documents.Book.objects.get()
    assert typed(opened)["lending_max_loans"] == "3"
    assert (book.title, book.title_folded, book.tags) == ("Palomar", "palomar", ["a", "b"])
    assert (book.lending.status, book.lending.max_loans, book.author) == ("available", 3, author)
    assert records.stored(book).keys().isdisjoint({"prize", "genre", "edition"})


def test_saving_writes_only_what_was_changed(ada):
    book = records.book()
    opened = ada.get(page(book))
    records.documents.Book.objects(pk=book.pk).update(lending__total_loans=3, set__tags=["new"])

    ada.post(page(book), typed(opened, title="Palomar"))

    assert records.stored(book)["title"] == "Palomar"
    assert records.stored(book)["title_folded"] == "palomar"
    assert records.stored(book)["lending"]["total_loans"] == 3
    assert records.stored(book)["tags"] == ["new"]


def test_saving_nothing_writes_nothing(ada):
    book = records.book(more={"at": datetime(2024, 1, 1, tzinfo=UTC)}, price=1.5, lending={"loans": [records.loan()]})
    before = records.stored(book)

    answer = ada.post(page(book), typed(ada.get(page(book))))

    assert answer.status_code == 302
    assert records.stored(book) == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_change_of_what_somebody_else_changed_is_refused(ada):
    book = records.book()
    opened = ada.get(page(book))
    records.documents.Book.objects(pk=book.pk).update(lending__total_loans=3)

    answer = ada.post(page(book), typed(opened, lending_total_loans="1", title="Palomar"))

    assert list(errors(answer)) == ["lending_total_loans"]
    assert "“3” meanwhile" in errors(answer)["lending_total_loans"][0]
    assert records.stored(book)["title"] == "Marcovaldo"


def test_same_change_by_two_people_is_no_conflict(ada):
    book = records.book()
    opened = ada.get(page(book))
    records.documents.Book.objects(pk=book.pk).update(genre="novel")

    assert ada.post(page(book), typed(opened, genre="novel")).status_code == 302


def test_emptied_field_is_removed(ada):
    book = records.book(genre="novel", edition=2, summary="Of mushrooms.", tags=["a"])

    ada.post(page(book), typed(ada.get(page(book)), genre="", edition="", summary="", tags=""))

    assert records.stored(book).keys().isdisjoint({"genre", "edition", "summary", "tags"})


def test_optional_embedded_document_begins_with_its_first_value(ada):
    book = records.book()

    ada.post(page(book), typed(ada.get(page(book)), prize_title="Strega", prize_year="1947"))

    assert records.stored(book)["prize"] == {"title": "Strega", "year": 1947, "shared": False}


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": ""}, "title", "required"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"lending_max_loans": "99"}, "lending_max_loans", "less than or equal to 9"),
        ({"lending_total_loans": "8"}, "lending_total_loans", "More loans than allowed."),
        ({"tags": "short, longer than ten"}, "tags", "too long"),
        ({"prize_title": "Strega"}, "prize_year", "required"),
        ({"prize_title": "Strega", "prize_year": "1066"}, "prize_year", "greater than or equal to 1900"),
        ({"more": "{"}, "more", "valid JSON"),
        ({"title": "Untitled"}, "__all__", "needs a title of its own"),
        ({"author": ""}, "author", "required"),
        ({"author": "0" * 24}, "author", "valid choice"),
        ({"translator": "nobody"}, "translator", "not a valid id"),
        ({"isbn": "taken"}, "isbn", "already exists"),
        ({"created_at_0": "yesterday"}, "created_at", "valid date"),
    ],
)
def test_error_stands_at_its_field(ada, changes, field, message):
    records.book("Other", isbn="taken")
    book = records.book()

    answer = ada.post(page(book), typed(ada.get(page(book)), **changes))

    assert list(errors(answer)) == [field]
    assert message in errors(answer)[field][0]
    assert records.stored(book)["title"] == "Marcovaldo"


def test_new_document_with_an_error_is_shown_again_as_typed(ada):
    answer = ada.post(BOOKS + "add/", typed(ada.get(BOOKS + "add/"), title="Palomar", isbn=""))

    assert set(errors(answer)) == {"isbn", "author"}
    assert typed(answer)["title"] == "Palomar"


def test_what_must_be_unique_together_is_checked_on_the_form(ada):
    records.publisher("Einaudi", city="Torino")
    other = records.publisher("Einaudi", city="Roma")

    answer = ada.post(page(other), typed(ada.get(page(other)), city="Torino"))

    assert "already exists" in errors(answer)["__all__"][0]


def test_refusal_of_an_index_is_told_on_the_page_as_typed(real_ada):
    records.book(shelf="A1", lending={"status": "on_loan"})
    book = records.book("Palomar", shelf="A1")

    answer = real_ada.post(page(book), typed(real_ada.get(page(book)), lending_status="on_loan", summary="Typed."))

    assert "one_book_on_loan_for_a_shelf" in errors(answer)["__all__"][0]
    assert typed(answer)["summary"] == "Typed."
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("path", ["change", "delete", "history"])
@pytest.mark.parametrize("key", ["no-id", "0" * 24, "_5F"])
def test_bad_id_redirects_cleanly(ada, path, key):
    answer = ada.get(f"{BOOKS}{key}/{path}/", follow=True)

    assert answer.redirect_chain
    assert "doesn’t exist. Perhaps it was deleted?" in messages(answer)[0]


def test_document_deleted_while_its_form_is_open_is_not_brought_back(ada):
    book = records.book()
    opened = ada.get(page(book))
    book.delete()

    answer = ada.post(page(book), typed(opened, title="Palomar"), follow=True)

    assert "Perhaps it was deleted?" in messages(answer)[0]
    assert not records.documents.Book.objects


def test_document_deleted_at_the_last_moment_is_not_brought_back(ada, library, monkeypatch):
    book = records.book()
    opened = ada.get(page(book))
    save = library.Book.save

    def save_too_late(instance, **options):
        book.delete()
        save(instance, **options)

    monkeypatch.setattr(library.Book, "save", save_too_late)

    answer = ada.post(page(book), typed(opened, title="Palomar"), follow=True)

    assert messages(answer) == ["The book was deleted meanwhile."]
    assert not records.documents.Book.objects
    assert not LogEntry.objects.exists()


def test_change_at_the_last_moment_is_told_on_the_page(ada, library, monkeypatch):
    book = records.book()
    opened = ada.get(page(book))
    save = library.Book.save

    def save_too_late(instance, **options):
        records.documents.Book.objects(pk=book.pk).update(title="Theirs")
        save(instance, **options)

    monkeypatch.setattr(library.Book, "save", save_too_late)

    answer = ada.post(page(book), typed(opened, title="Mine"))

    assert set(errors(answer)) == {"title", "__all__"}
    assert records.stored(book)["title"] == "Theirs"


def test_dangling_reference_stays_as_it_is(ada):
    book = records.book(translator=records.author("Ghost"))
    ghost, author = book.translator.pk, book.author.pk
    records.documents.Author._get_collection().delete_many({})
    opened = ada.get(page(book))

    answer = ada.post(page(book), typed(opened, title="Palomar", translator=""))

    assert "What this points to is gone" in opened.content.decode()
    assert answer.status_code == 302
    assert records.stored(book)["title"] == "Palomar"
    assert (records.stored(book)["translator"], records.stored(book)["author"]) == (ghost, author)


def test_dangling_reference_can_be_repaired(ada):
    book = records.book()
    records.documents.Author._get_collection().delete_many({})
    heir = records.author("Heir")

    ada.post(page(book), typed(ada.get(page(book)), author=str(heir.pk)))

    assert records.stored(book)["author"] == heir.pk


def test_history_tells_who_changed_what(ada):
    book = records.book()

    ada.post(page(book), typed(ada.get(page(book)), title="Palomar", lending_max_loans="4"))

    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Changed Title and Lending max loans."
    assert (entry.user.username, entry.object_id, entry.get_edited_object().title) == ("ada", str(book.pk), "Palomar")
    assert "Changed Title and Lending max loans." in ada.get(page(book, "history")).content.decode()
    assert page(book) in ada.get("/admin/").content.decode()


def test_related_field_links_to_adding_and_changing(ada):
    opened = ada.get(page(records.book())).content.decode()

    assert "/admin/library/author/add/?_to_field=id" in opened
    assert "/admin/library/author/__fk__/change/?_to_field=id" in opened


def test_document_added_in_a_popup_is_handed_back(ada):
    path = "/admin/library/author/add/?_popup=1&_to_field=id"

    answer = ada.post(path, typed(ada.get(path), name="Natalia Ginzburg"))

    author = records.documents.Author.objects.get()
    assert str(author.pk) in answer.content.decode()
    assert author.name_words == ["natalia", "ginzburg"]


def test_saving_as_new(ada, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.save_as", True)
    book = records.book()

    ada.post(page(book), typed(ada.get(page(book)), isbn="other", _saveasnew="Save as new"))

    assert records.documents.Book.objects.count() == 2
    assert {each.title for each in records.documents.Book.objects} == {"Marcovaldo"}


def test_data_without_hidden_values_is_compared_with_what_is_stored(ada):
    book = records.book()
    sent = {key: value for key, value in typed(ada.get(page(book))).items() if not key.startswith("initial-")}

    ada.post(page(book), sent | {"title": "Palomar"})

    assert LogEntry.objects.get().get_change_message() == "Changed Title."
