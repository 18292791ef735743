"""A Django QuerySet whose conditions are compiled to MongoDB and whose rows are raw documents."""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn, Self

from django.db import models
from django.db.models.expressions import F, OrderBy
from django.db.models.query import ModelIterable
from django.db.models.sql import Query
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE
from django.db.models.sql.where import WhereNode
from django.utils import timezone

from config.mirror import aggregates, writes
from config.mirror.compile import Compiler, RawFilter
from config.mirror.filters import Filter, all_of
from config.mirror.unsupported import SqlOnly, unsupported

SortKeys = list[tuple[str, int]]


class MongoQuery(Query):
    """Collects conditions as any Query does, and never becomes SQL."""

    # Whatever Django 5.2 would run as SQL asks for a compiler here, so that nothing reaches the SQL database unnoticed
    def get_compiler(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise unsupported("SQL", "the methods of the mirror's queryset, or the document's own `objects`")


def ordering_of(query: Query) -> SortKeys:
    """Return the sort keys of a query. :raises NotSupportedError: an order that documents do not have."""
    meta = query.get_meta()
    ordering = query.order_by or (query.default_ordering and meta.ordering) or ()
    keys: dict[str, int] = {}
    for item in ordering:
        name, direction = order_item(item)
        keys.setdefault(sort_path(query.model, name), direction if query.standard_ordering else -direction)
    return list(keys.items())


def order_item(item: Any) -> tuple[str, int]:
    """Return the name and direction that one part of an ordering means."""
    if isinstance(item, OrderBy) and not (item.nulls_first or item.nulls_last):
        name, direction = item.expression, -1 if item.descending else 1
    else:
        name, direction = item, 1
    name = name.name if isinstance(name, F) else name
    if not isinstance(name, str) or name == "?":
        raise unsupported("such ordering", "the names of stored fields")
    return name.lstrip("-+"), -direction if name.startswith("-") else direction


def sort_path(model: type[models.Model], name: str) -> str:
    """Return the path that an ordering by this name goes by."""
    if "__" in name:
        raise unsupported(f"ordering by the related {name!r}", "a field stored on the document itself")
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if field.is_relation and name == field.name:
        raise unsupported(f"ordering by the related {name!r}", f"{field.attname!r}, or a field stored on the document")
    return model.mirrored.field_paths[field.attname].path


def attach(instances: list[models.Model], model: type[models.Model], wanted: Any) -> None:
    """Fetch what the instances point to, one query for each relation; a dangling one is remembered as missing."""
    if wanted is True:
        wanted = {field.name: {} for field in model._meta.concrete_fields if field.is_relation}
    for name, deeper in wanted.items():
        field = model._meta.get_field(name)
        ids = {getattr(instance, field.attname) for instance in instances} - {None}
        found = field.related_model._base_manager.order_by().filter(pk__in=ids) if ids else ()
        related = {each.pk: each for each in found}
        attach(list(related.values()), field.related_model, deeper)
        for instance in instances:
            field.set_cached_value(instance, related.get(getattr(instance, field.attname)))


class MongoQuerySet(SqlOnly, models.QuerySet):
    """Stock QuerySet over documents. `count()` of all documents is MongoDB's own estimate; the rest is exact."""

    _count_limit: int | None = None

    def __init__(self, model: Any = None, query: Query | None = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or MongoQuery(model), using, hints)

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._count_limit = self._count_limit
        return clone

    def where(self, spec: Filter) -> Self:
        """Narrow by a raw MongoDB filter, for what lookups cannot say (`$elemMatch`, `$expr`, `$text`)."""
        clone = self._chain()
        clone.query.where.add(RawFilter(spec), "AND")
        return clone

    def settled(self) -> Self:
        """Return the same rows with every related document already looked up.

        A changelist clones its queryset for the count, the page and the steps of the date hierarchy: each would ask
        for the ids of the related documents again.
        """
        if len(self.query.alias_map) <= 1:
            return self
        clone = self._chain()
        clone.query.where = WhereNode([RawFilter(Compiler(self.query).compile(self.query.where))])
        return clone

    def capped(self, limit: int | None) -> Self:
        """Return the same rows, of which counts (facets included) are taken up to a limit; None: exactly."""
        clone = self._chain()
        clone._count_limit = limit
        return clone

    def spec(self) -> Filter:
        """Return the raw filter of this queryset, with what the document's own manager adds."""
        own = self.model.mirrored.document.objects._query
        return all_of([own, Compiler(self.query).compile(self.query.where)])

    def cursor(self, fields: Iterable[models.Field] | None = None) -> Any:
        """Return pymongo's cursor over the raw documents, with nothing but these fields if they are given."""
        field_paths = self.model.mirrored.field_paths
        projection = {"_id": 1} | {field_paths[each.attname].path: 1 for each in fields} if fields is not None else None
        cursor = self.model.mirrored.collection.find(self.spec(), projection)
        if keys := ordering_of(self.query):
            cursor = cursor.sort(keys)
        if self.query.low_mark:
            cursor = cursor.skip(self.query.low_mark)
        if self.query.high_mark is not None:
            cursor = cursor.limit(self.query.high_mark - self.query.low_mark)
        return cursor

    def explain(self, *, format: str | None = None, **options: Any) -> dict[str, Any]:  # noqa: A002 - Django's name
        """Return MongoDB's plan for the rows."""
        return self.cursor().explain()

    # Private in Django: iteration, len() and bool() all fill the cache through it. As in Django 5.2, but that
    # the rows come from MongoDB.
    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._result_cache = list(self._rows(None))
        if self._prefetch_related_lookups and not self._prefetch_done:
            self._prefetch_related_objects()

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Yield the rows as MongoDB hands them out, keeping none."""
        if self._prefetch_related_lookups:
            raise unsupported(
                "prefetch_related() before iterator()", "select_related(), or iterate the queryset itself"
            )
        return iter(self._rows(chunk_size or GET_ITERATOR_CHUNK_SIZE))

    def _rows(self, chunk_size: int | None) -> Iterable[Any]:
        if issubclass(self._iterable_class, ModelIterable):
            return self._instances(chunk_size)
        return aggregates.shaped(self._iterable_class, self._names(), self._tuples())

    def _instances(self, chunk_size: int | None) -> Iterator[models.Model]:
        model, mask = self.model, self.query.get_select_mask()
        fields = [field for field in model._meta.concrete_fields if not mask or field in mask]
        readers = [(field.attname, model.mirrored.field_paths[field.attname].read) for field in fields]
        names = [name for name, _ in readers]
        cursor = self.cursor(fields if mask else None)
        while chunk := [
            model.from_db(self.db, names, [read(raw) for _, read in readers]) for raw in islice(cursor, chunk_size)
        ]:
            if self.query.select_related:
                attach(chunk, model, self.query.select_related)
            self._recall_related(chunk)
            yield from chunk

    # Private in Django: as the end of ModelIterable.__iter__ of Django 5.2
    def _recall_related(self, instances: list[models.Model]) -> None:
        """Give back the instance that a related manager started from, as Django does."""
        for field, known in self._known_related_objects.items():
            for instance in instances:
                if not field.is_cached(instance):
                    setattr(instance, field.name, known.get(getattr(instance, field.attname)))

    def _names(self) -> tuple[str, ...]:
        return tuple(self.query.values_select) or tuple(field.attname for field in self.model._meta.concrete_fields)

    def _targets(self) -> list[models.Field]:
        columns = self.query.select
        if any(column.alias != self.query.base_table for column in columns):
            raise unsupported("values() across a relation", "select_related() and the attributes of the related object")
        return [column.target for column in columns] or list(self.model._meta.concrete_fields)

    def _tuples(self) -> Iterable[tuple[Any, ...]]:
        targets = self._targets()
        field_paths = [self.model.mirrored.field_paths[target.attname] for target in targets]
        if self.query.distinct and len(field_paths) == 1:
            found = aggregates.distinct(self.model.mirrored.collection, self.spec(), field_paths[0])
            return found[self.query.low_mark : self.query.high_mark]
        rows = (tuple(field_path.read(raw) for field_path in field_paths) for raw in self.cursor(targets))
        return dict.fromkeys(rows) if self.query.distinct else rows

    def count(self) -> int:
        """Return how many rows there are: an estimate where nothing narrows them, up to the limit if capped."""
        if self._result_cache is not None:
            return len(self._result_cache)
        spec, query = self.spec(), self.query
        collection, limit = self.model.mirrored.collection, self._count_limit
        if not spec and not query.is_sliced:
            return collection.estimated_document_count()
        options = {"skip": query.low_mark} if query.low_mark else {}
        if query.high_mark is not None:
            return collection.count_documents(spec, limit=query.high_mark - query.low_mark, **options)
        if limit is None:
            return collection.count_documents(spec, **options)
        return aggregates.limited(collection.count_documents(spec, limit=limit, **options), limit)

    def exists(self) -> bool:
        if self._result_cache is not None:
            return bool(self._result_cache)
        if self.query.is_sliced:
            return bool(self)
        return self.model.mirrored.collection.find_one(self.spec(), {"_id": 1}) is not None

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return counts (with `filter=`), extremes, sums and means of stored fields."""
        wanted = {each.default_alias: each for each in args} | kwargs
        return aggregates.aggregate(self.query, self.spec(), wanted, limit=self._count_limit)

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> list[Any]:
        """Return the starts of the periods in which there are documents."""
        field_path = self.model.mirrored.field_paths[self.model._meta.get_field(field_name).attname]
        zone = tzinfo or timezone.get_current_timezone()
        found = aggregates.periods(self.model.mirrored.collection, self.spec(), field_path, kind, zone)
        return found if order == "ASC" else found[::-1]

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> list[Any]:
        """Return the first days of the periods in which there are documents."""
        return [each.date() for each in self.datetimes(field_name, kind, order, tzinfo=dt.UTC)]

    def update(self, **values: Any) -> int:
        """Set stored fields on every row, each value checked by its field; the document's clean() is not run."""
        if self.query.is_sliced:
            raise unsupported("update() of a slice", "filter(pk__in=[...])")
        return writes.update_all(self.model, self.spec(), values)

    update.alters_data = True

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete every row by the document's own rules. :raises ProtectedError: a reference denies it."""
        if self.query.is_sliced:
            raise unsupported("delete() of a slice", "filter(pk__in=[...])")
        return writes.delete_all(self.model, self.spec())

    delete.alters_data = True
    delete.queryset_only = True

    def distinct(self, *field_names: str) -> Self:
        """Drop repeated values; rows themselves never repeat."""
        if field_names:
            raise unsupported("distinct() on some fields", "distinct() after values_list()")
        return super().distinct()
