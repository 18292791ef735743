"""What a ModelAdmin over a mirror does besides the stock things: cheap counts, safe edits, searches on indexes."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from config.mirror.embedded_rows import EmbeddedRowFormSet
from config.mirror.fields import AnyField, WordsField
from config.mirror.forms import MirrorForm
from config.mirror.writes import ChangedMeanwhile, DocumentGone


class MirrorChangeList:
    """A changelist whose rows come off one index, without the heavy fields."""

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet) -> list[Any]:
        """Order by the chosen columns alone, and ties the way of the last, as one index (key, _id) can both ways."""
        # Django appends "-pk" to make the order total; next to an ascending key no index (key, _id) could serve that
        ordering = super().get_ordering(request, queryset.order_by())
        if len(ordering) > 1 and ordering[-1] == "-pk" and not str(ordering[-2]).startswith("-"):
            ordering[-1] = "pk"
        return ordering

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column is ordered by, nothing where no index can, whatever the address asks."""
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet:
        return super().get_queryset(request, exclude_parameters).defer(*self.model_admin.get_list_defer(request))


class TypedWords:
    """Lists of words are typed into the same widget as a line of text."""

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form field, with the skin's widget."""
        if isinstance(db_field, WordsField):
            kwargs = self.formfield_overrides.get(models.CharField, {}) | kwargs
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class MirrorAdmin(TypedWords):
    """Goes before ModelAdmin (stock or a skin's) among the bases.

    `list_count_limit`: filtered lists and facets are counted up to it and then say "1,000+"; None counts exactly.
    `list_defer`: the fields that the list does not fetch; None stands for lists and other nested values that are
    no column. A column sorts if an index begins with its field and ends there or with `_id`, unless `sortable_by`
    says otherwise. A search field that is stored folded is searched by its beginning.
    """

    form = MirrorForm
    list_count_limit: int | None = 1_001
    list_defer: tuple[str, ...] | None = None

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).capped(self.list_count_limit)

    def response_action(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        """Run an action on rows that are counted exactly."""
        return super().response_action(request, queryset.capped(None))

    def get_list_defer(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the fields that the list does not fetch."""
        if self.list_defer is not None:
            return self.list_defer
        shown = self.get_list_display(request)
        fields = self.opts.concrete_fields
        return tuple(field.name for field in fields if isinstance(field, AnyField) and field.name not in shown)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the skin's changelist, made to run on indexes."""
        return type("MirrorChangeList", (MirrorChangeList, super().get_changelist(request, **kwargs)), {})

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[MirrorForm]:
        return super().get_changelist_form(request, **{"form": MirrorForm, **kwargs})

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        """Return the columns that an index can sort."""
        if self.sortable_by is not None:
            return self.sortable_by
        return [column for column in self.get_list_display(request) if self._is_indexed(column)]

    def _is_indexed(self, column: Any) -> bool:
        name = self._ordering_of(column)
        field_path = self.model.mirrored.field_paths.get(self.opts.pk.attname if name == "pk" else name)
        if field_path is None or field_path.path == "_id":
            return field_path is not None
        sorting = [[(field_path.path, way), ("_id", way)] for way in (1, -1)]
        if not self.opts.get_field(name).null:
            sorting += [[(field_path.path, way)] for way in (1, -1) if self.opts.get_field(name).unique]
        return any(spec["fields"] in sorting for spec in self.model.mirrored.index_specs)

    def _ordering_of(self, column: Any) -> str | None:
        attribute = column if callable(column) else getattr(self, column, None) or getattr(self.model, column, None)
        attribute = getattr(attribute, "fget", attribute)
        ordering = getattr(attribute, "admin_order_field", column)
        return ordering.lstrip("-") if isinstance(ordering, str) else None

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Return the fields to search: a folded one by its beginning, as its index can."""
        return [f"^{name}" if self._is_folded(name) else name for name in super().get_search_fields(request)]

    def _is_folded(self, name: str) -> bool:
        """Return whether a search field is the plain name of a folded text, here or on a related document."""
        try:
            field = get_fields_from_path(self.model, name)[-1]
        except FieldDoesNotExist:
            return False
        field_path = field.model.mirrored.field_paths.get(field.attname)
        return bool(field_path and field_path.fold)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """Search; related documents are looked up once."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return found.settled(), may_repeat

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[MirrorForm]:
        """Return the form, which shows why a write was refused if it was."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "mirror_refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show or save a document; a write that came too late is shown on the page, with what was typed."""
        try:
            return self._changeform_or_refusal(request, object_id, *args, **kwargs)
        except DocumentGone as gone:
            return self._back_to_list(request, gone)

    def _changeform_or_refusal(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (ChangedMeanwhile, IntegrityError, ValidationError) as error:
            request.mirror_refusal = " ".join(getattr(error, "messages", [str(error)]))
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list or run an action; what came too late is shown above the list."""
        try:
            return super().changelist_view(request, extra_context)
        except (DocumentGone, ChangedMeanwhile, models.ProtectedError) as error:
            return self._back_to_list(request, error)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Delete; a reference made meanwhile that denies it is shown above the list."""
        try:
            return super().delete_view(request, *args, **kwargs)
        except models.ProtectedError as error:
            return self._back_to_list(request, error)

    def _back_to_list(self, request: HttpRequest, error: Exception) -> HttpResponse:
        self.message_user(request, str(error.args[0]), messages.ERROR)
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(reverse(name, current_app=self.admin_site.name))


class MirrorInline(TypedWords):
    """Goes before TabularInline or StackedInline; its model is made by mirror_embedded_rows().

    Who may change the document may change its rows. `editable = False` shows them only.
    """

    form = MirrorForm
    formset = EmbeddedRowFormSet
    fk_name = "parent"
    extra = 0
    editable = True

    def _parent_allows(self, what: str, request: HttpRequest, obj: Any) -> bool:
        parent = self.admin_site.get_model_admin(self.parent_model)
        if what != "view" and not self.editable:
            return False
        if what == "view":
            return parent.has_view_or_change_permission(request, obj)
        return parent.has_add_permission(request) if obj is None else parent.has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return self._parent_allows("add", request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether rows may be changed."""
        return self._parent_allows("change", request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether rows may be removed."""
        return self._parent_allows("delete", request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._parent_allows("view", request, obj)
