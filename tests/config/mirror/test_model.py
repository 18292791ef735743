from itertools import count

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from mongoengine import DoesNotExist

from config.mirror import ChangedMeanwhile, DocumentGone, writes
from tests.config.mirror import records


def test_new_instance_becomes_a_document(library):
    author = records.author()
    book = library.Book(title=" Palomar ", isbn="978", author_id=str(author.pk), tags=["a"])

    book.save()

    kept = records.documents.Book.objects.get()
    assert book.pk == str(kept.pk)
    assert (kept.title, kept.author, kept.lending.status, kept.prize) == ("Palomar", author, "available", None)
    assert book.title_folded == "palomar"


def test_saving_writes_the_changed_fields_alone(library):
    kept = records.book()
    book = library.Book.objects.get()
    records.documents.Book.objects.update(lending__total_loans=3, genre="novel")

    book.title = "Palomar"
    book.save()

    assert records.stored(kept)["lending"]["total_loans"] == 3
    assert records.stored(kept)["genre"] == "novel"
    assert book.genre == "novel"


def test_saving_named_fields_leaves_the_others_unsaved(library):
    kept = records.book()
    book = library.Book.objects.get()

    book.title, book.genre = "Palomar", "novel"
    book.save(update_fields=["genre"])

    assert records.stored(kept)["title"] == "Marcovaldo"
    assert records.stored(kept)["genre"] == "novel"
    assert book.title == "Palomar"
    book.save()
    assert records.stored(kept)["title"] == "Palomar"


def test_change_inside_a_list_is_a_change(library):
    kept = records.book(tags=["a"], more={"x": [1]})
    book = library.Book.objects.get()

    book.tags.append("b")
    book.more["x"].append(2)
    book.save()

    assert (records.stored(kept)["tags"], records.stored(kept)["more"]) == (["a", "b"], {"x": [1, 2]})


def test_document_deleted_meanwhile_is_not_brought_back(library):
    kept = records.book()
    book = library.Book.objects.get()
    kept.delete()

    book.title = "Palomar"
    with pytest.raises(DocumentGone, match="The book was deleted meanwhile"):
        book.save()
    with pytest.raises(ValidationError, match="deleted meanwhile"):
        book.full_clean()

    assert not records.documents.Book.objects


def test_value_changed_meanwhile_is_not_overwritten(library):
    kept = records.book()
    book = library.Book.objects.get()
    records.documents.Book.objects.update(lending__total_loans=3)

    book.lending_total_loans = 1
    with pytest.raises(ChangedMeanwhile, match="lending total loans"):
        book.save()

    assert records.stored(kept)["lending"]["total_loans"] == 3


def test_value_removed_meanwhile_is_not_put_back(library):
    kept = records.book(genre="novel")
    book = library.Book.objects.get()
    records.documents.Book.objects.update(unset__genre=1)

    book.genre = "essay"
    with pytest.raises(ChangedMeanwhile):
        book.save()

    assert "genre" not in records.stored(kept)


def test_write_that_comes_between_reading_and_writing_is_seen(library, monkeypatch):
    kept = records.book()
    book = library.Book.objects.get()
    clean = records.documents.Book.clean
    meanwhile = iter([lambda: records.documents.Book._get_collection().update_one({}, {"$set": {"title": "Theirs"}})])

    def clean_slowly(document):
        clean(document)
        next(meanwhile, lambda: None)()

    monkeypatch.setattr(records.documents.Book, "clean", clean_slowly)
    book.title = "Mine"
    with pytest.raises(ChangedMeanwhile):
        book.save()

    assert records.stored(kept)["title"] == "Theirs"


def test_write_elsewhere_that_comes_between_does_not_matter(library, monkeypatch):
    kept = records.book()
    book = library.Book.objects.get()
    clean = records.documents.Book.clean
    meanwhile = iter([{"lending.total_loans": 1}, {"title_folded": "nonsense"}])

    def clean_slowly(document):
        clean(document)
        if change := next(meanwhile, None):
            records.documents.Book._get_collection().update_one({}, {"$set": change})

    monkeypatch.setattr(records.documents.Book, "clean", clean_slowly)
    book.title = "Mine"
    book.save()

    stored = records.stored(kept)
    assert (stored["title"], stored["title_folded"], stored["lending"]["total_loans"]) == ("Mine", "mine", 1)


def test_document_that_never_rests_is_given_up(library, monkeypatch):
    records.book()
    book = library.Book.objects.get()
    clean, numbers = records.documents.Book.clean, count()

    def clean_slowly(document):
        clean(document)
        records.documents.Book._get_collection().update_one({}, {"$set": {"title_folded": f"restless {next(numbers)}"}})

    monkeypatch.setattr(records.documents.Book, "clean", clean_slowly)
    book.title = "Mine"
    with pytest.raises(ChangedMeanwhile, match="Try again"):
        book.save()


def test_duplicate_is_an_integrity_error(library):
    records.book(isbn="978")
    other = records.book(isbn="979")
    book = library.Book.objects.get(pk=str(other.pk))

    book.isbn = "978"
    with pytest.raises(IntegrityError, match="must be unique"):
        book.save()
    with pytest.raises(IntegrityError, match="must be unique"):
        library.Book.objects.create(title="x", isbn="978", author_id=book.author_id)
    with pytest.raises(IntegrityError, match="must be unique"):
        library.Book.objects.filter(pk=book.pk).update(isbn="978")


