import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from tests.config.mirror import records
from tests.config.mirror.browser import typed

pytestmark = pytest.mark.urls("tests.config.mirror.library.urls")

BOOKS = "/admin/library/book/"


@pytest.fixture
def reader(library, client):
    """The browser of somebody who may only look."""
    client.force_login(records.person("carl", "view_book", "view_author"))
    return client


def test_mirrors_have_permissions_of_their_own(library):
    named = Permission.objects.filter(content_type__app_label="library").values_list("codename", flat=True)

    assert {"add_book", "change_book", "delete_book", "view_book", "lend_book"} <= set(named)
    assert not any("loan" in name for name in named)


def test_viewer_sees_and_cannot_change(reader):
    book = records.book()

    page = reader.get(f"{BOOKS}{book.pk}/change/")

    assert "Marcovaldo" in page.content.decode()
    assert "title" not in typed(page)
    assert reader.post(f"{BOOKS}{book.pk}/change/", {"title": "Palomar"}).status_code == 403
    assert records.stored(book)["title"] == "Marcovaldo"


@pytest.mark.parametrize("path", ["add/", "{}/delete/"])
def test_viewer_may_neither_add_nor_delete(reader, path):
    assert reader.get(BOOKS + path.format(records.book().pk)).status_code == 403


def test_who_has_no_permission_sees_nothing(library, client):
    client.force_login(records.person("dora"))

    assert client.get(BOOKS).status_code == 403
    assert "library" not in client.get("/admin/").content.decode().lower().replace("library_", "")


def test_autocomplete_needs_the_view_permission(library, client):
    client.force_login(records.person("dora", "change_book"))
    query = {"app_label": "library", "model_name": "book", "field_name": "author", "term": "x"}

    assert client.get("/admin/autocomplete/", query).status_code == 403


def test_deletion_needs_permission_for_what_goes_along(library, client):
    client.force_login(records.person("dora", "view_author", "delete_author"))
    book = records.book()

    page = client.get(f"/admin/library/author/{book.author.pk}/delete/").content.decode()

    assert "your account doesn't have permission to delete the following types of objects" in page


def test_group_grants_what_its_page_says(ada, client):
    lend = Permission.objects.get(codename="lend_book")
    offered = ada.get("/admin/auth/group/add/").content.decode()

    ada.post("/admin/auth/group/add/", {"name": "Lenders", "permissions": [str(lend.pk)]})

    carl = records.person("carl")
    carl.groups.add(Group.objects.get(name="Lenders"))
    assert "Can lend books" in offered
    assert carl.has_perm("library.lend_book")
    assert not carl.has_perm("library.change_book")


def test_removing_stale_content_types_leaves_the_mirrors(library):
    before = set(ContentType.objects.values_list("app_label", "model"))

    call_command("remove_stale_contenttypes", interactive=False, include_stale_apps=True, verbosity=0)

    assert set(ContentType.objects.values_list("app_label", "model")) == before
    assert ("library", "book") in before
