import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import ProtectedError

from tests.config.mirror import records

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")

AUTHORS = "/admin/library/author/"
PUBLISHERS = "/admin/library/publisher/"


def text(response):
    return response.content.decode()


def test_delete_page_lists_what_goes_with_it(ada):
    author = records.author()
    records.book("Marcovaldo", author=author)
    records.book("Palomar", author=author, lending={"loans": [records.loan()]})

    page = text(ada.get(f"{AUTHORS}{author.pk}/delete/"))

    assert "Marcovaldo" in page
    assert "Palomar" in page
    assert "Books: 2" in page


def test_deleting_takes_along_what_was_listed_and_logs_it(ada):
    author, other = records.author(), records.author("Primo Levi")
    records.book(author=author)
    kept = records.book("Se questo", author=other, translator=author)

    answer = ada.post(f"{AUTHORS}{author.pk}/delete/", {"post": "yes"}, follow=True)

    assert "was deleted successfully" in text(answer)
    assert [book.title for book in records.documents.Book.objects] == ["Se questo"]
    assert "translator" not in records.stored(kept)
    assert LogEntry.objects.get().is_deletion()


def test_delete_page_says_what_forbids_it(ada):
    publisher = records.publisher()
    records.book("Marcovaldo", publisher=publisher)

    page = text(ada.get(f"{PUBLISHERS}{publisher.pk}/delete/"))

    assert "would require deleting the following protected related objects" in page
    assert "Marcovaldo" in page


def test_deleting_what_something_needs_is_refused(ada):
    publisher = records.publisher()
    records.book(publisher=publisher)

    ada.post(f"{PUBLISHERS}{publisher.pk}/delete/", {"post": "yes"})

    assert records.documents.Publisher.objects.count() == 1


def test_need_that_arises_at_the_last_moment_is_told_above_the_list(ada, library, monkeypatch):
    publisher = records.publisher()
    delete = library.Publisher.delete

    def delete_too_late(instance, **options):
        records.book(publisher=publisher)
        return delete(instance, **options)

    monkeypatch.setattr(library.Publisher, "delete", delete_too_late)

    answer = ada.post(f"{PUBLISHERS}{publisher.pk}/delete/", {"post": "yes"}, follow=True)

    assert "Could not delete document (Book.publisher refers to it)" in text(answer)
    assert records.documents.Publisher.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_need_of_a_chosen_one_that_arises_at_the_last_moment_is_told_above_the_list(ada, monkeypatch):
    publisher = records.publisher()

    def delete_too_late(admin, request, queryset):
        records.book(publisher=publisher)
        queryset.delete()

    monkeypatch.setattr("tests.config.mirror.library.admin.PublisherAdmin.delete_queryset", delete_too_late)
    sent = {"action": "delete_selected", "_selected_action": [str(publisher.pk)], "post": "yes"}

    answer = ada.post(PUBLISHERS, sent, follow=True)

    assert "Could not delete document (Book.publisher refers to it)" in text(answer)
    assert records.documents.Publisher.objects.count() == 1


def test_chosen_documents_are_deleted_after_asking(ada):
    first, second, kept = records.author("A"), records.author("B"), records.author("C")
    records.book(author=first)
    sent = {"action": "delete_selected", "_selected_action": [str(first.pk), str(second.pk)]}

    asked = ada.post(AUTHORS, sent)
    answer = ada.post(AUTHORS, sent | {"post": "yes"}, follow=True)

    assert "Books: 1" in text(asked)
    assert "Successfully deleted 2 authors." in text(answer)
    assert list(records.documents.Author.objects) == [kept]
    assert not records.documents.Book.objects


def test_mirror_follows_the_documents_rules(library):
    publisher = records.publisher()
    book = records.book(publisher=publisher)

    with pytest.raises(ProtectedError, match="refers to it"):
        library.Publisher.objects.get().delete()
    with pytest.raises(ProtectedError, match="refers to it"):
        library.Publisher.objects.all().delete()
    assert library.Author.objects.get().delete() == (1, {"library.Author": 1})
    assert not records.documents.Book.objects(pk=book.pk)
    assert library.Publisher.objects.get().delete() == (1, {"library.Publisher": 1})


def test_deleting_what_is_gone_deletes_nothing(library):
    publisher = records.publisher()
    mirrored = library.Publisher.objects.get()
    publisher.delete()

    assert mirrored.delete() == (0, {"library.Publisher": 0})
