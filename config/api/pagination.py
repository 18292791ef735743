"""Lists in pages, as {"results": […], "next": url or null}, each found by the key of the last item before it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bson import ObjectId
from django.conf import settings
from django.utils import timezone
from mongoengine import Document
from pymongo.collection import Collection as MongoCollection
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.api.raw_serializers import raw_serializer

PAGE_SIZE, MAX_PAGE_SIZE = 50, 500
PARAMETERS = {"limit", "after", "format"}


def _parse_object_id(text: str) -> ObjectId | None:
    return ObjectId(text) if ObjectId.is_valid(text) else None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by a time, the newest first, then by id; without a time by id, the oldest first.

    `read_id` reads an id from an address, and returns None for what is none.
    """

    time: str | None = None
    read_id: Callable[[str], Any] = _parse_object_id


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list shows, in which form and order.

    One that `is_counted` says how many documents the collection has, as MongoDB estimates it without counting.
    """

    document: type[Document]
    serializer: type[serializers.Serializer]
    order: Order
    is_counted: bool = False


class Page(NamedTuple):
    """A page of a list, the URL of the next one, and how many there are in all: 0 where they are not counted."""

    results: list[dict[str, Any]]
    next_url: str | None
    total: int


def read_page(listing: Listing, wanted: Mapping[str, Any], request: Request, *, filters: Collection[str] = ()) -> Page:
    """Return the first `?limit=` of the wanted documents after `?after=`, by one query.

    The condition on the key replaces skipping, so that the thousandth page costs what the first does. `wanted` is a
    filter of MongoDB's, which must not name the fields of the order.

    :raises ValidationError: a parameter is malformed, or is none of these and none of `filters`.
    """
    if unknown := sorted(request.query_params.keys() - PARAMETERS - set(filters)):
        raise ValidationError({name: ["Unknown parameter."] for name in unknown})
    limit, order = _parse_limit(request.query_params.get("limit")), listing.order
    after = request.query_params.get("after")
    found, total = _read(listing, {**wanted, **({} if after is None else _after_condition(order, after))}, limit + 1)
    next_url = None
    if len(found) > limit:
        found = found[:limit]
        next_url = replace_query_param(request.build_absolute_uri(), "after", _key_of(order, found[-1]))
    write = raw_serializer(listing.serializer)
    return Page([write(each) for each in found], next_url, total)


def _read(listing: Listing, wanted: dict[str, Any], limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return the first documents, and how many there are in all: 0 where they are not counted."""
    collection, fields = (
        _in_time_zone(listing.document._get_collection()),
        raw_serializer(listing.serializer).projection,
    )
    order = {listing.order.time: -1, "_id": -1} if listing.order.time else {"_id": 1}
    if not listing.is_counted:
        return collection.find(wanted, fields).sort([*order.items()]).limit(limit).to_list(), 0
    counted = {"coll": collection.name, "pipeline": [{"$collStats": {"count": {}}}]}
    stages = [{"$match": wanted}, {"$sort": order}, {"$limit": limit}, {"$project": fields}, {"$unionWith": counted}]
    found = collection.aggregate(stages).to_list()
    counts = [each["count"] for each in found if "count" in each]  # one of each shard
    return found[: len(found) - len(counts)], sum(counts)


def _in_time_zone(collection: MongoCollection[dict[str, Any]]) -> MongoCollection[dict[str, Any]]:
    """Return the collection, read with times in the project's zone, as Django REST framework shows them."""
    if settings.TIME_ZONE == "UTC":  # in which the driver reads times anyway
        return collection
    zoned = collection.codec_options.with_options(tzinfo=timezone.get_default_timezone())
    return collection.with_options(codec_options=zoned)


def _parse_limit(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise ValidationError({"limit": [f"Must be a whole number from 1 to {MAX_PAGE_SIZE}."]})
    return int(text)


def _key_of(order: Order, document: Mapping[str, Any]) -> str:
    return f"{document[order.time].isoformat()}~{document['_id']}" if order.time else str(document["_id"])


def _after_condition(order: Order, key: str) -> dict[str, Any]:
    at, _, last = key.rpartition("~")
    last_id, time = order.read_id(last), _parse_time(at)
    if not last_id or (not time if order.time else key != last):
        raise ValidationError({"after": ["Not a key of this list; follow its next instead."]})
    if not order.time:
        return {"_id": {"$gt": last_id}}
    return {"$or": [{order.time: time, "_id": {"$lt": last_id}}, {order.time: {"$lt": time}}]}


def _parse_time(text: str) -> datetime | None:
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
        listing = Listing(self.document, self.serializer_class, self.order)
        found = read_page(listing, self.wanted(request), request, filters=self.filters)
        return Response({"results": found.results, "next": found.next_url})
