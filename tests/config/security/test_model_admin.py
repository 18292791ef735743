"""By what the lists of the admin may be narrowed: nothing that they do not show can be read from them by guessing."""

from collections.abc import Iterator
from itertools import product

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db.models import Field, Model
from django.test import Client, RequestFactory
from pymongo.database import Database
from rest_framework.authtoken.models import Token

from config.security.model_admin import COMPARISONS, ModelAdmin
from tests.factories import a_recruiter

pytestmark = pytest.mark.django_db

# Each list of the site, and the fields that it may be narrowed by: what it shows, and what is declared beside
READABLE = {
    "candidates.candidate": {
        *("name", "position", "created_at", "search_words"),
        *("call_tracking_status", "call_tracking_last_outcome", "call_tracking_next_attempt_at"),
        *("call_tracking_total_attempts", "call_tracking_call_history__outcome"),
    },
    "calls.conversationsession": {
        "started_at",
        "outcome",
        "phase",
        "candidate__id",
        "candidate__search_words",
        "call_sid",
        "attempt_number",
    },
    "interviews.interview": {"interviewer_name", "status", "starts_at", "ends_at", "candidate__search_words"},
    "interviews.slot": {"interviewer_name", "status", "starts_at"},
    "interviews.invitation": {"invitation_status"},
    "interviews.notice": {"notice_status"},
    "candidates.suppression": {"id", "is_active", "reason", "source", "suppressed_at"},
    "interviews.followup": {"delivery_status"},
    "auth.user": {
        *("username", "email", "first_name", "last_name", "is_staff", "is_superuser", "is_active"),
        *("groups", "groups__id"),
    },
    "auth.group": {"name"},
    "authtoken.tokenproxy": {"user", "created", "user__username"},
    "admin.logentry": {"action_time", "user", "content_type", "object_repr", "action_flag", "user__username"},
}
PAGES = {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def names(model: type[Model], deep: int) -> Iterator[str]:
    """Yield the names of fields, and of those of related models so many relations deep, hidden ones included."""
    for field in model._meta.get_fields(include_hidden=True):
        yield field.name
        if isinstance(field, Field):
            yield field.attname
        if field.is_relation and field.related_model and deep:
            yield from (f"{field.name}__{name}" for name in names(field.related_model, deep - 1))


def test_every_page_of_the_site_is_built_on_ours() -> None:
    assert [label for label, page in PAGES.items() if not isinstance(page, ModelAdmin)] == []
    assert PAGES.keys() == READABLE.keys()


@pytest.mark.parametrize("label", READABLE)
def test_a_list_is_narrowed_only_by_what_it_shows_or_declares(rf: RequestFactory, label: str) -> None:
    page, request = PAGES[label], rf.get("/")
    known = {"pk", *names(page.model, deep=2), *READABLE[label]}

    allowed = {name for name in known if page.lookup_allowed(f"{name}__exact", "x", request)}

    assert len(known) > 3
    assert allowed <= READABLE[label]
    assert {name for name in known if page.lookup_allowed(f"{name}__startswith", "x", request)} <= READABLE[label]
    assert {name for name in known if page.lookup_allowed(name, "x", request)} <= READABLE[label]


@pytest.mark.parametrize("label", READABLE)
def test_what_it_shows_is_not_looked_through_by_regular_expressions(rf: RequestFactory, label: str) -> None:
    page, request = PAGES[label], rf.get("/")
    odd = ("regex", "iregex", "year__regex", "lower", "0", "search", "contained_by", "has_key")

    asked = [f"{name}__{comparison}" for name, comparison in product(READABLE[label], odd)]

    assert [lookup for lookup in asked if page.lookup_allowed(lookup, "x", request)] == []
    assert not {"regex", "iregex"} & COMPARISONS


# Secrets


@pytest.fixture
def guesser(database: Database, client: Client) -> Client:
    """Return the browser of somebody who may see every list, and no secret."""
    client.force_login(person := a_recruiter())
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client


@pytest.fixture
def key(db: None) -> str:
    return Token.objects.create(user=User.objects.create_superuser("ada", password="quiet-harbour")).key


@pytest.mark.parametrize(
    "guess",
    [
        *(
            "key__startswith={0}",
            "key={1}",
            "key__gte={0}",
            "pk__startswith={0}",
            "user__auth_token__key__startswith={0}",
        ),
        *("user__auth_token__startswith={0}", "user__password__startswith=md5", "user__email__startswith=a"),
    ],
)
def test_no_token_or_password_is_guessed_letter_by_letter(guesser: Client, key: str, guess: str) -> None:
    answer = guesser.get(f"/admin/authtoken/tokenproxy/?{guess.format(key[0], key)}")

    assert answer.status_code == 400


@pytest.mark.parametrize("guess", ["password__startswith=md5", "auth_token__key__startswith={0}", "auth_token={1}"])
def test_no_secret_is_guessed_by_the_list_of_users(guesser: Client, key: str, guess: str) -> None:
    answer = guesser.get(f"/admin/auth/user/?{guess.format(key[0], key)}")

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["auth/user", "authtoken/tokenproxy", "admin/logentry"])
@pytest.mark.parametrize("field", ["password", "key", "user__password", "session_key"])
def test_no_list_hands_out_a_hidden_field_to_a_popup(guesser: Client, key: str, path: str, field: str) -> None:
    page = guesser.get(f"/admin/{path}/?_popup=1&_to_field={field}")

    assert page.status_code in {400, 403}


def test_no_page_shows_a_token(guesser: Client, key: str) -> None:
    ada = User.objects.get(username="ada")
    everybody = Permission.objects.filter(codename__in=["delete_user", "delete_tokenproxy", "change_tokenproxy"])
    User.objects.get(username="rita").user_permissions.add(*everybody)
    pages = [
        *("authtoken/tokenproxy/", "authtoken/tokenproxy/?_popup=1", "admin/logentry/"),
        *(f"authtoken/tokenproxy/{ada.pk}/{page}/" for page in ("change", "delete", "history")),
        *(f"auth/user/{ada.pk}/{page}/" for page in ("change", "delete")),
    ]

    shown = [guesser.get(f"/admin/{page}").content.decode() for page in pages]
    shown.append(guesser.post(f"/admin/authtoken/tokenproxy/{ada.pk}/change/", {"user": ada.pk, "_popup": 1}).content)

    assert not any(key in str(page) for page in shown)
    assert "Token of ada" in shown[3]


def test_who_adds_a_token_is_shown_it_once(guesser: Client) -> None:
    rita, sue = User.objects.get(username="rita"), User.objects.create_superuser("sue")
    guesser.force_login(sue)

    page = guesser.post("/admin/authtoken/tokenproxy/add/", {"user": rita.pk}, follow=True).content.decode()
    again = guesser.get("/admin/authtoken/tokenproxy/").content.decode()

    assert f"The token is {rita.auth_token.key}." in page
    assert rita.auth_token.key not in again
    assert LogEntry.objects.get().object_repr == "Token of rita"


def test_the_keys_in_an_older_history_are_written_over(guesser: Client, key: str) -> None:
    ada = User.objects.get(username="ada")
    token = PAGES["authtoken.tokenproxy"].model.objects.get()
    LogEntry.objects.log_actions(ada.pk, [token, ada], 1, "Added.")
    LogEntry.objects.filter(content_type__app_label="authtoken").update(object_repr=key)

    call_command("prepare", verbosity=0)

    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"A token", "ada"}
