import pytest
from django.urls import reverse

from tests.config.mirror import records
from tests.config.mirror.browser import typed

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")

BOOKS = "/admin/library/book/"


@pytest.fixture
def shelf():
    """Three books, the newest last; one is on loan, one was never printed by anybody."""
    calvino, levi, einaudi = records.author("Italo Calvino"), records.author("Primo Levi"), records.publisher()
    records.book("Marcovaldo", isbn="978-1", author=calvino, publisher=einaudi, created_at=records.at(2023, 5, 1))
    records.book(
        "Palomar",
        isbn="978-2",
        author=calvino,
        publisher=einaudi,
        genre="novel",
        shelf="A1",
        lending={"status": "on_loan", "total_loans": 2},
        created_at=records.at(2024, 5, 2),
    )
    records.book("Se questo", isbn="979-3", author=levi, in_print=False, edition=2, created_at=records.at(2024, 6, 3))


def titles(response):
    return [book.title for book in response.context["cl"].result_list]


def choices_of(response, title):
    """Return the choices of one filter of the page, as they are written."""
    changelist = response.context["cl"]
    spec = next(spec for spec in changelist.filter_specs if spec.title == title)
    return [str(choice["display"]) for choice in spec.choices(changelist)]


def test_list_shows_columns_of_embedded_and_related_documents(ada, shelf):
    page = ada.get(BOOKS)

    text = page.content.decode()
    assert titles(page) == ["Se questo", "Palomar", "Marcovaldo"]
    assert "On loan" in text
    assert "Italo Calvino" in text


def test_list_fetches_related_documents_at_once_and_leaves_lists_out(ada, shelf):
    listed = ada.get(BOOKS).context["cl"].result_list[0]

    assert "author" in listed._state.fields_cache
    assert {"lending_loans", "more"} <= listed.get_deferred_fields()


def test_pages(ada, shelf, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.list_per_page", 2)

    assert titles(ada.get(BOOKS)) == ["Se questo", "Palomar"]
    assert titles(ada.get(BOOKS, {"p": 2})) == ["Marcovaldo"]
    assert titles(ada.get(BOOKS, {"all": ""})) == ["Se questo", "Palomar", "Marcovaldo"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("pal", ["Palomar"]),
        ("PAL", ["Palomar"]),
        ("omar", []),
        ("978-2", ["Palomar"]),
        ("979", ["Se questo"]),
        ("calv", ["Palomar", "Marcovaldo"]),
        ("ital calv", ["Palomar", "Marcovaldo"]),
        ("calv marco", ["Marcovaldo"]),
        ("calv levi", []),
        (".*", []),
    ],
)
def test_search_matches_beginnings_of_words(ada, shelf, words, found):
    assert titles(ada.get(BOOKS, {"q": words})) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"lending_status__exact": "on_loan"}, ["Palomar"]),
        ({"genre__exact": "novel"}, ["Palomar"]),
        ({"genre__isnull": "True"}, ["Se questo", "Marcovaldo"]),
        ({"in_print__exact": "0"}, ["Se questo"]),
        ({"publisher__isnull": "True"}, ["Se questo"]),
        ({"created_at__gte": "2024-01-01 00:00:00+00:00", "created_at__lt": "2024-06-01 00:00:00+00:00"}, ["Palomar"]),
        ({"borrowed": "yes"}, ["Palomar"]),
        ({"shelf__isempty": "1"}, ["Se questo", "Marcovaldo"]),
        ({"shelf__isempty": "0"}, ["Palomar"]),
        ({"edition": "2"}, ["Se questo"]),
        ({"edition__isnull": "True"}, ["Palomar", "Marcovaldo"]),
        ({"lending_status__exact": "on_loan", "q": "marco"}, []),
        ({"author__name__startswith": "Primo"}, None),
    ],
)
def test_filter(ada, shelf, query, found):
    page = ada.get(BOOKS, query)

    assert (titles(page) if page.status_code == 200 else None) == found


def test_filter_by_a_related_document(ada, shelf):
    publisher = records.documents.Publisher.objects.get()

    page = ada.get(BOOKS, {"publisher__id__exact": str(publisher.pk)})

    assert titles(page) == ["Palomar", "Marcovaldo"]
    assert "Einaudi" in choices_of(page, "publisher")


@pytest.mark.parametrize("query", [{"publisher__id__exact": "no-id"}, {"edition": "two"}])
def test_senseless_filter_redirects_cleanly(ada, shelf, query):
    page = ada.get(BOOKS, query)

    assert page.status_code == 302
    assert page["Location"].endswith("?e=1")


def test_facets_count_each_choice(real_ada, shelf):
    page = real_ada.get(BOOKS, {"_facets": "True"})

    assert choices_of(page, "lending status") == ["All", "Available (2)", "On loan (1)", "Lost (0)"]
    assert choices_of(page, "genre") == ["All", "Novel (1)", "Poetry (0)", "Essay (0)"]
    assert choices_of(page, "in print") == ["All", "Yes (2)", "No (1)"]
    assert choices_of(page, "publisher") == ["All", "Einaudi (2)", "- (1)"]
    assert choices_of(page, "borrowed") == ["All", "Yes (1)", "No (2)"]
    assert choices_of(page, "shelf") == ["All", "Empty (2)", "Not empty (1)"]
    assert choices_of(page, "edition") == ["All", "2 (1)", "- (2)"]


