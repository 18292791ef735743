"""The Django field that stands for each type of MongoEngine field: what documents declare, and no more."""

from collections.abc import Callable
from typing import Any

import mongoengine
from django.core.exceptions import ImproperlyConfigured
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from mongoengine.base import BaseField

from config.mirror import fields
from config.mirror.field_paths import FieldPath

ONE_LINE = 255
ON_DELETE = {
    mongoengine.CASCADE: models.CASCADE,
    mongoengine.DENY: models.PROTECT,
    mongoengine.NULLIFY: models.SET_NULL,
}
Made = tuple[type[models.Field], dict[str, Any]]


def text(field: BaseField) -> Made:
    """A text longer than a line is typed in a larger box."""
    length = field.max_length
    return (models.TextField if length and length > ONE_LINE else models.CharField), {"max_length": length}


def limited(kind: type[models.Field]) -> Callable[[BaseField], Made]:
    """A number keeps its bounds as validators."""

    def make(field: BaseField) -> Made:
        validators = [
            validator(limit)
            for validator, limit in ((MinValueValidator, field.min_value), (MaxValueValidator, field.max_value))
            if limit is not None
        ]
        return kind, {"validators": validators}

    return make


def listed(field: BaseField) -> Made:
    """A list of texts is typed, any other is shown as JSON."""
    if isinstance(field.field, mongoengine.StringField):
        return fields.WordsField, {}
    rows = isinstance(field.field, mongoengine.EmbeddedDocumentField)
    return fields.AnyField, {"editable": not rows}


def plain(kind: type[models.Field], **kwargs: Any) -> Callable[[BaseField], Made]:
    """A field that is called the same in both worlds."""
    return lambda field: (kind, dict(kwargs))


TABLE: dict[type[BaseField], Callable[[BaseField], Made | None]] = {
    mongoengine.ReferenceField: plain(fields.ObjectIdField),
    mongoengine.ObjectIdField: plain(fields.ObjectIdField),
    mongoengine.EmailField: lambda field: (models.EmailField, {"max_length": field.max_length or 254}),
    mongoengine.StringField: text,
    mongoengine.IntField: limited(models.BigIntegerField),
    mongoengine.FloatField: limited(models.FloatField),
    mongoengine.BooleanField: plain(models.BooleanField),
    mongoengine.DateTimeField: plain(models.DateTimeField),
    mongoengine.ListField: listed,
    mongoengine.EmbeddedDocumentListField: listed,
    mongoengine.EmbeddedDocumentField: plain(fields.AnyField, editable=False),
    mongoengine.DictField: plain(fields.AnyField),
    mongoengine.BinaryField: lambda field: None,
}


def label(choice: Any) -> tuple[Any, str]:
    """Return a choice with the words for it: its own where it is a pair, else its value in words."""
    if isinstance(choice, list | tuple):
        return tuple(choice)
    return choice, str(choice).replace("_", " ").capitalize()


def choices(field: BaseField) -> dict[str, Any]:
    """Return the choices of a field as Django takes them."""
    return {"choices": [label(choice) for choice in field.choices]} if field.choices else {}


def emptiness(field_path: FieldPath) -> dict[str, Any]:
    """Return whether the field may be empty, and what a new one holds."""
    has_default = field_path.always_there and field_path.leaf.default is not None
    required = field_path.leaf.required and field_path.always_there
    return {"null": not required and not has_default, "blank": not required} | (
        {"default": field_path.default} if has_default else {}
    )


def wording(field: BaseField) -> dict[str, Any]:
    """Return the words that the document gives its field."""
    return {word: getattr(field, word) for word in ("verbose_name", "help_text") if getattr(field, word, None)}


def primary_key(field_path: FieldPath) -> models.Field:
    """Return the field for the document's own id."""
    kind, kwargs = made(field_path)
    given = isinstance(field_path.leaf, mongoengine.ObjectIdField)
    return kind(**kwargs, primary_key=True, db_column="_id", editable=not given, verbose_name="ID")


def made(field_path: FieldPath) -> Made | None:
    """Return the class of a field's counterpart and what is particular to it, None where it has none.

    :raises ImproperlyConfigured: it is of a type that no mirrored document declared so far.
    """
    # MongoEngine derives unlike types from each other (a DateField is a DateTimeField), so its own class decides
    kind = next(base for base in type(field_path.leaf).__mro__ if base.__module__.startswith("mongoengine."))
    if kind not in TABLE:
        raise ImproperlyConfigured(f"{field_path.path} is a {kind.__name__}: give TABLE in {__name__} a row for it.")
    return TABLE[kind](field_path.leaf)


def foreign_key(field_path: FieldPath, target: type[models.Model] | str, related_name: str | None) -> models.ForeignKey:
    """Return the foreign key to another mirror: what a deletion does is what the reference says."""
    common = emptiness(field_path) | wording(field_path.leaf)
    common.pop("default", None)
    on_delete = ON_DELETE.get(getattr(field_path.leaf, "reverse_delete_rule", None), models.DO_NOTHING)
    common["null"] |= on_delete is models.SET_NULL
    return models.ForeignKey(
        target, on_delete, related_name=related_name, db_column=field_path.path, db_constraint=False, **common
    )


def field_for(field_path: FieldPath, *, unique: bool) -> models.Field | None:
    """Return the Django field for a field path, None for what a page cannot show (files and bytes)."""
    answer = made(field_path)
    if answer is None:
        return None
    kind, kwargs = answer
    options = emptiness(field_path) | choices(field_path.leaf) | wording(field_path.leaf) | kwargs
    return kind(db_column=field_path.path, unique=unique, **options)


def field_name(field_path: FieldPath) -> str:
    """Return the flat name of a field path. :raises ImproperlyConfigured: Django could not use it in a lookup."""
    name = "_".join(field_path.names)
    if "__" in name or name.endswith("_"):
        raise ImproperlyConfigured(f"{name!r} cannot be mirrored: Django reads two underscores as a lookup.")
    return name
