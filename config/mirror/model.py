"""MirrorModel is what an instance of a mirror can do: validate, save and delete as its document does."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.text import capfirst
from mongoengine import Document
from mongoengine.base import BaseDocument

from config.mirror import writes
from config.mirror.field_paths import FieldPath
from config.mirror.queryset import MongoQuerySet

MUTABLE = (list, dict)


@dataclass(frozen=True)
class Mirrored:
    """What a mirror stands for: its document, the path of each of its fields by attribute name, how it is written."""

    document: type[Document]
    field_paths: dict[str, FieldPath]
    writer: writes.Writer = field(default_factory=writes.Writer)

    @property
    def collection(self) -> Any:
        return self.document._get_collection()

    @property
    def index_specs(self) -> list[dict[str, Any]]:
        """The indexes that the document declares over all of its collection."""
        declared = self.document._meta.get("index_specs", ())
        return [spec for spec in declared if not spec.get("sparse") and "partialFilterExpression" not in spec]


class MirrorModel(models.Model):
    """An instance of a mirror: one document, flattened."""

    mirrored: Mirrored
    objects = models.Manager.from_queryset(MongoQuerySet)()

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._loaded: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    def __str__(self) -> str:
        """Return what the document's own __str__ makes of this instance, or of the document if it needs that."""
        document = self.mirrored.document
        if document.__str__ is BaseDocument.__str__:
            return super().__str__()
        try:
            return document.__str__(self)
        except AttributeError:
            return str(self.document)

    @classmethod
    def from_db(cls, db: str, field_names: Iterable[str], values: Iterable[Any]) -> Self:
        """Make an instance of stored values, and remember them."""
        names, values = list(field_names), list(values)
        fields = [field.attname for field in cls._meta.concrete_fields]
        if names == fields:
            instance = cls(*values)
        else:
            given = dict(zip(names, values, strict=True))
            instance = cls(*(given.get(name, models.DEFERRED) for name in fields))
        instance._state.adding = False
        instance._state.db = db
        instance._remember(names)
        return instance

    @classmethod
    def from_document(cls, document: BaseDocument) -> Self:
        """Return the mirror of a document at hand, as it is now, unsaved changes included."""
        raw = document.to_mongo().to_dict()
        names = [field.attname for field in cls._meta.concrete_fields]
        return cls.from_db("default", names, [cls.mirrored.field_paths[name].read(raw) for name in names])

    @property
    def document(self) -> BaseDocument:
        """The stored document, read anew. :raises DocumentGone: it was deleted."""
        return writes.fetch(type(self), self.pk)[1]

    def _remember(self, names: Iterable[str]) -> None:
        for name in names:
            value = self.__dict__.get(name)
            self._loaded[name] = copy.deepcopy(value) if isinstance(value, MUTABLE) else value

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Read stored values again, all or those named."""
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        meta = self._meta
        read = meta.concrete_fields if fields is None else map(meta.get_field, fields)
        self._remember(field.attname for field in read if field.attname in self.__dict__)

    def _put_on(self, document: BaseDocument) -> BaseDocument:
        """Set what was set on this instance on a document, and return it."""
        for name in self.mirrored.field_paths if self._state.adding else writes.changed(self):
            value = self.__dict__.get(name)
            if value is not None or not self._state.adding:
                self.mirrored.field_paths[name].assign(document, value)
        return document

    def _changed_document(self) -> BaseDocument:
        """Return the document with what was set on this instance. :raises DocumentGone: it was deleted."""
        return self._put_on(self.mirrored.document() if self._state.adding else self.document)

    def full_clean(self, exclude: Any = None, validate_unique: bool = True, validate_constraints: bool = True) -> None:
        """Validate as Django does, then as the document does; what was wrong with it before is no matter now."""
        exclude = set(exclude or ())
        errors: dict[str, Any] = {}
        try:
            super().full_clean(exclude, validate_unique, validate_constraints)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        try:
            stored = None if self._state.adding else self.document
            writes.check(type(self), self._changed_document(), stored)
        except writes.DocumentGone as gone:
            errors.setdefault(NON_FIELD_ERRORS, []).append(ValidationError(str(gone), code="gone"))
        except ValidationError as error:
            self._add_own_errors(errors, error, exclude)
        if errors:
            raise ValidationError(errors)

    def _add_own_errors(self, errors: dict[str, Any], error: ValidationError, exclude: set[str]) -> None:
        """Add the document's errors to Django's; one on an excluded field, which a form may lack, names the field."""
        for name, messages in error.message_dict.items():
            if name in errors:
                continue
            if name in exclude:
                label = capfirst(self._meta.get_field(name).verbose_name)
                errors.setdefault(NON_FIELD_ERRORS, []).extend(
                    ValidationError(
                        "%(label)s: %(message)s",
                        code="excluded",
                        params={"field": name, "label": label, "message": message},
                    )
                    for message in messages
                )
            else:
                errors[name] = [ValidationError(message) for message in messages]

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Insert a new document, or write what was changed since it was read.

        :raises DocumentGone: the document was deleted meanwhile; it is not brought back.
        :raises ChangedMeanwhile: somebody else changed a value that this would write.
        """
        unsaved: set[str] = set()
        if self._state.adding:
            document = self._changed_document()
            writes.check(type(self), document)
            writes.insert(self, document)
        else:
            names = set(update_fields) if update_fields is not None else None
            unsaved = set(writes.changed(self)) - set(writes.changed(self, names))
            writes.update(self, names)
        self._state.adding = False
        self._state.db = "default"
        self._take_over(set(self.mirrored.field_paths) - unsaved)

    save.alters_data = True

    def _take_over(self, names: set[str]) -> None:
        """Take over what the document now holds, what its clean() made of it included, and remember it."""
        field_paths = self.mirrored.field_paths
        raw = self.mirrored.collection.find_one({"_id": field_paths[self._meta.pk.attname].stored(self.pk)})
        known = [name for name in field_paths if name in names and name in self.__dict__]
        for name in known if raw else ():
            setattr(self, name, field_paths[name].read(raw))
        self._remember(known)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the document by its own rules. :raises ProtectedError: a reference denies it."""
        return type(self)._base_manager.filter(pk=self.pk).delete()

    delete.alters_data = True