def test_facets_count_within_search_and_other_filters(real_ada, shelf):
    page = real_ada.get(BOOKS, {"_facets": "True", "q": "calv", "lending_status__exact": "on_loan"})

    assert choices_of(page, "lending status") == ["All", "Available (1)", "On loan (1)", "Lost (0)"]
    assert choices_of(page, "in print") == ["All", "Yes (1)", "No (0)"]


def test_counts_beyond_the_limit_are_told_as_such(real_ada, shelf, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.list_count_limit", 2)

    page = real_ada.get(BOOKS, {"_facets": "True", "lending_status__exact": "available"})

    assert choices_of(page, "publisher")[1] == "Einaudi (1)"
    assert choices_of(page, "lending status")[1] == "Available (1+)"
    assert "1+ books" in page.content.decode()
    assert "3 total" in page.content.decode()


def test_date_drill_down(ada, shelf):
    def offered(query):
        page = ada.get(BOOKS, query).content.decode().partition('<nav class="toplinks"')[2].partition("</nav>")[0]
        return [part.partition("</a>")[0] for part in page.split('">')[1:] if "</a>" in part]

    assert offered({}) == ["2023", "2024"]
    assert offered({"created_at__year": "2024"}) == ["&lsaquo; All dates", "May 2024", "June 2024"]
    assert offered({"created_at__year": "2024", "created_at__month": "5"}) == ["&lsaquo; 2024", "May 2"]
    assert titles(ada.get(BOOKS, {"created_at__year": "2024", "created_at__month": "5", "created_at__day": "2"})) == [
        "Palomar"
    ]


def test_columns_sort_both_ways(ada, shelf):
    assert titles(ada.get(BOOKS, {"o": "1"})) == ["Marcovaldo", "Palomar", "Se questo"]
    assert titles(ada.get(BOOKS, {"o": "-1"})) == ["Se questo", "Palomar", "Marcovaldo"]
    assert titles(ada.get(BOOKS, {"o": "5"})) == ["Marcovaldo", "Palomar", "Se questo"]


def test_only_columns_with_an_index_sort(ada, shelf):
    page = ada.get(BOOKS)

    assert page.context["cl"].sortable_by == ["title_column", "created_at"]


def test_admin_may_say_otherwise(ada, shelf, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.sortable_by", ("lending_status",))
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.list_defer", ("summary",))

    page = ada.get(BOOKS, {"o": "-3"})

    assert page.context["cl"].sortable_by == ("lending_status",)
    assert titles(page)[0] == "Palomar"
    assert page.context["cl"].result_list[0].get_deferred_fields() == {"summary"}


def test_list_of_nothing(ada):
    assert "0 books" in ada.get(BOOKS).content.decode()


def test_action_runs_on_the_chosen(ada, shelf):
    chosen = [str(book.pk) for book in records.documents.Book.objects(title__in=["Palomar", "Marcovaldo"])]

    page = ada.post(BOOKS, {"action": "mark_lost", "_selected_action": chosen}, follow=True)

    assert "2 marked as lost of 2." in page.content.decode()
    assert records.documents.Book.objects(lending__status="lost").count() == 2


def test_action_on_all_counts_exactly(ada, shelf, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.list_count_limit", 2)

    page = ada.post(
        BOOKS + "?lending_status__exact=available",
        {"action": "mark_lost", "select_across": "1", "_selected_action": ["x"]},
        follow=True,
    )

    assert "2 marked as lost of 0." in page.content.decode()


def test_action_is_not_offered_without_its_permission(library, client, shelf):
    client.force_login(records.person("carl", "view_book", "change_book"))

    page = client.get(BOOKS)

    assert "mark_lost" not in page.content.decode()
    assert page.status_code == 200


def test_autocomplete_finds_by_beginnings_of_words(ada, shelf):
    query = {"app_label": "library", "model_name": "book", "field_name": "author"}

    found = ada.get(reverse("admin:autocomplete"), query | {"term": "lev"}).json()

    assert [each["text"] for each in found["results"]] == ["Primo Levi"]
    assert len(found["results"][0]["id"]) == 24
    assert found["pagination"] == {"more": False}


def test_popup_list_links_choose(ada, shelf):
    page = ada.get("/admin/library/author/", {"_to_field": "id", "_popup": "1"})

    assert 'data-popup-opener="' in page.content.decode()


def test_dangling_references_survive_in_the_list(ada, shelf):
    records.documents.Author._get_collection().delete_many({})

    page = ada.get(BOOKS)

    assert titles(page) == ["Se questo", "Palomar", "Marcovaldo"]
    assert "Italo Calvino" not in page.content.decode()


def test_editable_column_writes_only_its_own_changes(ada, shelf, monkeypatch):
    monkeypatch.setattr("tests.config.mirror.library.admin.BookAdmin.list_editable", ("lending_total_loans",))
    opened = ada.get(BOOKS)
    first, second, _ = opened.context["cl"].formset.forms
    records.documents.Book.objects(pk=second.instance.pk).update(lending__total_loans=3)

    answer = ada.post(BOOKS, typed(opened, _save="Save", **{first.add_prefix("lending_total_loans"): "1"}))

    assert answer.status_code == 302
    assert [book.lending.total_loans for book in records.documents.Book.objects.order_by("-created_at")] == [1, 3, 0]
