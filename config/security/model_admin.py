"""The base of every ModelAdmin: lists are filtered only by what they show or declare, and never answer with 500."""

import logging
from collections.abc import Iterator
from typing import Any

from bson.errors import BSONError
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import DataError, NotSupportedError
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin as UnfoldModelAdmin

logger = logging.getLogger(__name__)

# A parameter longer than this is nothing that one of our pages links to, or that anybody types
MAX_PARAMETER_LENGTH = 500
# What may be asked of a field that a list shows: no regular expressions, which could run for minutes
COMPARISONS = frozenset(
    (
        *("exact", "iexact", "in", "gt", "gte", "lt", "lte", "isnull", "isempty"),
        *("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
        *("date", "year", "month", "day"),
    )
)
# What Django, the database and its driver make of a value or lookup that means nothing
MEANINGLESS = (
    BSONError,
    DataError,
    FieldError,
    NotSupportedError,
    OverflowError,
    TypeError,
    ValidationError,
    ValueError,
)


class ModelAdmin(UnfoldModelAdmin):
    """Goes last among the bases of each ModelAdmin of the site.

    `list_lookups` declares what else the list may be filtered by from the URL: fields, or a field with a lookup.
    Whoever may filter by a field can read its values, letter by letter, so no secret may stand there.
    """

    list_lookups: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Return whether the list may be filtered so. An unknown name may: Django refuses it later, with a message."""
        if self._names_nothing(lookup):
            return True
        declared = set(self._declared(request))
        path, _, comparison = lookup.rpartition(LOOKUP_SEP)
        return lookup in declared or (path in declared and comparison in COMPARISONS)

    def _names_nothing(self, lookup: str) -> bool:
        name = lookup.partition(LOOKUP_SEP)[0]
        try:
            self.opts.get_field(self.opts.pk.name if name == "pk" else name)
        except FieldDoesNotExist:
            return True
        return False

    def _declared(self, request: HttpRequest) -> Iterator[str]:
        yield from self.list_lookups
        yield from (name for column in self.get_list_display(request) for name in self._fields_of(column))
        yield from (name for chosen in self.get_list_filter(request) for name in self._parameters_of(chosen))
        yield from (name.lstrip("^=@") for name in self.get_search_fields(request))
        if self.date_hierarchy:
            yield self.date_hierarchy

    def _fields_of(self, column: Any) -> Iterator[str]:
        """Yield the field that a column shows or is ordered by, if any."""
        method = column if callable(column) else getattr(self, column, None)
        name = column if method is None else getattr(method, "admin_order_field", None)
        if isinstance(name, str):
            yield name.lstrip("-")

    def _parameters_of(self, chosen: Any) -> Iterator[str]:
        name = getattr(chosen, "parameter_name", None) or (chosen[0] if isinstance(chosen, list | tuple) else chosen)
        if not isinstance(name, str):
            return
        yield name
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return
        if field.is_relation:
            yield f"{name}{LOOKUP_SEP}{field.target_field.name}"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Return the object; an empty `_to_field`, over which Django fails, names no field."""
        return super().get_object(request, object_id, from_field or None)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search; an overlong term, which nobody types, finds nothing."""
        if len(search_term) > MAX_PARAMETER_LENGTH:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """:raises IncorrectLookupParameters: the parameters mean nothing; Django then shows the list without them."""
        asked = [each for name, values in request.GET.lists() for each in (name, *values) if name != ERROR_FLAG]
        if any(len(each) > MAX_PARAMETER_LENGTH or "\0" in each for each in asked):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except MEANINGLESS as error:
            if not asked:  # then the error is ours
                raise
            logger.info("%s: its parameters mean nothing", request.path, exc_info=error)
            raise IncorrectLookupParameters from error

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Run an action; a key that can be of no object is answered with a message instead of an error."""
        if all(map(self._may_be_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return super().response_action(request, queryset)
        self.message_user(request, "What was chosen is not in this list. Choose again.", messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def _may_be_key(self, text: str) -> bool:
        try:
            self.opts.pk.clean(text, None)
        except ValidationError:
            return False
        return True
