"""How a mirror writes: only what was changed, while it is still as it was, never bringing a document back."""

import re
from collections.abc import Iterable
from typing import Any

import mongoengine
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, IntegrityError, models
from mongoengine.base import BaseDocument
from pymongo.errors import DuplicateKeyError

from config.mirror.field_paths import dig
from config.mirror.filters import Filter
from config.mirror.lookups import reject_expressions

# How often a write is begun anew because somebody else wrote to what it depends on between its read and its write
TRIES = 5


class Writer:
    """How the documents of a mirror are written. What has to be written with them is added by overriding this."""

    def insert(self, document: BaseDocument) -> None:
        """Insert a new document. :raises mongoengine.NotUniqueError: another has what must be unique."""
        document.save(force_insert=True)

    def update(self, collection: Any, condition: dict[str, Any], changes: dict[str, Any]) -> bool:
        """Change the document for which the condition holds; return whether there was one.

        :raises pymongo.errors.DuplicateKeyError: another has what must be unique.
        """
        return collection.update_one(condition, changes).matched_count == 1


class DocumentGone(DatabaseError):
    """The document was deleted meanwhile; writing it would bring it back."""


class ChangedMeanwhile(DatabaseError):
    """Somebody else changed the same value since it was read."""


def fetch(model: type[models.Model], pk: Any) -> tuple[dict[str, Any], BaseDocument]:
    """Return a document as stored and as MongoEngine's object. :raises DocumentGone: there is none."""
    mirrored = model.mirrored
    raw = mirrored.collection.find_one({"_id": mirrored.field_paths[model._meta.pk.attname].stored(pk)})
    if raw is None:
        raise DocumentGone(f"The {model._meta.verbose_name} was deleted meanwhile.")
    return raw, mirrored.document._from_son(raw)


def store(model: type[models.Model], raw: dict[str, Any], document: BaseDocument) -> bool:
    """Write what was changed on the document if all of it still is as in `raw`; return whether it was."""
    # Not document.save(): that upserts, and would bring back a document that was deleted meanwhile. `_delta` is private
    # in MongoEngine: what its save() sets and unsets.
    sets, unsets = document._delta()
    made = document.to_mongo()
    sets = {whole: dig(made, whole) for whole in (reach(raw, path) for path in sets)}
    unsets = {path: 1 for path in unsets if reach(raw, path) == path}
    if not sets and not unsets:
        return True
    condition = {"_id": raw["_id"]} | {path: dig(raw, path) for path in (*sets, *unsets)}
    changes = {operator: values for operator, values in (("$set", sets), ("$unset", unsets)) if values}
    try:
        return model.mirrored.writer.update(model.mirrored.collection, condition, changes)
    except DuplicateKeyError as error:
        raise IntegrityError(duplicate_message(model, error)) from error


def reach(raw: dict[str, Any], path: str) -> str:
    """Return the path that can be set: where something on the way is null or missing, that is set as a whole."""
    above, parts = raw, path.split(".")
    for number, part in enumerate(parts[:-1], 1):
        above = dig(above, part)
        if above is None:
            return ".".join(parts[:number])
    return path


def insert(instance: models.Model, document: BaseDocument) -> None:
    """Write a new document. :raises IntegrityError: another has what must be unique."""
    try:
        type(instance).mirrored.writer.insert(document)
    except (mongoengine.NotUniqueError, DuplicateKeyError) as error:
        raise IntegrityError(duplicate_message(type(instance), error)) from error
    instance.pk = type(instance)._meta.pk.to_python(document.pk)


def duplicate_message(model: type[models.Model], error: Exception) -> str:
    """Return words for a value that is taken, naming the index where MongoDB does."""
    index = re.search(r"index: (\S+)", str(error))
    fields = f" ({index[1]})" if index else ""
    return f"Another {model._meta.verbose_name} has the same value where it must be unique{fields}."


def update(instance: models.Model, names: set[str] | None) -> None:
    """Write the changed fields of an instance, or those of them that are named.

    :raises DocumentGone: the document was deleted meanwhile.
    :raises ChangedMeanwhile: a field to write was changed by somebody else since it was read.
    """
    for _ in range(TRIES):
        raw, document = fetch(type(instance), instance.pk)
        for attname in changed(instance, names):
            check_overwriting(instance, attname, raw)
            type(instance).mirrored.field_paths[attname].assign(document, getattr(instance, attname))
        check(type(instance), document, type(instance).mirrored.document._from_son(raw))
        if store(type(instance), raw, document):
            return
    raise ChangedMeanwhile(f"The {instance._meta.verbose_name} is being changed by somebody else. Try again.")


