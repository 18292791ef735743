"""What every endpoint shares: one form of error, one form of page, bounded JSON, and no field that nobody knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import mongoengine
from bson import ObjectId
from django.conf import settings
from mongoengine import QuerySet
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import exception_handler

PAGE, LONGEST_PAGE = 50, 500


class Refused(APIException):
    """A request that cannot be granted; the code is for programs, the message says what to do, facts stand beside."""

    def __init__(self, status_code: int, code: str, message: str, **facts: Any) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.facts = facts


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception as {"status": "error", "code", "message", …}; None lets Django treat it."""
    if isinstance(error, mongoengine.ValidationError):
        error = ValidationError(_by_field(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    facts = getattr(error, "facts", {})
    if isinstance(error, ValidationError):
        facts = {"errors": response.data}
    code = error.get_codes() if isinstance(error, APIException) else None
    response.data = {
        "status": "error",
        "code": code
        if isinstance(code, str)
        else {404: "not_found", 403: "forbidden"}.get(response.status_code, "invalid"),
        "message": _message(response.data),
        **facts,
    }
    return response


def _message(data: Any) -> str:
    if isinstance(data, dict) and "detail" in data:
        return str(data["detail"])
    if isinstance(data, dict):
        return " ".join(f"{name}: {_message(found)}" for name, found in data.items())
    return " ".join(_message(found) for found in data) if isinstance(data, list) else str(data)


def _by_field(error: mongoengine.ValidationError) -> dict[str, Any]:
    return error.to_dict() or {"non_field_errors": [error.message]}


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, nested no deeper than can be read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Read the body. :raises Refused: it is too large. :raises ParseError: it is no JSON."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > most:
            message = f"The body is larger than {most} bytes."
            raise Refused(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "body_too_large", message)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error


class Text(serializers.CharField):
    """A text that is one in the JSON too: numbers are not taken for it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text. :raises ValidationError:"""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer):
    """A serializer that refuses fields it does not know, or that are not the caller's to write."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the validated fields. :raises ValidationError:"""
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            extra = {
                name: ["Read only."] if name in self.fields else ["Unknown field."] for name in set(data) - writable
            }
            if extra:
                raise ValidationError(dict(sorted(extra.items())))
        return super().to_internal_value(data)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by a time, the newest first, then by id; without a time by id, the oldest first."""

    time: str | None = None


def page(documents: QuerySet, order: Order, request: Request) -> tuple[list[Any], str | None]:
    """Return one page of `?limit=` documents behind `?after=`, and the address of the next, if there is one.

    A page is found by its key, not by skipping: the thousandth costs what the first does.
    """
    limit = _limit(request.query_params.get("limit"))
    if after := request.query_params.get("after"):
        documents = documents.filter(__raw__=_behind(order, after))
    keys = (f"-{order.time}", "-id") if order.time else ("id",)
    found = list(documents.order_by(*keys).limit(limit + 1))
    if len(found) <= limit:
        return found, None
    found = found[:limit]
    return found, replace_query_param(request.build_absolute_uri(), "after", _key(order, found[-1]))


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LONGEST_PAGE):
        raise ValidationError({"limit": [f"Must be a whole number from 1 to {LONGEST_PAGE}."]})
    return int(text)


def _key(order: Order, document: Any) -> str:
    return f"{getattr(document, order.time).isoformat()}~{document.id}" if order.time else str(document.id)


def _behind(order: Order, key: str) -> dict[str, Any]:
    at, _, last = key.rpartition("~")
    last_id, time = _object_id(last), _time(at)
    if not last_id or (order.time and not time):
        raise ValidationError({"after": ["Not a key of this list; follow its next instead."]})
    if not order.time:
        return {"_id": {"$gt": last_id}}
    return {order.time: {"$lte": time}, "$or": [{order.time: {"$lt": time}}, {"_id": {"$lt": last_id}}]}


def _object_id(text: str) -> ObjectId | None:
    return ObjectId(text) if ObjectId.is_valid(text) else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


class KeysetMixin:
    """Lists a viewset's documents by keyset pages, as {"results": […], "next": url or null}."""

    order: Order
    documents: Callable[[], QuerySet]

    def list(self, request: Request) -> Response:
        """Return one page."""
        found, following = page(self.filtered(request), self.order, request)
        return Response({"results": self.serializer_class(found, many=True).data, "next": following})

    def filtered(self, request: Request) -> QuerySet:
        """Return the documents that the query string asks for."""
        return self.documents()
