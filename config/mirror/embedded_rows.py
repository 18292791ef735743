"""Mirrors of the rows of an embedded list, for inlines: a row is its position and what it held when it was read."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, Self

import bson
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models.lookups import Lookup
from django.db.models.sql.where import AND, NothingNode
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from mongoengine import EmbeddedDocumentField
from mongoengine.base import BaseDocument

from config.mirror import writes
from config.mirror.factory import check_reserved, derived_fields, named_field_paths
from config.mirror.field_paths import FieldPath, dig
from config.mirror.model import Mirrored, MirrorModel
from config.mirror.queryset import MongoQuery
from config.mirror.unsupported import SqlOnly, unsupported

STALE = _("Somebody else changed this list meanwhile. Open the page again to change it.")


def key_of(parent: str, position: int, raw: Mapping[str, Any]) -> str:
    """Return the key of a row: another row in its position, or another content, has another key."""
    return f"{parent}-{position}-{hashlib.blake2b(bson.encode(raw), digest_size=6).hexdigest()}"


class EmbeddedRowQuerySet(SqlOnly, models.QuerySet):
    """The rows of one list, found by their document or their own key, in the order of the list."""

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or MongoQuery(model), using, hints)

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._result_cache = list(self._rows())[self.query.low_mark : self.query.high_mark]

    def _rows(self) -> Iterator["EmbeddedRow"]:
        if not set(self.query.order_by) <= {"pk", "id"}:
            raise unsupported("other order of rows", "the order of the list")
        wanted: dict[str, set[str]] = {}
        for name, values in conditions(self.query.where):
            wanted[name] = wanted.get(name, values) & values
        if not wanted:
            raise unsupported("list of all rows of all documents", "filter(parent=...)")
        keys = wanted.get("id")
        for parent in wanted.get("parent_id", {key.partition("-")[0] for key in keys or ()}):
            yield from (row for row in self.model._of(parent) if keys is None or row.pk in keys)

    def count(self) -> int:
        return len(self)

    def exists(self) -> bool:
        return bool(len(self))

    def iterator(self, chunk_size: int | None = None) -> Iterator["EmbeddedRow"]:
        return iter(list(self))

    def _unsaved(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise unsupported("rows to write one by one", "MirrorInline, or save the document itself")

    update = delete = _unsaved


def conditions(where: Any) -> Iterator[tuple[str, set[str]]]:
    """Yield the names and values that rows are looked for by. :raises NotSupportedError: others than parent and key."""
    for child in where.children:
        if isinstance(child, NothingNode):
            yield "parent_id", set()
        elif isinstance(child, Lookup) and child.lookup_name in {"exact", "in"} and where.connector == AND:
            name = child.lhs.target.attname
            if name not in {"id", "parent_id"}:
                raise unsupported("search among rows", "filter(parent=...)")
            yield name, {child.rhs} if child.lookup_name == "exact" else set(child.rhs)
        else:
            raise unsupported("search among rows", "filter(parent=...)")


class EmbeddedRow(MirrorModel):
    """One row of an embedded list."""

    mirrored_list: FieldPath
    _position: int | None = None
    _stored: dict[str, Any]
    objects = models.Manager.from_queryset(EmbeddedRowQuerySet)()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Return what the embedded document calls itself, or which row it is."""
        if self.mirrored.document.__str__ is not BaseDocument.__str__:
            return super().__str__()
        number = "" if self._position is None else f" {self._position + 1}"
        return f"{self._meta.verbose_name}{number}"

    @classmethod
    def _of(cls, parent: str) -> list[Self]:
        """Return the rows of one document, none where it is gone."""
        mirrored = cls._meta.get_field("parent").related_model.mirrored
        pk = cls._meta.get_field("parent").related_model._meta.pk.attname
        raw = mirrored.collection.find_one(
            {"_id": mirrored.field_paths[pk].stored(parent)}, {cls.mirrored_list.path: 1}
        )
        return [cls._at(parent, position, row) for position, row in enumerate(dig(raw, cls.mirrored_list.path) or ())]

    @classmethod
    def _at(cls, parent: str, position: int, raw: dict[str, Any]) -> Self:
        names = list(cls.mirrored.field_paths)
        values = [cls.mirrored.field_paths[name].read(raw) for name in names]
        row = cls.from_db("default", ["id", "parent_id", *names], [key_of(parent, position, raw), parent, *values])
        row._position, row._stored = position, raw
        return row

    @property
    def document(self) -> BaseDocument:
        return self.mirrored.document._from_son(self._stored)

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: a row is saved with its list."""
        raise unsupported("rows to write one by one", "MirrorInline, or save the document itself")

    delete = save


def write_rows(parent: MirrorModel, field_path: FieldPath, changed: list, deleted: list, added: list) -> None:
    """Write a list anew, on condition that nobody changed it meanwhile. :raises ChangedMeanwhile: somebody did."""
    for _try in range(writes.TRIES):
        raw, document = writes.fetch(type(parent), parent.pk)
        stored = dig(raw, field_path.path) or []
        if any(dict(enumerate(stored)).get(row._position) != row._stored for row in [*changed, *deleted]):
            break
        edit_rows(document, field_path, changed, deleted, added)
        writes.check(type(parent), document, type(parent).mirrored.document._from_son(raw))
        if writes.store(type(parent), raw, document):
            return
    raise writes.ChangedMeanwhile(STALE)


def edit_rows(document: BaseDocument, field_path: FieldPath, changed: list, deleted: list, added: list) -> BaseDocument:
    """Change, remove and add rows on a document at hand, and return it. :raises IndexError: a row is not there."""
    items = list(dig_attributes(document, field_path.names) or ())
    for row in changed:
        row._put_on(items[row._position])
    gone = {row._position for row in deleted}
    kept = [item for position, item in enumerate(items) if position not in gone]
    field_path.assign(document, kept + [row._put_on(row.mirrored.document()) for row in added])
    return document


def dig_attributes(document: BaseDocument, names: Iterable[str]) -> Any:
    """Return what an attribute path leads to, None where something on the way is missing."""
    value: Any = document
    for name in names:
        value = getattr(value, name, None)
    return value


class EmbeddedRowFormSet(BaseInlineFormSet):
    """The rows of a list on the page of its document, written together."""

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return what the names of the inputs begin with; the admin's scripts need a word there."""
        return cls.model._meta.model_name

    def clean(self) -> None:
        """Refuse rows that are no longer what the page showed, and what their document refuses because of them."""
        super().clean()
        if any("id" in form.errors for form in self.initial_forms):
            raise ValidationError(STALE)
        taken = None if any(self.errors) else self._take_rows()
        if not taken:
            return
        model = type(self.instance)
        try:
            before = writes.errors_of(model, self.instance._changed_document())
            edited = edit_rows(self.instance._changed_document(), self.model.mirrored_list, *taken)
        except (writes.DocumentGone, IndexError) as error:
            raise ValidationError(STALE) from error
        found = writes.errors_of(model, edited)
        raise_if([each for name, messages in found.items() for each in messages if each not in before.get(name, ())])

    def _take_rows(self) -> tuple[list, list, list] | None:
        """Return the rows changed, removed and added, None where there are none."""
        super().save(commit=False)
        taken = [row for row, _names in self.changed_objects], self.deleted_objects, self.new_objects
        return taken if any(taken) else None

    def save(self, commit: bool = True) -> list[EmbeddedRow]:
        """Write what was changed, removed and added."""
        taken = self._take_rows()
        if commit and taken:
            write_rows(self.instance, self.model.mirrored_list, *taken)
        return [*self.new_objects, *(row for row, _names in self.changed_objects)]