def test_invalid_document_is_not_saved(library):
    records.book()
    book = library.Book.objects.get()

    book.lending_total_loans = 8
    with pytest.raises(ValidationError) as refusal:
        book.save()

    assert refusal.value.message_dict == {"lending_total_loans": ["More loans than allowed."]}


def test_new_document_must_be_complete(library):
    with pytest.raises(ValidationError) as refusal:
        library.Book(title="x").full_clean(exclude={"isbn", "author"})

    assert refusal.value.messages == ["ISBN: Field is required", "Author: Field is required"]


def test_what_was_wrong_before_is_not_held_against_another_change(library):
    kept = records.book()
    records.documents.Book._get_collection().update_one({}, {"$set": {"genre": "unheard-of"}})
    book = library.Book.objects.get()

    book.title = "Palomar"
    book.full_clean(exclude={"genre"})
    book.save()

    assert records.stored(kept)["title"] == "Palomar"


def test_errors_in_rows_name_the_row(library):
    kept = records.book(lending={"loans": [records.loan(), records.loan()]})
    kept.lending.loans[1].days = -1

    errors = writes.errors_of(library.Book, kept)

    assert errors == {"lending_loans": ["row 2, days: Integer value is too small"]}


def test_list_can_be_emptied(library):
    kept = records.book(lending={"loans": [records.loan()]})
    book = library.Book.objects.get()

    book.lending_loans = []
    book.save()

    assert "loans" not in records.stored(kept)["lending"]


def test_naive_connection_gives_aware_times(library):
    records.book()
    raw = records.documents.Book._get_collection().find_one()

    moment = library.Book.mirrored.field_paths["created_at"].read(
        {"created_at": raw["created_at"].replace(tzinfo=None)}
    )

    assert moment == raw["created_at"]


def test_mirrors_are_serialized(library):
    book = records.book(tags=["a", "b"], more={"x": 1}, lending={"loans": [records.loan()]})

    (written,) = serializers.serialize("python", library.Book.objects.all())

    assert written["pk"] == str(book.pk)
    assert written["fields"]["tags"] == "a, b"
    assert '"more": {"x": 1}' in serializers.serialize("json", library.Book.objects.all())


def test_nothing_stands_where_an_embedded_document_is_null(library):
    kept = records.book()
    records.documents.Book._get_collection().update_one({}, {"$set": {"prize": None}})
    book = library.Book.objects.get()

    book.prize_title, book.prize_year = "Strega", 1947
    book.save()

    assert records.stored(kept)["prize"] == {"title": "Strega", "year": 1947, "shared": False}


@pytest.mark.parametrize("lending", [{"$set": {"lending": None}}, {"$unset": {"lending": 1}}], ids=["null", "missing"])
def test_whole_embedded_document_is_written_where_there_was_none(library, lending):
    kept = records.book(lending={"last_loan_at": records.at(2024, 1, 1)})
    records.documents.Book._get_collection().update_one({}, lending)
    book = library.Book.objects.get()

    book.lending_total_loans = 2
    book.save()

    assert records.stored(kept)["lending"] == {"total_loans": 2, "max_loans": 3, "status": "available", "loans": []}


def test_refreshing_reads_again(library):
    records.book()
    book = library.Book.objects.get()
    records.documents.Book.objects.update(title="Palomar", genre="novel")

    book.refresh_from_db(fields=["title"])

    assert (book.title, book.genre) == ("Palomar", None)
    book.refresh_from_db()
    assert book.genre == "novel"
    book.title = "Again"
    book.save()


def test_document_is_at_hand(library):
    kept = records.book()
    book = library.Book.objects.get()

    assert book.document == kept
    assert library.Book.from_document(kept) == book
    assert library.Book.from_document(kept).lending_status == "available"
    kept.delete()
    with pytest.raises(DocumentGone):
        _ = book.document


def test_instance_is_called_what_its_document_is_called(library, monkeypatch):
    records.book()
    book = library.Book.objects.get()

    assert str(book) == "Marcovaldo"
    monkeypatch.setattr(records.documents.Book, "__str__", lambda self: f"{self.title} ({self.lending.status})")
    assert str(book) == "Marcovaldo (available)"
    monkeypatch.delattr(records.documents.Book, "__str__")
    assert str(book) == f"Book object ({book.pk})"


def test_dangling_reference_is_a_missing_document(library):
    records.book()
    records.documents.Author._get_collection().delete_many({})
    alone, joined = library.Book.objects.get(), library.Book.objects.select_related("author", "publisher").get()

    assert alone.author_id == joined.author_id
    with pytest.raises(library.Author.DoesNotExist):
        _ = alone.author
    with pytest.raises(library.Author.DoesNotExist):
        _ = joined.author
    assert joined.publisher is None


def test_mongoengine_itself_sees_what_a_mirror_wrote(library):
    author = library.Author.objects.create(name="Elsa Morante", email="elsa@example.com")

    kept = records.documents.Author.objects.get(email="elsa@example.com")

    assert (str(kept.pk), kept.name_words) == (author.pk, ["elsa", "morante"])
    with pytest.raises(DoesNotExist):
        records.documents.Author.objects.get(email="nobody")
