"""The admin pages of interviews: what was agreed is shown, and changed by buttons only."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from candidates.models import Candidate
from config.mirror.admin import MirrorAdmin
from config.security.model_admin import ModelAdmin
from interviews import bookings, outbox
from interviews.admin.buttons import Button, ButtonsAdmin, format_time
from interviews.admin.filters import InterviewerFilter, WeekFilter
from interviews.admin.forms import CancelForm
from interviews.admin.outbox import DELIVERY_COLOURS, link_to_mail
from interviews.documents import InterviewStatus
from interviews.messages import ImpossibleMail, calendar_entry_of
from interviews.models import Interview

COLOURS = {
    "confirmed": "info",
    "completed": "success",
    "cancelled": "danger",
    "no_show": "warning",
    "rescheduled": None,
}
CHANGE = "interviews.change_interview"
# A search looks for the interviews of at most so many candidates: their ids are sent with the query
MAX_CANDIDATES = 1_000

BUTTONS = (
    Button(
        name="resend",
        label="Send the invitation again",
        done="Invitation queued again",
        run=lambda interview_id, now: outbox.resend_invitation(interview_id=interview_id, now=now),
        why_not=outbox.why_not_resent,
        permission=CHANGE,
    ),
    Button(
        name="held",
        label="Mark as held",
        done="Marked as held",
        run=lambda interview_id, now: bookings.mark_held(interview_id=interview_id, now=now),
        why_not=lambda interview, now: bookings.why_not_marked(interview, InterviewStatus.COMPLETED, now),
        permission=CHANGE,
    ),
    Button(
        name="no-show",
        label="Mark as no-show",
        done="Marked as no-show",
        run=lambda interview_id, now: bookings.mark_no_show(interview_id=interview_id, now=now),
        why_not=lambda interview, now: bookings.why_not_marked(interview, InterviewStatus.NO_SHOW, now),
        permission=CHANGE,
    ),
    Button(
        name="cancel",
        label="Cancel the interview",
        done="Cancelled",
        run=lambda interview_id, now, **asked: bookings.cancel_interview(interview_id=interview_id, now=now, **asked),
        why_not=lambda interview, now: bookings.why_not_cancelled(interview),
        permission=CHANGE,
        form=CancelForm,
        variant="danger",
    ),
)


@admin.register(Interview)
class InterviewAdmin(ButtonsAdmin, MirrorAdmin, ModelAdmin):
    list_display = ("who", "interviewer_name", "starts", "starts_there", "state", "invited")
    list_filter = ("status", InterviewerFilter, WeekFilter)
    list_lookups = ("ends_at",)  # the first page's links
    list_select_related = ("candidate",)
    search_fields = ("candidate__search_words",)
    search_help_text = "Name, e-mail or phone of the candidate"
    date_hierarchy = "starts_at"
    ordering = ("-starts_at",)
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    buttons = BUTTONS

    @display(description="Candidate")
    def who(self, interview: Any) -> str:
        return str(getattr(interview, "candidate", None) or "–")

    def describe(self, instance: Any) -> str:
        return f"{self.who(instance)}, {format_time(instance.starts_at)}"

    @display(description="Starts", ordering="starts_at")
    def starts(self, interview: Any) -> str:
        return format_time(interview.starts_at)

    @display(description="Starts for the candidate")
    def starts_there(self, interview: Any) -> str:
        return f"{format_time(interview.starts_at, interview.time_zone)} ({interview.time_zone})"

    @display(description="Status", label=COLOURS)
    def state(self, interview: Any) -> tuple[str, str]:
        return interview.status, interview.get_status_display()

    @display(description="Invitation", label=DELIVERY_COLOURS)
    def invited(self, interview: Any) -> tuple[str | None, str]:
        return interview.invitation_status, interview.get_invitation_status_display() or "Not queued"

    @display(description="Agreed at")
    def agreed(self, interview: Any) -> str:
        return format_time(interview.evidence_at)

    @display(description="Cancelled at")
    def cancelled(self, interview: Any) -> str:
        return format_time(interview.cancellation_at)

    @display(description="Invitation")
    def invitation_mail(self, interview: Any) -> SafeString:
        return link_to_mail("invitation", interview.pk, interview.get_invitation_status_display())

    @display(description="Notice")
    def notice_mail(self, interview: Any) -> SafeString:
        return link_to_mail("notice", interview.pk, interview.get_notice_status_display())

    @display(description="Calendar entry")
    def calendar_file(self, interview: Any) -> SafeString:
        return format_html('<a class="text-link" href="{}">invite.ics</a>', self._page_of("ics", interview))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[str | None, dict[str, Any]]]:
        cancellation = [("Cancellation", ("cancellation_reason", "cancelled"))] if obj and obj.cancellation_at else []
        parts = [
            (None, ("candidate", "interviewer_name", "interviewer_email", "starts", "starts_there", "status")),
            *cancellation,
            (
                "What was agreed",
                ("evidence_question", "evidence_answer", "evidence_confidence", "agreed", "session_id"),
            ),
            ("Invitation", ("invitation_mail", "invitation_tries", "invitation_error")),
            ("Notice to the interviewer", ("notice_mail", "notice_tries", "notice_error")),
            ("Calendar", ("calendar_file", "ics_uid", "ics_sequence")),
        ]
        return [(title, {"fields": fields}) for title, fields in parts]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find candidates as their own page does, and narrow to their interviews."""
        if not search_term:
            return queryset, False
        # Django asks again for the counts beside each filter
        if not hasattr(request, "candidates_found"):
            request.candidates_found = self._find_candidates(request, search_term)
        return queryset.filter(candidate_id__in=request.candidates_found), False

    def _find_candidates(self, request: HttpRequest, search_term: str) -> list[str]:
        searching = self.admin_site.get_model_admin(Candidate).get_search_results
        # In the order of the index: sorted, a common name would be looked for through all candidates
        matching, _ = searching(request, Candidate.objects.order_by(), search_term)
        found = list(matching.values_list("pk", flat=True)[: MAX_CANDIDATES + 1])
        if len(found) > MAX_CANDIDATES:
            words = f"More than {MAX_CANDIDATES:,} candidates match; only some were looked at. Type more of the name."
            self.message_user(request, words, messages.WARNING)
        return found[:MAX_CANDIDATES]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # interviews are agreed on the phone

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what was agreed stays; the buttons check the permission themselves

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an interview is cancelled, and kept

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_calendar)
        return [path("<path:object_id>/invite.ics", view, name=self._url_name("ics")), *super().get_urls()]

    def download_calendar(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        interview = self.get_object(request, unquote(object_id))
        if interview is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        try:
            entry = calendar_entry_of(interview.document)
        except ImpossibleMail as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self._page_of("change", interview))
        headers = {"Content-Disposition": 'attachment; filename="invite.ics"'}
        return HttpResponse(entry, content_type="text/calendar; charset=utf-8", headers=headers)
