"""The one form of error that every endpoint answers with."""

from typing import Any

import pytest
from django.test import RequestFactory
from mongoengine import ValidationError
from rest_framework import serializers
from rest_framework.test import APIClient, APIRequestFactory

from config.api.errors import ApiError, handle_exception


def answered(error: Exception) -> tuple[int, dict[str, Any]]:
    response = handle_exception(error, {"request": APIRequestFactory().get("/")})
    return response.status_code, response.data


def test_a_refusal_has_a_code_a_message_and_its_facts() -> None:
    assert answered(ApiError(409, "call_limit_reached", "No more calls.", attempts=3)) == (
        409,
        {"status": "error", "code": "call_limit_reached", "message": "No more calls.", "attempts": 3},
    )


def test_the_errors_of_several_fields_are_reported_by_field_and_in_one_message() -> None:
    error = serializers.ValidationError({"name": ["Too long.", "Too dull."], "tags": {0: ["Not a string."]}})

    status, body = answered(error)

    assert (status, body["code"]) == (400, "invalid")
    assert body["message"] == "name: Too long. Too dull. tags: 0: Not a string."
    assert body["errors"] == {"name": ["Too long.", "Too dull."], "tags": {0: ["Not a string."]}}


def test_a_field_named_detail_is_reported_as_any_other() -> None:
    _, body = answered(serializers.ValidationError({"detail": ["Unknown field."]}))

    assert body["message"] == "detail: Unknown field."


@pytest.mark.parametrize(
    ("error", "errors"),
    [
        (ValidationError(errors={"name": ValidationError("Too long.")}), {"name": ["Too long."]}),
        (ValidationError(errors={"tags": {0: ValidationError("Too long.")}}), {"tags": {0: ["Too long."]}}),
        (
            ValidationError(errors={"__all__": ValidationError(errors={"ends_at": ValidationError("Too early.")})}),
            {"ends_at": ["Too early."]},
        ),
        (
            ValidationError(errors={"__all__": ValidationError("Makes no sense.")}),
            {"non_field_errors": ["Makes no sense."]},
        ),
        (ValidationError("Makes no sense."), {"non_field_errors": ["Makes no sense."]}),
    ],
)
def test_what_a_document_refuses_is_reported_as_what_a_serializer_refuses(error: Exception, errors: object) -> None:
    status, body = answered(error)

    assert (status, body["code"], body["errors"]) == (400, "invalid", errors)


def test_an_error_that_nobody_expected_is_logged_and_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    response = handle_exception(ZeroDivisionError("secret"), {"request": RequestFactory().get("/api/slots/")})

    assert response.status_code == 500
    assert response.data["code"] == "server_error"
    assert "secret" not in str(response.data)
    assert "/api/slots/ failed" in caplog.text


def test_an_address_that_there_is_not_is_reported_in_the_one_form(api: APIClient) -> None:
    response = api.get("/api/nonsense/5/")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_post_without_the_trailing_slash_is_taken(api: APIClient) -> None:
    assert api.post("/api/calls", {}, format="json").json()["code"] == "candidate_id_required"


@pytest.mark.parametrize("address", ["/api/candidates/5/", "/api/calls/5/", "/api/slots/5/", "/api/interviews/5/"])
def test_every_error_has_the_one_form(api: APIClient, address: str) -> None:
    body = api.get(address).json()

    assert body.keys() == {"status", "code", "message"}


@pytest.mark.parametrize("accept", ["image/png", "application/xml"])
def test_what_cannot_be_rendered_is_refused(api: APIClient, accept: str) -> None:
    response = api.get("/list-candidates", HTTP_ACCEPT=accept)

    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_a_format_that_there_is_not_is_not_found(api: APIClient) -> None:
    assert api.get("/api/candidates/?format=xml").status_code == 404
