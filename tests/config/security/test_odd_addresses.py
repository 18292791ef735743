"""Whatever stands in an address of the admin or the API, the answer is never an error of ours."""

import contextlib
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pymongo.database import Database
from rest_framework.authtoken.models import Token

from config.security.model_admin import ModelAdmin
from tests.config.security.test_model_admin import PAGES, READABLE
from tests.factories import NOBODY, a_candidate, a_session, a_slot, an_interview

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("today")]
thorough = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

LISTS = sorted(READABLE)
LOOKUPS = [
    *("", "exact", "iexact", "in", "gt", "gte", "lt", "lte", "range", "isnull", "isempty", "contains", "icontains"),
    *("startswith", "istartswith", "endswith", "iendswith", "regex", "iregex", "search", "id__exact", "pk", "0", "x"),
    *("date", "year", "month", "day", "week", "hour", "time", "quarter", "iso_year", "year__gte", "date__lt", "__"),
]
NASTY = [
    *("", "0", "1", "-1", "13", "99", "2026", "9999", "10000", "9" * 40, "1" * 400, "1e999", "NaN", "-0", "0x1f", "٣"),
    *("true", "false", "True", "None", "null", "(", "[", "\\", "(a+)+$", "*", ".*", "$ne", '{"$gt": ""}', "[]", "{}"),
    *("\0", "a\0b", "\ud7ff", "\ufffe", "\uffff", "\U0010ffff", "\u202e", "\r\n", "é" * 300, ",", ",,,", "1,2", "1,x"),
    *(NOBODY, NOBODY[:-1], "z" * 24, "2026-03-02", "2026-02-30", "0001-01-01", "9999-12-31", "2026-03-02T04:30"),
    *("2026-03-02 04:30:00+99:99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0000-00-00", "24:00"),
    *(",".join(map(str, range(5_000))), "x" * 20_000, "a b " * 40, '"', "'", '"a b', "<script>", "%", "%00", "&=;#?"),
]
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))


@pytest.fixture
def sue(database: Database, client: Client) -> Client:
    """Return the browser of somebody who may do everything, where every list has a row."""
    user = User.objects.create_superuser("sue")
    Token.objects.create(user=user)
    Group.objects.create(name="Night shift")
    client.force_login(user)
    client.post("/admin/auth/group/add/", {"name": "Day shift"})
    a_slot()
    an_interview(a_candidate(position="Designer"), a_slot(minutes=30, interviewer_email="meera@acme.example"))
    a_session()
    return client


@st.composite
def queries(draw: Callable) -> tuple[str, str]:
    """Draw a list and what it is asked for."""
    label = draw(st.sampled_from(LISTS))
    known = sorted({*READABLE[label], "pk", "id", "user", "candidate", "interview", "password", "created_at"})
    lookups = (
        st.tuples(st.sampled_from(known), st.sampled_from(LOOKUPS)).map("__".join).map(lambda name: name.rstrip("_"))
    )
    own = st.sampled_from(
        ["q", "p", "o", "e", "all", "_popup", "_to_field", "_facets", "week", "interviewer", "hour_of_week"]
    )
    asked = draw(st.lists(st.tuples(st.one_of(lookups, own, texts), texts), min_size=1, max_size=4))
    return label, urlencode(asked)


@thorough
@given(queries())
@example(("candidates.candidate", "created_at__year=0"))
@example(("candidates.candidate", "created_at__month=13"))
@example(("candidates.candidate", "created_at__year=9999"))
@example(("candidates.candidate", "created_at__year=1"))
@example(("candidates.candidate", "created_at__year=2026&created_at__month=3&created_at__day=0"))
@example(("candidates.candidate", "name__regex=("))
@example(("candidates.candidate", "name__contains=%00"))
@example(("candidates.candidate", f"call_tracking_total_attempts={'9' * 40}"))
@example(("candidates.candidate", "o=7"))
@example(("auth.user", "username__regex=("))
@example(("auth.user", "is_staff__gte=x"))
@example(("admin.logentry", "action_time__year=9999"))
def test_no_list_of_the_admin_fails(sue: Client, asked: tuple[str, str]) -> None:
    label, query = asked

    answer = sue.get(f"/admin/{label.replace('.', '/')}/?{query}")

    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}


def rows_or_refusal(page: ModelAdmin, request: HttpRequest) -> list[object] | None:
    """Return what the list shows, None where it refuses the lookup; whatever else is raised fails the test."""
    request.user = User.objects.get(username="sue")
    with contextlib.suppress(IncorrectLookupParameters, DisallowedModelAdminLookup):
        return [*page.get_changelist_instance(request).result_list]
    return None


@pytest.mark.parametrize("label", LISTS)
def test_every_lookup_of_every_list_finds_something_or_means_nothing(
    sue: Client, rf: RequestFactory, label: str
) -> None:
    page = PAGES[label]
    asked = [
        {f"{name}__{lookup}".rstrip("_"): value}
        for name in READABLE[label]
        for lookup in LOOKUPS
        for value in ("x", "9" * 40)
    ]

    found = [rows_or_refusal(page, rf.get("/", query)) for query in asked]

    assert len(found) == len(asked)


