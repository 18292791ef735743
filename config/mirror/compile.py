"""Turns the conditions that Django's Query collects into a raw MongoDB filter; what has no counterpart is refused."""

from typing import Any

from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.utils import timezone

from config.mirror.field_paths import FieldPath, dig
from config.mirror.filters import NOTHING, Filter, all_of, any_of, holds_of_nothing, none_of
from config.mirror.lookups import SPANS, comparison, known, reject_expressions, single_column, span_of, unwrapped
from config.mirror.unsupported import unsupported

Related = tuple[str, Filter]
SUBQUERY = "pk__in=Other.objects.filter(...).values('the_foreign_key')"


class RawFilter:
    """A raw MongoDB filter among the conditions of a queryset."""

    contains_aggregate = contains_over_clause = conditional = False

    def __init__(self, spec: Filter) -> None:
        self.spec = spec


class Compiler:
    """Compiles the conditions of one query. A condition is a filter on one relation's documents (named by its alias
    in the query) until it must be joined with one on others: then it becomes the ids that it holds for.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.base = query.get_initial_alias()
        self.climbed: set[str] = set()

    def compile(self, where: Any) -> Filter:
        return self._to_base(*self._node(where))

    def _node(self, node: Any) -> Related:
        if isinstance(node, RawFilter):
            return self.base, node.spec
        if isinstance(node, NothingNode):
            return self.base, NOTHING
        if isinstance(node, WhereNode):
            return self._branch(node)
        if isinstance(node, Lookup):
            return self._lookup(node)
        raise unsupported(f"condition {type(node).__name__}", "filter() on plain fields, or where() with a raw filter")

    def _branch(self, node: WhereNode) -> Related:
        if node.connector not in {AND, OR}:
            raise unsupported("^ between conditions", "| and & with ~")
        join = all_of if node.connector == AND else any_of
        groups: dict[str, list[Filter]] = {}
        for alias, spec in map(self._node, node.children):
            groups.setdefault(alias, []).append(spec)
        joined = {alias: join(specs) for alias, specs in groups.items()}
        while len(joined) > 1:
            deepest = max(joined, key=self._depth)
            alias, spec = self._up(deepest, joined.pop(deepest))
            joined[alias] = join([joined[alias], spec]) if alias in joined else spec
        alias, spec = next(iter(joined.items()), (self.base, {}))
        return (self.base, none_of(self._to_base(alias, spec, negated=True))) if node.negated else (alias, spec)

    def _lookup(self, lookup: Lookup) -> Related:
        """Return the relation that a lookup is about, and its filter on the documents over there."""
        lookup = single_column(lookup)
        column, path, kind = unwrapped(lookup.lhs)
        field_path = column.target.model.mirrored.field_paths[column.target.attname]
        path = ".".join([field_path.path, *path])
        if isinstance(lookup.rhs, Query):
            return column.alias, ids_of(lookup.rhs, field_path, path)
        reject_expressions(lookup.rhs)
        if kind:
            start, end = span_of(kind, lookup.rhs, timezone.get_current_timezone())
            return column.alias, {path: known(SPANS, lookup)(start, end)}
        stored = (lambda value: value) if path != field_path.path else field_path.stored
        return column.alias, comparison(lookup, field_path, path, stored)

    def _depth(self, alias: str) -> int:
        """Return how many relations lie between an alias and the queried documents."""
        return 0 if alias == self.base else 1 + self._depth(self.query.alias_map[alias].parent_alias)

    def _to_base(self, alias: str, spec: Filter, *, negated: bool = False) -> Filter:
        """Return the condition on the queried documents that amounts to one on related documents."""
        while alias != self.base:
            if negated and isinstance(self.query.alias_map[alias].join_field, ForeignObjectRel):
                raise unsupported("negation across several related documents", SUBQUERY)
            alias, spec = self._up(alias, spec)
        return spec

    def _up(self, alias: str, spec: Filter) -> Related:
        """Return a condition one relation nearer; where it holds of nothing at all, it holds of a missing document."""
        join = self.query.alias_map[alias]
        relation = join.join_field
        of_missing = holds_of_nothing(spec)
        if not isinstance(relation, ForeignObjectRel):
            here = relation.model.mirrored.field_paths[relation.attname].path
            ids = ids_at(relation.related_model, "_id", none_of(spec) if of_missing else spec)
            return join.parent_alias, {here: {"$nin" if of_missing else "$in": ids}}
        if alias in self.climbed:
            raise unsupported("such mixture of conditions on several related documents", SUBQUERY)
        self.climbed.add(alias)
        model, there = relation.field.model, relation.field.model.mirrored.field_paths[relation.field.attname].path
        found: Filter = {"_id": {"$in": ids_at(model, there, spec)}}
        return join.parent_alias, any_of([found, {"_id": {"$nin": ids_at(model, there, {})}}]) if of_missing else found


def ids_at(model: Any, path: str, spec: Filter) -> list[Any]:
    """Return the ids that stand at a path of the documents that match."""
    rows = model.mirrored.collection.find(spec, {path: 1})
    return list(dict.fromkeys(key for row in rows if (key := dig(row, path)) is not None))


def ids_of(query: Query, field_path: FieldPath, path: str) -> Filter:
    """Return the filter for `field in (another queryset)`: its own conditions where it is about the same ids."""
    inner = query.model._base_manager.all()
    inner.query = query
    column = query.select[0] if query.select else None
    same = field_path.path == "_id" and field_path is query.model.mirrored.field_paths[query.model._meta.pk.attname]
    if same and not query.is_sliced and (column is None or column.target.primary_key):
        return inner.spec()
    target = column.target if column else query.model._meta.pk
    inner = inner if query.is_sliced else inner.order_by()
    return {path: {"$in": [field_path.stored(value) for value in inner.values_list(target.attname, flat=True)]}}