def changed(instance: models.Model, names: set[str] | None = None) -> list[str]:
    """Return the attributes that differ from what was read, in the order of the fields."""
    loaded = instance._loaded
    return [
        attname
        for attname in instance.mirrored.field_paths
        if attname in instance.__dict__
        and attname != instance._meta.pk.attname
        and (names is None or {attname, instance._meta.get_field(attname).name} & names)
        and (attname not in loaded or loaded[attname] != getattr(instance, attname))
    ]


def check_overwriting(instance: models.Model, attname: str, raw: dict[str, Any]) -> None:
    """Refuse to write over what was changed since it was read. :raises ChangedMeanwhile: it was."""
    field_path, loaded = type(instance).mirrored.field_paths[attname], instance._loaded
    unknowable = dig(raw, field_path.path) is None and callable(field_path.leaf.default)
    if (
        attname in loaded
        and not unknowable
        and field_path.read(raw) not in (loaded[attname], getattr(instance, attname))
    ):
        label = instance._meta.get_field(attname).verbose_name
        raise ChangedMeanwhile(f"“{label}” was changed by somebody else. Open the page again to see what it is now.")


def check(model: type[models.Model], document: BaseDocument, stored: BaseDocument | None = None) -> None:
    """Run the document's own validation. :raises ValidationError: Django's, by mirror field, nested ones too.

    What is wrong with the document as stored is not held against who changes something else.
    """
    errors = errors_of(model, document)
    before = errors_of(model, stored) if errors and stored is not None else {}
    new = {name: [each for each in messages if each not in before.get(name, ())] for name, messages in errors.items()}
    if any(new.values()):
        raise ValidationError({name: messages for name, messages in new.items() if messages})


def errors_of(model: type[models.Model], document: BaseDocument) -> dict[str, list[str]]:
    """Return what the document finds wrong with itself, by mirror field."""
    try:
        document.validate(clean=True)
    except mongoengine.ValidationError as error:
        return by_field(model, error)
    return {}


def by_field(model: type[models.Model], error: mongoengine.ValidationError) -> dict[str, list[str]]:
    """Return MongoEngine's messages under the mirror fields that they are about."""
    fields = {
        field_path.names: model._meta.get_field(name).name for name, field_path in model.mirrored.field_paths.items()
    }
    found: dict[str, list[str]] = {}
    for path, message in flattened(error.to_dict() or {NON_FIELD_ERRORS: error.message}):
        name, rest = NON_FIELD_ERRORS, path
        for end in range(len(path), 0, -1):
            if path[:end] in fields:
                name, rest = fields[path[:end]], path[end:]
                break
        found.setdefault(name, []).append(": ".join([*filter(None, [where(rest)]), message]))
    return found


def flattened(errors: Any, above: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], str]]:
    """Yield each message of a nested dictionary with the names that lead to it."""
    if not isinstance(errors, dict):
        yield above, str(errors)
        return
    for name, below in errors.items():
        yield from flattened(below, above if name == NON_FIELD_ERRORS else (*above, str(name)))


def where(path: tuple[str, ...]) -> str:
    """Return words for a path below a field: rows count from one."""
    return ", ".join(f"row {int(part) + 1}" if part.isdigit() else part.replace("_", " ") for part in path)


def update_all(model: type[models.Model], spec: Filter, values: dict[str, Any]) -> int:
    """Set fields on every matching document and return how many matched."""
    sets: dict[str, Any] = {}
    unsets: dict[str, Any] = {}
    for name, value in values.items():
        reject_expressions(value)
        field = model._meta.get_field(name)
        field_path = model.mirrored.field_paths[field.attname]
        value = field.get_prep_value(value.pk if isinstance(value, models.Model) else value)
        try:
            field_path.check(value)
        except mongoengine.ValidationError as error:
            raise ValidationError({field.name: error.message}) from error
        (unsets if value is None else sets)[field_path.path] = field_path.stored(value)
    changes = {operator: fields for operator, fields in (("$set", sets), ("$unset", unsets)) if fields}
    try:
        return model.mirrored.collection.update_many(spec, changes).matched_count if changes else 0
    except DuplicateKeyError as error:
        raise IntegrityError(duplicate_message(model, error)) from error


def delete_all(model: type[models.Model], spec: Filter) -> tuple[int, dict[str, int]]:
    """Delete every matching document by the document's own rules and return how many, in all and by model."""
    try:
        number = model.mirrored.document.objects(__raw__=spec).delete() or 0
    except mongoengine.OperationError as error:
        raise models.ProtectedError(str(error), set()) from error
    return number, {model._meta.label: number}
