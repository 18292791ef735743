"""The admin pages of the suppression list."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import display

from candidates import phones
from candidates.admin.forms import ReasonForm
from candidates.models import Suppression, SuppressionEvent
from candidates.suppression import NotSuppressed, lift_number, number_id
from config.mirror.admin import MirrorAdmin, MirrorInline
from config.security.model_admin import ModelAdmin

LIFT = "candidates.lift_suppression"
LIFT_URL, PAGE_URL = "admin:candidates_suppression_lift", "admin:candidates_suppression_change"


class SuppressionEventInline(MirrorInline, TabularInline):
    """When and why the number was put on the list and taken off it."""

    model = SuppressionEvent
    editable = False
    verbose_name_plural = "history"
    hide_title = True
    fields = ("at", "is_active", "reason", "source", "note")


@admin.register(Suppression)
class SuppressionAdmin(MirrorAdmin, ModelAdmin):
    """The numbers on the list, and those taken off. The search hashes its term, so it finds erased ones too."""

    list_display = ("number", "reason", "state", "source", "suppressed_at")
    list_filter = ("is_active", "reason")
    list_per_page = 50
    search_fields = ("id",)
    search_help_text = "The whole number with its country code; erased numbers are found too"
    ordering = ("-suppressed_at",)
    fields = ("number", "standing", "reason", "source", "suppressed_at")
    readonly_fields = fields
    inlines = (SuppressionEventInline,)
    change_form_template = "admin/candidates/suppression/change_form.html"

    @admin.display(description="number")
    def number(self, suppression: Any) -> str:
        return suppression.phone or str(suppression)

    @display(description="on the list", label={"yes": "danger", "no": None})
    def state(self, suppression: Any) -> tuple[str, str]:
        return ("yes" if suppression.is_active else "no", self.standing(suppression))

    @admin.display(description="on the list")
    def standing(self, suppression: Any) -> str:
        """Return the state as a plain text, for the number's own page."""
        return "Not to be called" if suppression.is_active else "Taken off"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        try:
            number = number_id(phones.e164(phones.parse(search_term)))
        except phones.ImpossiblePhone as error:
            self.message_user(request, str(error), messages.WARNING)
            return queryset.none(), False
        return queryset.filter(pk=number), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a number is only taken off the list, which has a page and permission of its own."""
        return False

    has_add_permission = has_delete_permission = has_change_permission

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.lift_view)
        return [path("<path:object_id>/lift/", view, name=LIFT_URL.partition(":")[2]), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the page, with the button that takes the number off the list for users who may."""
        suppression = context["original"]
        may_lift = suppression.is_active and request.user.has_perm(LIFT)
        url = reverse(LIFT_URL, args=[quote(suppression.pk)]) if may_lift else None
        return super().render_change_form(request, context | {"lift_url": url}, *args, **kwargs)

    def lift_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not request.user.has_perm(LIFT):
            raise PermissionDenied
        suppression = self.get_object(request, unquote(object_id))
        if suppression is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            return self._ask(request, suppression, form)
        self._lift(request, suppression, form.cleaned_data["reason"])
        return HttpResponseRedirect(reverse(PAGE_URL, args=[quote(suppression.pk)]))

    def _ask(self, request: HttpRequest, suppression: Any, form: Form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Take off the list: {suppression}",
            "form": form,
            "back_url": reverse(PAGE_URL, args=[quote(suppression.pk)]),
        }
        return TemplateResponse(request, "admin/candidates/suppression/lift.html", context)

    def _lift(self, request: HttpRequest, suppression: Any, reason: str) -> None:
        by = request.user.get_username()
        try:
            lift_number(number=suppression.pk, note=reason, by=by, now=timezone.now())
        except NotSuppressed as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.log_change(request, suppression, f"Taken off the list: {reason}")
        self.message_user(request, f"{suppression}: taken off the list. It may be called again.", messages.SUCCESS)