def raise_if(messages: list[str]) -> None:
    """Refuse with these messages. :raises ValidationError: there are some."""
    if messages:
        raise ValidationError(messages)


def mirror_embedded_rows(
    parent: type[MirrorModel],
    field: str,
    module: str,
) -> type[EmbeddedRow]:
    """Return the model for the rows of an embedded list, `field` being its name on the parent's mirror."""
    field_path = parent.mirrored.field_paths[field]
    inner = getattr(field_path.leaf, "field", None)
    if not isinstance(inner, EmbeddedDocumentField):
        raise ImproperlyConfigured(f"{field!r} is no list of embedded documents.")
    document = inner.document_type
    field_paths = named_field_paths(document, {})
    check_reserved(field_paths, EmbeddedRow, "id", "parent")
    made = derived_fields(document, field_paths)
    options = {"managed": False, "base_manager_name": "objects", "default_permissions": ()}
    namespace = {"__module__": module, "__doc__": document.__doc__, "mirrored_list": field_path} | made
    namespace |= {
        "Meta": type("Meta", (), options),
        "id": models.CharField(primary_key=True, max_length=200, editable=False),
        "parent": models.ForeignKey(parent, models.DO_NOTHING, related_name="+", db_constraint=False),
        "mirrored": Mirrored(
            document, {(f"{key}_id" if made[key].is_relation else key): field_paths[key] for key in made}
        ),
    }
    return type(document.__name__, (EmbeddedRow,), namespace)
