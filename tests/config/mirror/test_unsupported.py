import pytest
from django.db import NotSupportedError
from django.db.models import Count, Exists, F, OrderBy, OuterRef, Q, StdDev
from django.db.models.functions import Lower

REFUSED = {
    "annotate": lambda books: books.annotate(n=Count("author")),
    "alias": lambda books: books.alias(n=F("title")),
    "values with an expression": lambda books: books.values(lower=Lower("title")),
    "values across a relation": lambda books: list(books.values_list("author__name")),
    "extra": lambda books: books.extra(where=["1=1"]),
    "raw": lambda books: books.raw("SELECT 1"),
    "union": lambda books: books.union(books),
    "intersection": lambda books: books.intersection(books),
    "difference": lambda books: books.difference(books),
    "select_for_update": lambda books: books.select_for_update(),
    "update_or_create": lambda books: books.update_or_create(title="x"),
    "bulk_create": lambda books: books.bulk_create([]),
    "bulk_update": lambda books: books.bulk_update([], ["title"]),
    "distinct on fields": lambda books: books.distinct("title"),
    "order by a relation": lambda books: list(books.order_by("author")),
    "order across a relation": lambda books: list(books.order_by("author__name")),
    "random order": lambda books: list(books.order_by("?")),
    "order by an expression": lambda books: list(books.order_by(Lower("title"))),
    "order with nulls first": lambda books: list(books.order_by(OrderBy(F("title"), nulls_first=True))),
    "compare two fields": lambda books: list(books.filter(title=F("isbn"))),
    "update from a field": lambda books: books.update(edition=F("edition") + 1),
    "update a slice": lambda books: books.all()[:1].update(edition=1),
    "delete a slice": lambda books: books.all()[:1].delete(),
    "aggregate a slice": lambda books: books.all()[:1].aggregate(Count("pk")),
    "month without year": lambda books: list(books.filter(created_at__month=5)),
    "either but not both": lambda books: list(books.filter(Q(title="a") ^ Q(title="b"))),
    "exists": lambda books: list(books.filter(Exists(books.filter(pk=OuterRef("pk"))))),
    "exclude backwards": lambda books: list(books.model.author.field.related_model.objects.exclude(book__title="x")),
    "mixture backwards": lambda books: list(
        books.model.author.field.related_model.objects.filter(
            Q(book__title="a") | Q(name="b"), Q(book__genre="c") | Q(name="d")
        )
    ),
    "negation backwards": lambda books: books.model.author.field.related_model.objects.aggregate(
        n=Count("pk", filter=~Q(book__title="x"))
    ),
    "unknown lookup": lambda books: list(books.filter(more__has_key="x")),
    "contains in values": lambda books: list(books.filter(more__contains={"x": 1})),
    "other aggregates": lambda books: books.aggregate(StdDev("edition")),
    "distinct count": lambda books: books.aggregate(Count("title", distinct=True)),
    "periods of a minute": lambda books: list(books.datetimes("created_at", "minute")),
    "prefetch while iterating": lambda books: books.prefetch_related("author").iterator(chunk_size=5),
    "sql": lambda books: str(books.all().query),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
def test_what_only_sql_can_do_is_refused_with_what_to_do_instead(real_library, ask):
    with pytest.raises(NotSupportedError, match=r"Documents have no .+\. Use .+\."):
        ask(real_library.Book.objects)
