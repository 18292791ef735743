"""The one form of error that every endpoint answers with."""

import logging
from typing import Any

import mongoengine
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from rest_framework import status
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.api.throttling import error_for_stranger
from config.mongo import client, outage

logger = logging.getLogger(__name__)


class ApiError(APIException):
    """A request that is refused: `code` is for programs, `message` says what to do, `facts` are added to the answer."""

    def __init__(self, status_code: int, code: str, message: str, **facts: Any) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.facts = facts


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Answer as {"status": "error", "code", "message", …}; an exception that nobody expected is logged, as a 500."""
    if isinstance(error, mongoengine.ValidationError):
        error = ValidationError(_by_field(error))
    if isinstance(error, RequestDataTooBig):
        message = f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes."
        error = ApiError(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "body_too_large", message)
    if client.is_away(error):
        logger.error("%s: the database is away: %s", context["request"].path, error)
        error = ApiError(status.HTTP_503_SERVICE_UNAVAILABLE, "database_unavailable", outage.MESSAGE)
        error.wait = outage.RETRY_AFTER_SECONDS  # from which Django REST framework sets the header Retry-After
    if isinstance(error, NotAuthenticated | AuthenticationFailed):
        error = error_for_stranger(error, context["request"])
    response = exception_handler(error, context)
    if response is None:
        logger.error("%s failed", context["request"].path, exc_info=error)
        message = "Something went wrong on our side; it is logged."
        error = ApiError(status.HTTP_500_INTERNAL_SERVER_ERROR, "server_error", message)
        response = exception_handler(error, context)
    is_invalid = isinstance(error, ValidationError)
    facts = {"errors": response.data} if is_invalid else getattr(error, "facts", {})
    code = error.get_codes() if isinstance(error, APIException) else None
    response.data = {
        "status": "error",
        "code": code
        if isinstance(code, str)
        else {404: "not_found", 403: "forbidden"}.get(response.status_code, "invalid"),
        "message": _message(response.data if is_invalid else response.data["detail"]),
        **facts,
    }
    return response


def no_such_address(request: HttpRequest, unknown: str) -> JsonResponse:
    """Answer an address under /api/ that does not exist, in JSON: Django's own answer would be a page."""
    message = f"There is no /api/{unknown[:100]}; /api/ lists what there is."
    return JsonResponse({"status": "error", "code": "not_found", "message": message}, status=status.HTTP_404_NOT_FOUND)


def _message(data: Any) -> str:
    if isinstance(data, dict):
        return " ".join(f"{name}: {_message(found)}" for name, found in data.items())
    return " ".join(_message(found) for found in data) if isinstance(data, list) else str(data)


def _by_field(error: mongoengine.ValidationError) -> dict[str, Any]:
    """Return the errors as a serializer gives them; what clean() found wrong with a field is that field's."""
    errors = error.to_dict() or {"non_field_errors": error.message}
    of_the_whole = errors.pop(mongoengine.base.NON_FIELD_ERRORS, {})
    if not isinstance(of_the_whole, dict):
        of_the_whole = {"non_field_errors": of_the_whole}
    return _listed(of_the_whole | errors)


def _listed(found: Any) -> Any:
    return {name: _listed(each) for name, each in found.items()} if isinstance(found, dict) else [found]
