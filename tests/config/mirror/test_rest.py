from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import include, path
from rest_framework import filters, pagination, permissions, routers, serializers, views, viewsets
from rest_framework.test import APIClient

from tests.config.mirror import records
from tests.config.mirror.library.models import Book


class BookSerializer(serializers.ModelSerializer):
    tags = serializers.ListField(child=serializers.CharField(max_length=10), required=False)

    class Meta:
        model = Book
        fields = ("id", "title", "isbn", "author", "tags", "price", "lending_status", "lending_total_loans", "more")


class BookPages(pagination.PageNumberPagination):
    page_size = 2


class BookViewSet(viewsets.ModelViewSet):
    queryset = Book.objects.order_by("-created_at", "-pk")
    serializer_class = BookSerializer
    pagination_class = BookPages
    permission_classes = (permissions.DjangoModelPermissions,)
    filter_backends = (filters.SearchFilter, filters.OrderingFilter)
    search_fields = ("^title_folded", "^author__name_words")
    ordering_fields = ("title_folded",)

    def get_exception_handler(self) -> Any:
        """Answer errors as REST framework does, whatever the project does."""
        return views.exception_handler


router = routers.SimpleRouter()
router.register("books", BookViewSet)
urlpatterns = [path("", include(router.urls))]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def ada(library):
    browser = APIClient()
    browser.force_authenticate(User.objects.create_superuser("ada"))
    return browser


def titles(response):
    return [book["title"] for book in response.json()["results"]]


def test_serializer_reads_and_writes(ada):
    author = records.author()
    sent = {"title": "Palomar", "isbn": "978", "author": str(author.pk), "tags": ["a"], "price": "9.50"}

    made = ada.post("/books/", sent, format="json").json()

    assert made == sent | {"id": made["id"], "lending_status": "available", "lending_total_loans": 0, "more": {}}
    assert ada.get(f"/books/{made['id']}/").json() == made


def test_partial_update_writes_what_was_sent_alone(ada):
    book = records.book(lending={"loans": [records.loan()]})
    before = records.stored(book)

    answer = ada.patch(f"/books/{book.pk}/", {"lending_total_loans": 1}, format="json")

    assert answer.status_code == 200
    assert records.stored(book) == before | {"lending": before["lending"] | {"total_loans": 1}}


def test_serializer_refuses_what_is_invalid_field_by_field(ada):
    records.book(isbn="taken")

    answer = ada.post(
        "/books/", {"title": "", "isbn": "taken", "author": "0" * 24, "lending_status": "x"}, format="json"
    )

    assert set(answer.json()) == {"title", "isbn", "author", "lending_status"}


def test_permissions_are_those_of_the_mirror(library):
    book = records.book()
    browser = APIClient()
    browser.force_authenticate(records.person("carl", "change_book"))

    assert browser.patch(f"/books/{book.pk}/", {"title": "Palomar"}, format="json").status_code == 200
    assert browser.delete(f"/books/{book.pk}/").status_code == 403


def test_search_and_order(ada):
    author = records.author("Primo Levi")
    records.book("Palomar")
    records.book("Marcovaldo")
    records.book("Se questo", author=author)

    assert titles(ada.get("/books/", {"search": "PAL"})) == ["Palomar"]
    assert titles(ada.get("/books/", {"search": "levi"})) == ["Se questo"]
    assert titles(ada.get("/books/", {"search": "omar"})) == []
    assert titles(ada.get("/books/", {"ordering": "title_folded"})) == ["Marcovaldo", "Palomar"]


def test_pages(ada):
    for title in "abc":
        records.book(title)

    first = ada.get("/books/").json()

    assert first["count"] == 3
    assert titles(ada.get(first["next"])) == ["a"]


@pytest.mark.parametrize("key", ["no-id", "0" * 24])
def test_unknown_id_is_not_found(ada, key):
    assert ada.get(f"/books/{key}/").status_code == 404


def test_deleting_deletes_the_document(ada):
    book = records.book()

    assert ada.delete(f"/books/{book.pk}/").status_code == 204
    assert not records.documents.Book.objects
