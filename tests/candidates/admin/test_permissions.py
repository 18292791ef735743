import pytest
from django.test import Client
from pymongo.database import Database

from tests.candidates.admin.candidate_pages import EXPORT, IMPORT, LIST, a_browser, page_url, run_action
from tests.candidates.calls_made import called
from tests.factories import NOBODY, a_candidate, reload


def test_viewer_sees_and_is_shown_nothing_that_would_be_refused(viewer: Client) -> None:
    candidate = a_candidate()

    listed, opened = viewer.get(LIST), viewer.get(page_url(candidate))

    assert dict(listed.context["cl"].model_admin.get_actions(listed.wsgi_request)).keys() == {"export_chosen"}
    assert IMPORT not in listed.content.decode()
    assert f"{LIST}add/" not in listed.content.decode()
    assert EXPORT in listed.content.decode()
    assert "Asha Rao" in opened.content.decode()
    assert "_save" not in opened.content.decode()
    assert "en-In" not in opened.content.decode()


@pytest.mark.parametrize("address", [IMPORT, f"{IMPORT}{NOBODY}/", f"{LIST}add/"])
def test_viewer_is_refused(viewer: Client, address: str) -> None:
    assert viewer.get(address).status_code == 403


@pytest.mark.parametrize("action", ["call_now", "add_tag", "do_not_call", "reset_attempts"])
def test_viewers_forged_action_does_nothing(viewer: Client, action: str) -> None:
    candidate = called(a_candidate(), times=2)
    before = reload(candidate).to_mongo()

    run_action(viewer, action, candidate, answered="yes", tag="urgent", reason="Why not")

    assert reload(candidate).to_mongo() == before


@pytest.mark.parametrize(
    ("permissions", "actions"),
    [
        (["view", "change"], {"add_tag", "do_not_call", "export_chosen"}),
        (["view", "start_call"], {"call_now", "export_chosen"}),
        (["view", "reset_attempts"], {"reset_attempts", "export_chosen"}),
        (["view", "delete"], {"delete_selected", "export_chosen"}),
    ],
)
def test_each_action_has_its_permission(
    database: Database, db: None, permissions: list[str], actions: set[str]
) -> None:
    listed = a_browser(*permissions).get(LIST)

    assert dict(listed.context["cl"].model_admin.get_actions(listed.wsgi_request)).keys() == actions


def test_who_may_not_see_candidates_may_not_export_them(database: Database, db: None) -> None:
    assert a_browser("import_candidates").get(EXPORT).status_code == 403
