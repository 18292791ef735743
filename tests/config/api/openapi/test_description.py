import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from config.urls import api_description as description

NOT_THE_API = ("admin/", "api-auth/", "phone/", "twilio/", "api/<path:unknown>")
IMPLIED = {"head", "options"}


def served(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from served(pattern.url_patterns, address)
        else:
            yield address, pattern


def methods_of(view: object) -> set[str]:
    """Return what a view answers: of a viewset its actions, else what its class has a method for."""
    actions = getattr(view, "actions", None) or {}
    by_name = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, name)}
    allowed = set(view.initkwargs.get("http_method_names") or view.cls.http_method_names)
    return (set(actions) or by_name) & allowed - IMPLIED


def readable(address: str) -> str:
    """Write a pattern of the router as OpenAPI writes an address."""
    return "/" + re.sub(r"\(\?P<\w+>[^)]*\)", "{id}", address).replace("/?", "/").replace("^", "").replace("$", "")


def test_everything_that_is_served_is_described_and_nothing_else() -> None:
    patterns = [found for found in get_resolver().url_patterns if not str(found.pattern).startswith(NOT_THE_API)]
    answered = {readable(address): methods_of(found.callback) for address, found in served(patterns)}

    described = {address: set(operations) for address, operations in description()["paths"].items()}

    assert described == answered


def test_the_description_is_valid() -> None:
    validate(description())


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [each["operationId"] for operations in description()["paths"].values() for each in operations.values()]

    assert len(names) == len(set(names))


def test_the_description_is_served_and_named_at_the_root(api: APIClient) -> None:
    address = api.get("/api/").json()["openapi.json"]

    response = api.get(address)

    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == description()


@pytest.mark.django_db
def test_strangers_are_not_shown_what_there_is() -> None:
    response = APIClient().get("/api/openapi.json")

    assert (response.wsgi_request.user, response.status_code) == (AnonymousUser(), 401)


def test_nobody_pays_for_the_description_at_start() -> None:
    asked = "import django, sys; django.setup(); import config.urls; print('candidates.openapi' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"
