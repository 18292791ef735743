from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F, Q

from tests.config.mirror import records


@pytest.fixture
def shelf(library):
    """Three books: Calvino's two, of which one is on loan, and Levi's."""
    calvino, levi = records.author("Italo Calvino", email="italo@example.com"), records.author("Primo Levi")
    einaudi = records.publisher()
    records.book(
        "Marcovaldo",
        author=calvino,
        publisher=einaudi,
        edition=2,
        tags=["city", "short"],
        created_at=records.at(2023, 5, 1),
    )
    records.book(
        "Palomar", author=calvino, lending={"status": "on_loan", "total_loans": 2}, created_at=records.at(2024, 5, 2)
    )
    records.book(
        "Il sistema periodico",
        author=levi,
        publisher=einaudi,
        genre="essay",
        in_print=False,
        price=9.5,
        created_at=records.at(2024, 6, 3),
    )
    return library.Book.objects.order_by("created_at")


def titles(books):
    return [book.title for book in books]


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ({"title": "Palomar"}, ["Palomar"]),
        ({"title__iexact": "palomar"}, ["Palomar"]),
        ({"title__contains": "ar"}, ["Marcovaldo", "Palomar"]),
        ({"title__icontains": "AR"}, ["Marcovaldo", "Palomar"]),
        ({"title__startswith": "Pa"}, ["Palomar"]),
        ({"title__istartswith": "pa"}, ["Palomar"]),
        ({"title__endswith": "mar"}, ["Palomar"]),
        ({"title__iendswith": "MAR"}, ["Palomar"]),
        ({"title__regex": "^P.*r$"}, ["Palomar"]),
        ({"title__iregex": "^p.*R$"}, ["Palomar"]),
        ({"title__in": ["Palomar", "Nothing"]}, ["Palomar"]),
        ({"title__in": []}, []),
        ({"lending_total_loans__gt": 0}, ["Palomar"]),
        ({"lending_total_loans__gte": 2}, ["Palomar"]),
        ({"lending_total_loans__lt": 1}, ["Marcovaldo", "Il sistema periodico"]),
        ({"lending_total_loans__lte": 0}, ["Marcovaldo", "Il sistema periodico"]),
        ({"lending_total_loans__range": (1, 2)}, ["Palomar"]),
        ({"edition__isnull": True}, ["Palomar", "Il sistema periodico"]),
        ({"edition__isnull": False}, ["Marcovaldo"]),
        ({"in_print": False}, ["Il sistema periodico"]),
        ({"price": 9.5}, ["Il sistema periodico"]),
        ({"tags": "city"}, ["Marcovaldo"]),
        ({"tags__istartswith": "SHO"}, ["Marcovaldo"]),
        ({"tags__in": ["city", "none"]}, ["Marcovaldo"]),
        ({"created_at__year": 2024}, ["Palomar", "Il sistema periodico"]),
        ({"created_at__year__gt": 2023}, ["Palomar", "Il sistema periodico"]),
        ({"created_at__date": date(2024, 5, 2)}, ["Palomar"]),
        ({"created_at__date__lte": date(2024, 5, 2)}, ["Marcovaldo", "Palomar"]),
        ({"author__name": "Primo Levi"}, ["Il sistema periodico"]),
        ({"author__name_words__istartswith": "CAL"}, ["Marcovaldo", "Palomar"]),
        ({"author__email__isnull": True}, ["Il sistema periodico"]),
        ({"publisher__isnull": True}, ["Palomar"]),
        ({"publisher__name__isnull": True}, ["Palomar"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_lookup_finds(shelf, lookup, found):
    assert titles(shelf.filter(**lookup)) == found


@pytest.mark.parametrize("lookup", [{"genre": "essay"}, {"price": 9.5}, {"author__name": "Primo Levi"}])
def test_exclude_keeps_the_others_empty_ones_included(shelf, lookup):
    assert titles(shelf.exclude(**lookup)) == ["Marcovaldo", "Palomar"]


def test_conditions_combine(shelf):
    either = Q(title="Palomar") | Q(genre="essay")

    assert titles(shelf.filter(either)) == ["Palomar", "Il sistema periodico"]
    assert titles(shelf.filter(~either)) == ["Marcovaldo"]
    assert titles(shelf.filter(either, ~Q(genre="essay"))) == ["Palomar"]
    assert titles(shelf.filter(title="Palomar") | shelf.filter(genre="essay")) == ["Palomar", "Il sistema periodico"]
    assert titles(shelf.filter(either) & shelf.filter(genre="essay")) == ["Il sistema periodico"]


def test_text_is_looked_for_literally(shelf):
    records.book("What? (a .* b)", created_at=records.at(2025, 1, 1))

    assert titles(shelf.filter(title__icontains="? (a .*")) == ["What? (a .* b)"]
    assert titles(shelf.filter(title__icontains="P.l")) == []


def test_related_documents_are_found_backwards(shelf, library):
    found = library.Author.objects.filter(book__title="Palomar", book__lending_status="on_loan")

    assert [author.name for author in found] == ["Italo Calvino"]
    assert not library.Author.objects.filter(book__title="Palomar", book__lending_status="lost").exists()


def test_conditions_on_related_documents_hold_of_one_of_them(shelf, library):
    authors = library.Author.objects.order_by("name")

    one_book = authors.filter(Q(book__title="Palomar") | Q(book__genre="essay"), book__in_print=True)
    lacking = authors.filter(book__genre__isnull=True)
    nested = authors.filter(book__publisher__name="Einaudi", book__edition=2)

    assert [author.name for author in one_book] == ["Italo Calvino"]
    assert [author.name for author in lacking] == ["Italo Calvino"]
    assert [author.name for author in nested] == ["Italo Calvino"]
    assert not authors.filter(book__publisher__name="Einaudi", book__title="Palomar").exists()


def test_missing_related_document_lacks_everything(shelf):
    lost = records.book(
        "Lost", author=records.author("Ghost", email="g@example.com"), created_at=records.at(2025, 1, 1)
    )
    lost.author.delete()
    records.documents.Book._get_collection().insert_one(lost.to_mongo())

    assert titles(shelf.filter(author__email__isnull=True)) == ["Il sistema periodico", "Lost"]
    assert titles(shelf.exclude(author__email="italo@example.com")) == ["Il sistema periodico", "Lost"]
    assert titles(shelf.filter(Q(author__email=None) | Q(title="Palomar"))) == [
        "Palomar",
        "Il sistema periodico",
        "Lost",
    ]


def test_author_without_books_is_found(shelf, library):
    records.author("Nobody")

    assert [author.name for author in library.Author.objects.filter(book__isnull=True)] == ["Nobody"]


def test_rows_of_a_list_are_found_by_what_they_hold(shelf):
    records.book("Lent", lending={"loans": [records.loan("Ada"), records.loan("Bob")]})

    assert titles(shelf.filter(lending_loans__reader="Bob")) == ["Lent"]


def test_raw_filter_says_what_lookups_cannot(shelf):
    assert titles(shelf.where({"$expr": {"$gt": ["$lending.total_loans", 1]}})) == ["Palomar"]


def test_queryset_is_a_value_to_look_for(shelf, library):
    calvino = library.Author.objects.filter(name__startswith="Italo")

    assert titles(shelf.filter(author__in=calvino)) == ["Marcovaldo", "Palomar"]
    assert titles(shelf.filter(pk__in=shelf.filter(author__in=calvino).exclude(title="Palomar"))) == ["Marcovaldo"]
    assert titles(shelf.filter(pk__in=shelf[:1])) == ["Marcovaldo"]
    assert titles(shelf.filter(title__in=shelf.filter(genre="essay").values("title"))) == ["Il sistema periodico"]


def test_nothing_is_nothing(shelf):
    assert list(shelf.none()) == []
    assert shelf.none().count() == 0
    assert not shelf.none().exists()


def test_id_is_hexadecimal_to_django(shelf):
    book = shelf.first()

    assert len(book.pk) == 24
    assert shelf.get(pk=book.pk.upper()) == book
    assert shelf.in_bulk([book.pk]) == {book.pk: book}


def test_bad_id_is_a_validation_error(shelf):
    with pytest.raises(ValidationError, match="not a valid id"):
        shelf.get(pk="no-id")


def test_order_and_slices(shelf):
    assert titles(shelf.order_by("-title")) == ["Palomar", "Marcovaldo", "Il sistema periodico"]
    assert titles(shelf.order_by("in_print", "-created_at")) == ["Il sistema periodico", "Palomar", "Marcovaldo"]
    assert titles(shelf.reverse()[1:]) == ["Palomar", "Marcovaldo"]
    assert titles(shelf[1:2]) == ["Palomar"]
    assert shelf.last().title == "Il sistema periodico"
    assert shelf.latest("created_at").title == "Il sistema periodico"
    assert titles(shelf.order_by(F("title").desc())[:1]) == ["Palomar"]
    assert (shelf[1:].count(), shelf[1:2].count(), shelf[5:].count()) == (2, 1, 0)
    assert (shelf[2:].exists(), shelf[5:].exists()) == (True, False)


def test_documents_own_order_is_the_default(library):
    records.author("Primo")
    records.author("Italo")

    assert [author.name for author in library.Author.objects.all()] == ["Italo", "Primo"]


def test_counts(shelf):
    assert shelf.count() == 3
    assert shelf.filter(genre=None).count() == 2
    assert shelf.filter(genre="essay").exists()


def test_fetched_rows_are_not_counted_again(shelf):
    books = shelf.all()
    list(books)
    records.documents.Book.drop_collection()

    assert (books.count(), books.exists()) == (3, True)


def test_capped_count_stops_and_says_so(shelf):
    counted = shelf.filter(author__name="Italo Calvino").capped(2).count()

    assert counted == 2
    assert str(counted) == f"{counted}" == "1+"
    assert str(shelf.filter(genre="essay").capped(2).count()) == "1"


def test_values(shelf):
    assert shelf.values_list("title", flat=True)[0] == "Marcovaldo"
    assert list(shelf.values_list("title", "lending_total_loans"))[1] == ("Palomar", 2)
    assert list(shelf.values("title", "genre"))[2] == {"title": "Il sistema periodico", "genre": "essay"}
    assert shelf.values_list("title", named=True)[0].title == "Marcovaldo"
    assert shelf.values_list("author", flat=True)[0] == shelf[0].author_id


def test_different_values(shelf):
    assert list(shelf.order_by().values_list("genre", flat=True).distinct()) == [None, "essay"]
    assert list(shelf.order_by().values_list("tags", flat=True).distinct()) == ["city", "short"]
    assert list(shelf.order_by().values_list("in_print", "genre").distinct()) == [(True, None), (False, "essay")]
    assert titles(shelf.distinct()) == titles(shelf)


def test_related_documents_come_along(shelf):
    books = list(shelf.select_related("author", "publisher"))

    assert [book.author.name for book in books] == ["Italo Calvino", "Italo Calvino", "Primo Levi"]
    assert books[0]._state.fields_cache.keys() == {"author", "publisher"}
    assert books[1].publisher is None


def test_prefetch_fetches_backwards_and_forwards(shelf, library):
    authors = library.Author.objects.prefetch_related("book_set__publisher")

    assert [sorted(titles(author.book_set.all())) for author in authors] == [
        ["Marcovaldo", "Palomar"],
        ["Il sistema periodico"],
    ]


def test_related_manager_knows_its_own(shelf, library):
    calvino = library.Author.objects.get(name="Italo Calvino")

    assert calvino.book_set.count() == 2
    assert all(book.author is calvino for book in calvino.book_set.all())


def test_deferred_field_is_fetched_when_asked_for(shelf):
    book = shelf.defer("title").first()

    assert "title" not in book.__dict__
    assert book.title == "Marcovaldo"
    assert shelf.only("title").first().get_deferred_fields() >= {"isbn", "author_id"}


def test_iterator_hands_rows_out_in_chunks(shelf):
    books = list(shelf.select_related("author").iterator(chunk_size=2))

    assert titles(books) == titles(shelf)
    assert all("author" in book._state.fields_cache for book in books)


def test_missing_values_read_as_mongoengine_would(shelf, library):
    records.documents.Book._get_collection().insert_one({"title": "Bare"})

    bare = library.Book.objects.get(title="Bare")

    assert (bare.lending_status, bare.lending_total_loans, bare.tags, bare.prize_title) == ("available", 0, [], None)
    assert bare.isbn is None


def test_get_or_create(shelf, library):
    found, made = library.Publisher.objects.get_or_create(name="Einaudi")
    other, made_now = library.Publisher.objects.get_or_create(name="Adelphi", defaults={"city": "Milano"})

    assert (made, made_now) == (False, True)
    assert found.pk != other.pk
    assert library.Publisher.objects.get(name="Adelphi").city == "Milano"


def test_get_complains_of_none_and_of_many(shelf, library):
    with pytest.raises(library.Book.DoesNotExist):
        shelf.get(title="Nothing")
    with pytest.raises(library.Book.MultipleObjectsReturned):
        shelf.get(author__name="Italo Calvino")


def test_update_sets_stored_fields_and_counts_rows(shelf, library):
    levi = library.Author.objects.get(name="Primo Levi")

    assert shelf.filter(lending_total_loans=0).update(lending_status="lost", edition=None, author=levi) == 2

    assert sorted(shelf.values_list("lending_status", flat=True)) == ["lost", "lost", "on_loan"]
    assert not shelf.filter(edition__isnull=False).exists()
    assert levi.book_set.count() == 2


@pytest.mark.parametrize("values", [{"lending_status": "eaten"}, {"title": None}, {"lending_max_loans": 99}])
def test_update_refuses_what_the_document_would(shelf, values):
    with pytest.raises(ValidationError) as refusal:
        shelf.update(**values)

    assert list(refusal.value.message_dict) == list(values)


def test_delete_follows_the_documents_rules(shelf, library):
    number, by_model = library.Author.objects.filter(name="Italo Calvino").delete()

    assert (number, by_model) == (1, {"library.Author": 1})
    assert titles(shelf.all()) == ["Il sistema periodico"]