@pytest.mark.parametrize("label", LISTS)
@pytest.mark.parametrize("key", ["x", "a\0b", "9" * 40])
def test_no_action_fails_over_what_was_chosen(sue: Client, rf: RequestFactory, label: str, key: str) -> None:
    request = rf.get("/")
    request.user = User.objects.get(username="sue")
    chosen = {"_selected_action": [key, key], "index": [key], "answered": "1"}

    answers = [
        sue.post(f"/admin/{label.replace('.', '/')}/", chosen | {"action": action, "select_across": across})
        for action in ["", "no such action", *PAGES[label].get_actions(request)]
        for across in ("0", key)
    ]

    assert {answer.status_code for answer in answers} <= {HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.FORBIDDEN}


PAGES_OF_ONE = [
    *(
        "change",
        "delete",
        "history",
        "password",
        "invite.ics",
        "html",
        "cancel",
        "resend",
        "withdraw",
        "hang-up",
        "live",
    ),
    "",
]
OTHERS = [
    *("candidates/candidate/import/{}", "candidates/candidate/export", "calls/conversationsession/start/{}"),
    *("calls/conversationsession/of/{}", "autocomplete", "search", "r/{}/{}", "interviews/slot/weekly", "jsi18n", "{}"),
]


@thorough
@given(st.sampled_from(LISTS), texts, st.sampled_from(PAGES_OF_ONE), texts, texts)
@example("candidates.candidate", "a\0b", "change", "", "")
@example("auth.user", "9" * 40, "password", "", "")
@example("interviews.interview", NOBODY, "html", "", "")
def test_no_page_of_a_document_fails(sue: Client, label: str, key: str, page: str, filters: str, field: str) -> None:
    query = urlencode({"_changelist_filters": filters, "_to_field": field, "_popup": field, "mark": key, "turns": key})

    answer = sue.get(f"/admin/{label.replace('.', '/')}/{quote(key, safe='')}/{page}/?{query}".replace("//", "/"))

    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


@thorough
@given(st.sampled_from(OTHERS), texts, st.dictionaries(st.sampled_from(["q", "s", "term", "page", "app_label"]), texts))
def test_no_other_page_of_the_admin_fails(sue: Client, page: str, key: str, query: dict[str, str]) -> None:
    path = page.format(*[quote(key, safe="")] * 2)

    answer = sue.get(f"/admin/{path}/?{urlencode(query)}")

    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.mark.parametrize("key", ["1", "no-id", "z" * 24])
def test_no_document_has_what_is_no_id(sue: Client, key: str) -> None:
    kind = ContentType.objects.get(app_label="candidates", model="candidate")

    assert sue.get(f"/admin/r/{kind.pk}/{key}/").status_code == HTTPStatus.NOT_FOUND


RELATIONS = sorted(
    {
        (model._meta.app_label, model._meta.model_name, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields(include_hidden=True)
    }
)


def test_no_choice_for_a_field_fails_nor_shows_a_secret(sue: Client) -> None:
    key = Token.objects.get().key
    asked = [dict(zip(("app_label", "model_name", "field_name"), relation, strict=True)) for relation in RELATIONS]

    answered = [query for query in asked if sue.get("/admin/autocomplete/", query).status_code == HTTPStatus.OK]
    answers = [
        sue.get("/admin/autocomplete/", query | {"term": term, "page": page})
        for query in answered
        for term, page in (("a", "x"), ("(", 1), ("\0", 1), ("a b " * 40, 1), ("x" * 40_000, 1))
    ]

    assert len(answered) >= 10
    assert {answer.status_code for answer in answers} == {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
    assert key not in str([answer.content for answer in answers])


API = [
    *("/list-candidates", "/api/candidates/", "/api/calls/", "/api/sessions/", "/api/slots/", "/api/interviews/"),
    *("/api/", "/api/openapi.json", "/api/candidates/{}/", "/api/calls/{}/", "/api/sessions/{}/", "/api/slots/{}/"),
    *("/api/interviews/{}/", "/api/{}/", "/{}"),
]
PARAMETERS = [
    "limit",
    "after",
    "format",
    "phone",
    "status",
    "candidate",
    "candidate_id",
    "from",
    "to",
    "interviewer_email",
]


@thorough
@given(
    st.sampled_from(API),
    texts,
    st.dictionaries(st.one_of(st.sampled_from(PARAMETERS), texts), texts, max_size=3),
    st.sampled_from(["application/json", "text/html", "*/*", "\x7f", "text/html; q=x"]),
)
def test_no_list_of_the_api_fails(sue: Client, path: str, key: str, query: dict[str, str], accept: str) -> None:
    answer = sue.get(f"{path.format(quote(key, safe=''))}?{urlencode(query)}", HTTP_ACCEPT=accept)

    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
