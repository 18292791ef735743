"""What every endpoint shares: one form of error, one form of page, bounded JSON, and no field that nobody knows."""

import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import mongoengine
from bson import ObjectId
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from mongoengine import Document
from pymongo.collection import Collection as MongoCollection
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.limits import told_to_a_stranger
from config.mongo import client, outage
from config.written import writer

PAGE, LONGEST_PAGE = 50, 500
PARAMETERS = {"limit", "after", "format"}


logger = logging.getLogger(__name__)


class Refused(APIException):
    """A request that cannot be granted; the code is for programs, the message says what to do, facts stand beside."""

    def __init__(self, status_code: int, code: str, message: str, **facts: Any) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        self.facts = facts


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """Answer an exception as {"status": "error", "code", "message", …}; one that nobody expected is logged."""
    from rest_framework.views import exception_handler  # here: it imports this module for its parser

    if isinstance(error, mongoengine.ValidationError):
        error = ValidationError(_by_field(error))
    if isinstance(error, RequestDataTooBig):
        message = f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes."
        error = Refused(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "body_too_large", message)
    if client.is_away(error):
        logger.error("%s: the database is away: %s", context["request"].path, error)
        error = Refused(status.HTTP_503_SERVICE_UNAVAILABLE, "database_unavailable", outage.MESSAGE)
        error.wait = outage.RETRY_AFTER_SECONDS  # Django REST framework makes Retry-After of it
    if isinstance(error, NotAuthenticated | AuthenticationFailed):
        error = told_to_a_stranger(error, context["request"])
    response = exception_handler(error, context)
    if response is None:
        logger.error("%s failed", context["request"].path, exc_info=error)
        message = "Something went wrong on our side; it is logged."
        error = Refused(status.HTTP_500_INTERNAL_SERVER_ERROR, "server_error", message)
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
    """Answer an address under /api/ that there is not, in the form of the others."""
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


class BoundedJSONParser(JSONParser):
    """JSON in UTF-8, nested no deeper than can be read. Django bounds its size (DATA_UPLOAD_MAX_MEMORY_SIZE)."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict[str, Any] | None = None) -> Any:
        """Read the body. :raises ParseError: it is no JSON, or holds what no text can."""
        try:
            data = super().parse(stream, media_type, (parser_context or {}) | {"encoding": "utf-8"})
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half of a surrogate pair is no character") from error
        return data


class Text(serializers.CharField):
    """A text that is one in the JSON too: numbers are not taken for it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text. :raises ValidationError:"""
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:  # counted as it was sent, before it is trimmed
            raise ValidationError(f"Must have at most {self.max_length} characters; this has {len(data)}.")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A time that says its offset from UTC: without it, nobody knows which hour is meant."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the time in UTC. :raises ValidationError: it has no offset."""
        if value.tzinfo is None:
            raise ValidationError("Give the time with its offset, such as 2030-11-25T10:00:00+05:30.")
        return super().enforce_timezone(value)


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


def _object_id(text: str) -> ObjectId | None:
    return ObjectId(text) if ObjectId.is_valid(text) else None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by a time, the newest first, then by id; without a time by id, the oldest first.

    `read_id` reads an id from an address, and returns None for what is none.
    """

    time: str | None = None
    read_id: Callable[[str], Any] = _object_id


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list is of, and in which form and order; raw documents are written, none is hydrated.

    A counted one tells about how many documents there are in all: what MongoDB knows without counting.
    """

    document: type[Document]
    serializer: type[serializers.Serializer]
    order: Order
    is_counted: bool = False


class Page(NamedTuple):
    """A page of a list, as it is shown; the address of the next one; how many there are in all, where that is told."""

    results: list[dict[str, Any]]
    following: str | None
    total: int


