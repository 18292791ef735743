"""The calls' pages: the list, each call as it went, and what may be done about it. What was said is never edited."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from unfold.decorators import display

from calls import eligibility, endings, presentation, telephony
from calls.admin import call_search, live
from calls.admin.dialling_switch import DiallingPage
from calls.admin.filters import CandidateFilter, OutcomeFilter, PhaseFilter
from calls.admin.links import document_url, named_url
from calls.admin.start_call import START_CALL, StartCallPage
from calls.dashboard.hours import HourOfWeekFilter
from calls.models import ConversationSession
from calls.sessions import CallIsOver, SessionNotFound
from calls.telephony.base import TelephonyError
from candidates.admin.candidates import CandidateAdmin, PageLink
from candidates.documents import Outcome
from candidates.models import Candidate
from config.mirror.admin import MirrorAdmin
from config.security import headers
from config.security.model_admin import ModelAdmin
from interviews import bookings
from interviews.models import Interview

TOO_MANY = (
    f"More than {call_search.MAX_CANDIDATES} candidates match: these are calls of the {call_search.MAX_CANDIDATES} "
    "found first. Type more to find others."
)
CANCEL = "interviews.change_interview"
LIVE = "admin/calls/conversationsession/live_{}.html"
STOP_POLLING = 286  # htmx's own status: like 200, and the last
TONES = dict.fromkeys([None, *Outcome], "") | {
    None: "primary",
    Outcome.INTERVIEW_SCHEDULED: "success",
    Outcome.CALLBACK_REQUESTED: "info",
    Outcome.NO_AGREEMENT: "warning",
    Outcome.FAILED: "danger",
    Outcome.OPTED_OUT: "danger",
    Outcome.WRONG_NUMBER: "danger",
}


class CallList(ChangeList):
    """Lists calls with what is stored deeper, or elsewhere."""

    def get_results(self, request: HttpRequest) -> None:
        """Add to the rows of this page what they show besides their own fields."""
        super().get_results(request)
        presentation.add_names_and_confidence(self.result_list)


@admin.register(ConversationSession)
class CallAdmin(MirrorAdmin, ModelAdmin):
    """Calls are history: nobody adds, changes or deletes one here. They go when their candidate is deleted."""

    list_display = ("person", "started_at", "came_to", "lasted", "got_to", "confidence")
    list_filter = (("outcome", OutcomeFilter), ("phase", PhaseFilter), CandidateFilter, HourOfWeekFilter)
    list_lookups = ("attempt_number",)  # the first page's links
    show_facets = admin.ShowFacets.ALWAYS
    search_fields = ("candidate__search_words", "call_sid")  # get_search_results says how
    search_help_text = "Beginnings of a candidate's names, phone number or e-mail address, or of a call sid"
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    list_per_page = 50
    actions = None
    fields = ()
    change_form_template = "admin/calls/conversationsession/change_form.html"

    class Media:
        css = {"all": ["calls/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a call: one is started."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes what was said."""
        return False

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse: the permission to delete calls is for deleting a candidate with all that goes along."""
        raise PermissionDenied

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type:
        return type("CallList", (CallList, super().get_changelist(request, **kwargs)), {})

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Return the calls meant, looked up once for a page; say so where they are not all."""
        if not search_term.strip():
            return queryset, False
        if not hasattr(request, "calls_meant"):
            request.calls_meant = call_search.calls_meant(search_term)
            if request.calls_meant.is_partial:
                self.message_user(request, TOO_MANY, messages.WARNING)
        return queryset.where(request.calls_meant.spec), False

    @display(description="Candidate")
    def person(self, call: Any) -> str:
        return call.person_name

    @display(description="Outcome", label=TONES)
    def came_to(self, call: Any) -> tuple[str | None, str]:
        return call.outcome, presentation.outcome_in_words(call.outcome)

    @display(description="Duration")
    def lasted(self, call: Any) -> str:
        return presentation.duration_in_words(call.duration_seconds)

    @display(description="Phase reached")
    def got_to(self, call: Any) -> str:
        """How far the conversation got."""
        return presentation.phase_in_words(call.phase, call.answered_at)

    @display(description="Confidence")
    def confidence(self, call: Any) -> str:
        """How sure the recogniser was, on average."""
        return call.confidence

    def get_urls(self) -> list[URLPattern]:
        """Add the page that starts a call, a candidate's calls, hanging up, and the switch of all dialling."""
        view = self.admin_site.admin_view
        own = [
            path("dialling/", view(DiallingPage(self).view), name="calls_dialling"),
            path("start/<str:candidate_id>/", view(StartCallPage(self).view), name="calls_start_call"),
            path("of/<str:candidate_id>/", view(self.calls_of_view), name="calls_of_candidate"),
            path("<str:session_id>/hang-up/", view(self.hang_up_view), name="calls_hang_up"),
            path("<str:session_id>/live/", never_cache(self.live_view), name="calls_live"),
        ]
        return own + super().get_urls()

    def calls_of_view(self, request: HttpRequest, candidate_id: str) -> HttpResponse:
        """Lead to the list, narrowed to one candidate's calls."""
        narrowed = urlencode({CandidateFilter.parameter_name: candidate_id})
        return HttpResponseRedirect(f"{named_url(self.admin_site, 'calls_conversationsession_changelist')}?{narrowed}")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a call; one that was deleted this moment is reported as any other that is not there."""
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except SessionNotFound:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kw: Any) -> HttpResponse:
        """Show the call in place of a form, with the buttons that would not be refused now."""
        version = live.version_of(context["object_id"])  # before the call: a change between the two is shown twice
        call = presentation.call_page(context["object_id"])
        live_url = None if live.is_final(call.stored) else named_url(self.admin_site, "calls_live", call.id)
        context |= self._shown(request, call, version) | {
            "title": f"Call to {call.name}",
            "live_url": live_url,
            "poll_milliseconds": live.POLL_MILLISECONDS,
            "show_delete": False,
        }
        response = super().render_change_form(request, context, *args, **kw)
        response.add_post_render_callback(headers.allow_skin_only)
        return response

    def live_view(self, request: HttpRequest, session_id: str) -> HttpResponse:
        """Answer a page that shows a call with what has changed on it; with nothing, mostly, and then at little cost.

        Who may see the call is asked whenever there is something to see.
        """
        seen, version = live.Seen.of(request.GET), live.version_of(session_id)
        if version.is_shown(mark=seen.mark, sign_in=request.session.session_key):
            return HttpResponse(status=STOP_POLLING if version.is_final else 204)
        if not (self.admin_site.has_permission(request) and self.has_view_or_change_permission(request)):
            return render(request, LIVE.format("gone"), {"words": "You may not see this call any more."}, status=403)
        try:
            call = presentation.call_page(session_id)
        except SessionNotFound:
            return render(request, LIVE.format("gone"), {"words": "The call was deleted meanwhile."}, status=404)
        shown = self._shown(request, call, version) | {"seen": seen, "turns": call.turns[seen.turns :]}
        status = STOP_POLLING if live.is_final(call.stored) else 200
        return render(request, LIVE.format("changes"), shown, status=status)

    def _shown(self, request: HttpRequest, call: presentation.CallPage, version: live.Version) -> dict[str, Any]:
        buttons = self._buttons(request, call)
        return {
            "call": call,
            "turns": call.turns,
            "state": live.state_of(call.stored, now=timezone.now()),
            "candidate_url": document_url(self.admin_site, request, Candidate, call.candidate and call.candidate.id),
            "interview_url": document_url(self.admin_site, request, Interview, call.interview and call.interview.id),
            "buttons": " ".join(buttons),
            "mark": version.mark(request.session.session_key),
        } | buttons

    def _buttons(self, request: HttpRequest, call: presentation.CallPage) -> dict[str, str]:
        """Return where the buttons lead that make sense as the call stands, for who may press them."""
        buttons = {
            "hang_up_url": named_url(self.admin_site, "calls_hang_up", call.id)
            if self._may_hang_up(request, call)
            else None,
            "call_again_url": self._call_again_url(request, call),
            "cancel_url": self._cancel_url(request, call),
        }
        return {name: url for name, url in buttons.items() if url}

    def _may_hang_up(self, request: HttpRequest, call: presentation.CallPage) -> bool:
        return bool(not call.is_over and call.call_sid and request.user.has_perm(START_CALL))

    def _call_again_url(self, request: HttpRequest, call: presentation.CallPage) -> str | None:
        if not (call.is_over and call.candidate and request.user.has_perm(START_CALL)):
            return None
        unmet = eligibility.unmet(presentation.conditions(call.candidate, timezone.now()))
        return None if unmet else named_url(self.admin_site, "calls_start_call", call.candidate.id)

    def _cancel_url(self, request: HttpRequest, call: presentation.CallPage) -> str | None:
        """Return where the interview is cancelled; while the call goes on, it is not."""
        if not (call.is_over and call.interview and request.user.has_perm(CANCEL)):
            return None
        return (
            None
            if bookings.why_not_cancelled(call.interview)
            else document_url(self.admin_site, request, Interview, call.interview.id)
        )

    def hang_up_view(self, request: HttpRequest, session_id: str) -> HttpResponse:
        """End a call that is under way."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(START_CALL):
            raise PermissionDenied
        try:
            endings.hang_up(session_id=session_id, now=timezone.now(), telephony=telephony.backend())
        except SessionNotFound:
            return self._get_obj_does_not_exist_redirect(request, self.opts, session_id)
        except CallIsOver as error:
            self.message_user(request, str(error), messages.WARNING)
        except TelephonyError as error:
            self.message_user(request, f"Not hung up: {error}", messages.ERROR)
        else:
            self.message_user(request, "The call is being ended.", messages.SUCCESS)
            self.log_change(request, ConversationSession.objects.get(pk=session_id), "Hung up.")
        call_url = document_url(self.admin_site, request, ConversationSession, session_id)
        return HttpResponseRedirect(call_url or named_url(self.admin_site, "index"))


CandidateAdmin.page_links += [
    PageLink("Start a call", "admin:calls_start_call", START_CALL),
    PageLink("Calls of this candidate", "admin:calls_of_candidate", "calls.view_conversationsession"),
]
