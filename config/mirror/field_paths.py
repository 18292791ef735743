"""Where a mirrored field lives in its document, and how its value is read, stored and assigned."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import mongoengine
from bson import DBRef, ObjectId
from django.conf import settings
from mongoengine.base import BaseDocument, BaseField, ComplexBaseField

IDENTIFIERS = (mongoengine.ReferenceField, mongoengine.ObjectIdField)
CONTAINERS = (ComplexBaseField, mongoengine.EmbeddedDocumentField)


def aware(value: Any) -> Any:
    """Return a time with its zone: a connection that is not `tz_aware` hands out naive UTC."""
    if settings.USE_TZ and isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def reader(field: BaseField) -> Callable[[Any], Any]:
    """Return what turns a stored value, never None, into the one that Django sees."""
    if isinstance(field, IDENTIFIERS):
        return lambda value: str(getattr(value, "id", value))
    if isinstance(field, mongoengine.DateTimeField):
        return aware
    if isinstance(field, CONTAINERS):
        return copy.deepcopy
    return field.to_python


@dataclass(frozen=True)
class FieldPath:
    """The MongoEngine fields from the document down to one value; `fold` is how a folded text was folded."""

    chain: tuple[BaseField, ...]
    fold: Callable[[str], str] | None = None

    @cached_property
    def leaf(self) -> BaseField:
        return self.chain[-1]

    @cached_property
    def path(self) -> str:
        """The dotted path by which MongoDB knows the value."""
        return ".".join(field.db_field for field in self.chain)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes that lead to the value from the document."""
        return tuple(field.name for field in self.chain)

    @cached_property
    def always_there(self) -> bool:
        """Whether a new document has all that the value is embedded in."""
        return all(field.required or field.default is not None for field in self.chain[:-1])

    @cached_property
    def _reader(self) -> Callable[[Any], Any]:
        return reader(self.leaf)

    @cached_property
    def _parents(self) -> tuple[tuple[str, bool], ...]:
        return tuple((field.db_field, field.default is not None) for field in self.chain[:-1])

    def default(self) -> Any:
        """Return what a document without the value has at this path."""
        return self.leaf.default() if callable(self.leaf.default) else self.leaf.default

    def read(self, raw: dict[str, Any]) -> Any:
        """Return the value in a raw document; where it is absent, what MongoEngine would say it is."""
        for key, has_default in self._parents:
            raw = raw.get(key)
            if raw is None:
                if not has_default:
                    return None
                raw = {}
        value = raw.get(self.leaf.db_field)
        return self.default() if value is None else self._reader(value)

    def stored(self, value: Any) -> Any:
        """Return the value as MongoDB keeps it; of a list, one element is allowed."""
        if value is None or (isinstance(self.leaf, CONTAINERS) and not self.is_list):
            return value
        if self.is_list and not isinstance(value, list | tuple):
            return self.leaf.field.to_mongo(value) if self.leaf.field else value
        return self.leaf.to_mongo(value)

    @cached_property
    def element_reader(self) -> Callable[[Any], Any]:
        """What turns one stored element into what Django sees; the value itself where it is no list."""
        return reader(self.leaf.field) if self.is_list and self.leaf.field else self._reader

    @cached_property
    def is_list(self) -> bool:
        return isinstance(self.leaf, mongoengine.ListField)

    def python(self, value: Any) -> Any:
        """Return the value as the document's own attribute takes it."""
        if value == "" and self.leaf.default is None:
            return None
        if value is None or not isinstance(self.leaf, IDENTIFIERS):
            return value
        key = self.leaf.to_mongo(value)
        if isinstance(key, ObjectId | DBRef) or not isinstance(self.leaf, mongoengine.ReferenceField):
            return key
        return DBRef(self.leaf.document_type._get_collection_name(), key)

    def check(self, value: Any) -> None:
        """Check a value as the document would. :raises mongoengine.ValidationError: it would not take it."""
        if value is not None:
            self.leaf._validate(self.python(value))
        elif self.leaf.required:
            self.leaf.error("Field is required")

    def assign(self, document: BaseDocument, value: Any) -> None:
        """Set the value on a MongoEngine document, making what it is embedded in where that is missing; "" is none."""
        value = self.python(value)
        owner = document
        for field in self.chain[:-1]:
            if getattr(owner, field.name) is None:
                if value is None:
                    return
                setattr(owner, field.name, field.document_type())
            owner = getattr(owner, field.name)
        setattr(owner, self.leaf.name, value)


def dig(raw: Any, path: str) -> Any:
    """Return what stands at a dotted path of a raw document, list positions included, None where nothing does."""
    for key in path.split("."):
        if isinstance(raw, list):
            raw = raw[int(key)] if key.isdigit() and int(key) < len(raw) else None
        else:
            raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def chains(document: type[BaseDocument], above: tuple[BaseField, ...] = ()) -> Iterator[tuple[BaseField, ...]]:
    """Yield the chain of each value of a document, embedded documents opened unless they contain themselves."""
    opened = {field.document_type for field in above}
    for name in document._fields_ordered:
        field = document._fields[name]
        if name == "_cls":
            continue
        if isinstance(field, mongoengine.EmbeddedDocumentField) and field.document_type not in {*opened, document}:
            yield from chains(field.document_type, (*above, field))
        else:
            yield (*above, field)