def page(listed: Listed, wanted: Mapping[str, Any], request: Request, *, filters: Collection[str] = ()) -> Page:
    """Return one page of `?limit=` of the wanted documents behind `?after=`, by one query.

    A page is found by its key, not by skipping: the thousandth costs what the first does. `wanted` is a filter of
    MongoDB's, which must not speak of the order's fields.

    :raises ValidationError: also for a parameter that is none of these and none of `filters`.
    """
    if unknown := sorted(request.query_params.keys() - PARAMETERS - set(filters)):
        raise ValidationError({name: ["Unknown parameter."] for name in unknown})
    limit, order = _limit(request.query_params.get("limit")), listed.order
    after = request.query_params.get("after")
    found, total = _found(listed, {**wanted, **({} if after is None else _behind(order, after))}, limit + 1)
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = replace_query_param(request.build_absolute_uri(), "after", _key(order, found[-1]))
    write = writer(listed.serializer)
    return Page([write(each) for each in found], following, total)


def _found(listed: Listed, wanted: dict[str, Any], limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return the first documents, and how many there are in all: 0 where they are not counted."""
    collection, fields = _as_shown(listed.document._get_collection()), writer(listed.serializer).projection
    order = {listed.order.time: -1, "_id": -1} if listed.order.time else {"_id": 1}
    if not listed.is_counted:
        return collection.find(wanted, fields).sort([*order.items()]).limit(limit).to_list(), 0
    counted = {"coll": collection.name, "pipeline": [{"$collStats": {"count": {}}}]}
    stages = [{"$match": wanted}, {"$sort": order}, {"$limit": limit}, {"$project": fields}, {"$unionWith": counted}]
    found = collection.aggregate(stages).to_list()
    counts = [each["count"] for each in found if "count" in each]  # one of each shard
    return found[: len(found) - len(counts)], sum(counts)


def _as_shown(collection: MongoCollection[dict[str, Any]]) -> MongoCollection[dict[str, Any]]:
    """Return the collection, its times in the project's zone, as Django REST framework shows them."""
    if settings.TIME_ZONE == "UTC":  # the driver's own
        return collection
    zoned = collection.codec_options.with_options(tzinfo=timezone.get_default_timezone())
    return collection.with_options(codec_options=zoned)


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= LONGEST_PAGE):
        raise ValidationError({"limit": [f"Must be a whole number from 1 to {LONGEST_PAGE}."]})
    return int(text)


def _key(order: Order, document: Mapping[str, Any]) -> str:
    return f"{document[order.time].isoformat()}~{document['_id']}" if order.time else str(document["_id"])


def _behind(order: Order, key: str) -> dict[str, Any]:
    at, _, last = key.rpartition("~")
    last_id, time = order.read_id(last), _time(at)
    if not last_id or (not time if order.time else key != last):
        raise ValidationError({"after": ["Not a key of this list; follow its next instead."]})
    if not order.time:
        return {"_id": {"$gt": last_id}}
    return {"$or": [{order.time: time, "_id": {"$lt": last_id}}, {order.time: {"$lt": time}}]}


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def id_parameter(request: Request, name: str) -> ObjectId | None:
    """Return the id that the query string gives, None where it gives none. :raises ValidationError: it is no id."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not ObjectId.is_valid(text):
        raise ValidationError({name: ["Must be an id: 24 hexadecimal digits."]})
    return ObjectId(text)


class KeysetMixin:
    """Lists a viewset's documents by keyset pages, as {"results": […], "next": url or null}."""

    document: type[Document]
    serializer_class: type[serializers.Serializer]
    order: Order
    filters: Collection[str] = ()
    lookup_value_regex = "[^/]+"  # what is no id is answered in the form of every other error

    def wanted(self, request: Request) -> dict[str, Any]:
        """Return the filter, of MongoDB's, that the query string asks for."""
        return {}

    def list(self, request: Request) -> Response:
        """Return one page."""
        listed = Listed(self.document, self.serializer_class, self.order)
        found = page(listed, self.wanted(request), request, filters=self.filters)
        return Response({"results": found.results, "next": found.following})
