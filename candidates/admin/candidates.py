"""The admin's list and pages of candidates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import display

from candidates import documents
from candidates.admin.actions import add_tag, call_now, do_not_call, reset_attempts
from candidates.admin.csv_pages import CsvPages
from candidates.admin.filters import DoNotCall, HasInterview, KnownValues
from candidates.admin.forms import CandidateForm
from candidates.deletion import blockers_among
from candidates.documents import TrackingStatus
from candidates.models import CallAttempt, Candidate
from candidates.search import joined_number
from candidates.suppression import refused_among
from config.mirror.admin import MirrorAdmin, MirrorInline
from config.security.model_admin import ModelAdmin

COLOURS = {
    TrackingStatus.ACTIVE.value: "info",
    TrackingStatus.INTERVIEW_SCHEDULED.value: "success",
    TrackingStatus.MAX_ATTEMPTS_REACHED.value: "warning",
    TrackingStatus.NOT_INTERESTED.value: "warning",
    TrackingStatus.DO_NOT_CALL.value: "danger",
    TrackingStatus.WRONG_NUMBER.value: "danger",
}


@dataclass(frozen=True)
class PageLink:
    """A link on a candidate's page, for those who have the permission; `url_name` takes the candidate's id."""

    label: str
    url_name: str
    permission: str


class CallAttemptInline(MirrorInline, TabularInline):
    """The call attempts, each with a link to its call for users who may see calls."""

    model = CallAttempt
    editable = False
    verbose_name_plural = "call history"
    hide_title = True
    fields = ("number", "initiated_at", "outcome", "duration_seconds", "notes")
    readonly_fields = ("session_link",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        may_see_calls = request.user.has_perm("calls.view_conversationsession")
        return (*self.fields, "session_link") if may_see_calls else self.fields

    @admin.display(description="call")
    def session_link(self, attempt: Any) -> str:
        url = reverse("admin:calls_conversationsession_change", args=[attempt.session_id])
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">Open</a>', url)


@admin.register(Candidate)
class CandidateAdmin(MirrorAdmin, ModelAdmin):
    """The candidates. Apps above this one append links to a candidate's page to `page_links`."""

    page_links: list[PageLink] = []

    form = CandidateForm
    list_display = (
        *("name", "position", "status", "attempts", "call_tracking_last_outcome"),
        *("call_tracking_next_attempt_at", "interview", "created_at"),
    )
    list_filter = (
        "call_tracking_status",
        ("position", KnownValues),
        "call_tracking_last_outcome",
        DoNotCall,
        HasInterview,
    )
    list_lookups = ("call_tracking_total_attempts", "call_tracking_call_history__outcome")  # the first page's links
    list_filter_sheet = False
    list_per_page = 50
    search_fields = ("search_words",)
    search_help_text = "Name, e-mail or phone, from the first letter"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    actions = (call_now, add_tag, do_not_call, reset_attempts, "export_chosen")
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    *("name", "phone", "email", "position", "company"),
                    *("time_zone", "language", "tags", "notes"),
                )
            },
        ),
    )
    fieldsets = (
        *add_fieldsets,
        (
            "Calls",
            {
                "fields": (
                    *("call_tracking_status", "attempts", "call_tracking_last_outcome"),
                    *("call_tracking_last_attempt_at", "call_tracking_next_attempt_at"),
                )
            },
        ),
        ("Record", {"fields": ("created_at", "updated_at")}),
    )
    readonly_fields = (
        *("call_tracking_status", "attempts", "call_tracking_last_outcome"),
        *("call_tracking_last_attempt_at", "call_tracking_next_attempt_at"),
        *("created_at", "updated_at"),
    )
    inlines = (CallAttemptInline,)

    def __init__(self, model: type[Candidate], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.csv_pages = CsvPages(self)

    def has_start_call_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("candidates.start_call")

    def has_reset_attempts_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("candidates.reset_attempts")

    def get_urls(self) -> list[URLPattern]:
        return [*self.csv_pages.urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, self.csv_pages.links(request) | (extra_context or {}))

    @display(description="status", label=COLOURS)
    def status(self, candidate: Any) -> tuple[str, str]:
        return candidate.call_tracking_status, candidate.get_call_tracking_status_display()

    @admin.display(description="attempts")
    def attempts(self, candidate: Any) -> str:
        return f"{candidate.call_tracking_total_attempts}/{candidate.call_tracking_max_attempts}"

    @admin.display(description="interview")
    def interview(self, candidate: Any) -> str:
        return "Booked" if candidate.call_tracking_status == TrackingStatus.INTERVIEW_SCHEDULED else ""

    @admin.action(permissions=["view"], description="Export as CSV")
    def export_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self.csv_pages.send_file(request, queryset)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type[MirrorInline], ...]:
        """Return the call history, but not on the page that adds a candidate."""
        return self.inlines if obj else ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search; a phone number is also found in national format and with spaces."""
        return super().get_search_results(request, queryset, joined_number(search_term))

    def save_model(self, request: HttpRequest, obj: Any, form: CandidateForm, change: bool) -> None:
        """Save with the time of the change, and warn where the number is on the suppression list."""
        if form.changed_data:
            obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data and refused_among([obj.phone]):
            message = "This number is on the suppression list: it will not be called."
            self.message_user(request, message, messages.WARNING)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> tuple[Any, ...]:
        """Return what would be deleted, and what blocks it.

        No permission is needed for the calls and interviews that go along: who may delete a candidate may delete these.
        """
        deleted, counts, lacking, _ = super().get_deleted_objects(objs, request)
        names = {ObjectId(each.pk): str(each) for each in objs}
        blockers = blockers_among(documents.Candidate, names, timezone.now())
        protected = [f"{names[candidate_id]}: {blocker.message}" for candidate_id, blocker in blockers]
        return deleted, counts, lacking & {self.opts.verbose_name}, protected

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        candidate = context["original"]
        links = list(self._links(request, candidate.pk)) if candidate else []
        return super().render_change_form(request, context | {"page_links": links}, *args, **kwargs)

    def _links(self, request: HttpRequest, candidate_id: str) -> Iterator[dict[str, str]]:
        for link in self.page_links:
            if request.user.has_perm(link.permission):
                yield {"label": link.label, "url": reverse(link.url_name, args=[candidate_id])}
