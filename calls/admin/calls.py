"""The calls' pages: the list, each call as it went, and what may be done about it. What was said is never edited."""

from copy import copy
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

from calls import gates, policy, presentation, services, telephony
from calls.admin import call_search, live
from calls.admin.dialling_switch import SwitchesDialling
from calls.admin.start_call import START_CALL, StartsCalls
from calls.dashboard.hours import HourOfWeekFilter
from calls.models import ConversationSession
from calls.sessions import CallIsOver, SessionNotFound
from calls.telephony.base import TelephonyError
from candidates.admin.candidates import CandidateAdmin, PageLink
from candidates.documents import Candidate as CandidateDocument
from candidates.documents import Outcome
from candidates.models import Candidate
from config.mongo.ids import object_id
from interviews import bookings
from interviews.models import Interview

TOO_MANY = (
    f"More than {call_search.MOST_CANDIDATES} candidates match: these are calls of the {call_search.MOST_CANDIDATES} "
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


class ChosenFilter(admin.ChoicesFieldListFilter):
    """Offers those of a field's choices that calls can have, in words."""

    choices_in_words: list[tuple[Any, str]]

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        named = copy(field)
        named.choices = self.choices_in_words
        super().__init__(named, *args, **kwargs)


class OutcomeFilter(ChosenFilter):
    """By what came of the calls."""

    choices_in_words = [
        (None, "Under way"),
        *((str(each), presentation.outcome_in_words(each)) for each in presentation.ENDINGS),
    ]


class PhaseFilter(ChosenFilter):
    """By how far the conversations got."""

    choices_in_words = [(str(phase), words) for phase, words in presentation.PHASES.items()]


class CandidateFilter(admin.SimpleListFilter):
    """Shows whose calls these are, where they are one candidate's; it offers no other."""

    title = "candidate"
    parameter_name = "candidate__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the candidate whose calls were asked for."""
        asked = request.GET.get(self.parameter_name)
        found = CandidateDocument.objects(id=object_id(asked)).only("name").first() if object_id(asked) else None
        return [] if asked is None else [(asked, found.name if found else "unknown")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the calls of that candidate."""
        if self.value() is None:
            return queryset
        return queryset.filter(candidate=self.value()) if object_id(self.value()) else queryset.none()


class CallList(ChangeList):
    """Lists calls with what is stored deeper, or elsewhere."""

    def get_results(self, request: HttpRequest) -> None:
        """Add to the rows of this page what they show besides their own fields."""
        super().get_results(request)
        presentation.add_names_and_sureness(self.result_list)


@admin.register(ConversationSession)
class CallAdmin(StartsCalls, SwitchesDialling):
    """Calls are history: nobody adds, changes or deletes one here. They go when their candidate is deleted."""

    list_display = ("person", "started_at", "came_to", "lasted", "got_to", "sure")
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
        """Return the list that knows names and sureness."""
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
        """Whom the call was to."""
        return call.person_name

    @display(description="Outcome", label=TONES)
    def came_to(self, call: Any) -> tuple[str | None, str]:
        """What came of it, in its colour."""
        return call.outcome, presentation.outcome_in_words(call.outcome)

    @display(description="Duration")
    def lasted(self, call: Any) -> str:
        """Minutes and seconds."""
        return presentation.duration_in_words(call.duration_seconds)

    @display(description="Phase reached")
    def got_to(self, call: Any) -> str:
        """How far the conversation got."""
        return presentation.phase_in_words(call.phase, call.answered_at)

    @display(description="Confidence")
    def sure(self, call: Any) -> str:
        """How sure the recogniser was, on average."""
        return call.sureness

    def get_urls(self) -> list[URLPattern]:
        """Add the page that starts a call, a candidate's calls, hanging up, and the switch of all dialling."""
        view = self.admin_site.admin_view
        own = [
            path("dialling/", view(self.dialling_view), name="calls_dialling"),
            path("start/<str:candidate_id>/", view(self.start_call_view), name="calls_start_call"),
            path("of/<str:candidate_id>/", view(self.calls_of_view), name="calls_of_candidate"),
            path("<str:session_id>/hang-up/", view(self.hang_up_view), name="calls_hang_up"),
            path("<str:session_id>/live/", never_cache(self.live_view), name="calls_live"),
        ]
        return own + super().get_urls()

    def calls_of_view(self, request: HttpRequest, candidate_id: str) -> HttpResponse:
        """Lead to the list, narrowed to one candidate's calls."""
        narrowed = urlencode({CandidateFilter.parameter_name: candidate_id})
        return HttpResponseRedirect(f"{self._named('calls_conversationsession_changelist')}?{narrowed}")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a call; one that was deleted this moment is told as any other that is not there."""
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except SessionNotFound:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kw: Any) -> HttpResponse:
        """Show the call in place of a form, with the buttons that would not be refused now."""
        version = live.version_of(context["object_id"])  # before the call: a change between the two is shown twice
        call = presentation.call_page(context["object_id"])
        live_url = None if live.is_final(call.stored) else self._named("calls_live", call.id)
        context |= self._shown(request, call, version) | {
            "title": f"Call to {call.name}",
            "live_url": live_url,
            "poll_milliseconds": live.POLL_MILLISECONDS,
            "show_delete": False,
        }
        response = super().render_change_form(request, context, *args, **kw)
        response.add_post_render_callback(policy.restrict)
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
            "candidate_url": self._address_of(request, Candidate, call.candidate and call.candidate.id),
            "interview_url": self._address_of(request, Interview, call.interview and call.interview.id),
            "buttons": " ".join(buttons),
            "mark": version.mark(request.session.session_key),
        } | buttons

    def _buttons(self, request: HttpRequest, call: presentation.CallPage) -> dict[str, str]:
        """Return where the buttons lead that make sense as the call stands, for who may press them."""
        buttons = {
            "hang_up_url": self._named("calls_hang_up", call.id) if self._may_hang_up(request, call) else None,
            "call_again_url": self._call_again_url(request, call),
            "cancel_url": self._cancel_url(request, call),
        }
        return {name: url for name, url in buttons.items() if url}

    def _may_hang_up(self, request: HttpRequest, call: presentation.CallPage) -> bool:
        return bool(not call.is_over and call.call_sid and request.user.has_perm(START_CALL))

    def _call_again_url(self, request: HttpRequest, call: presentation.CallPage) -> str | None:
        if not (call.is_over and call.candidate and request.user.has_perm(START_CALL)):
            return None
        is_closed = gates.closed(gates.gates_of(call.candidate, presentation.line(timezone.now())))
        return None if is_closed else self._named("calls_start_call", call.candidate.id)

    def _cancel_url(self, request: HttpRequest, call: presentation.CallPage) -> str | None:
        """Return where the interview is cancelled; while the call goes on, it is not."""
        if not (call.is_over and call.interview and request.user.has_perm(CANCEL)):
            return None
        return (
            None
            if bookings.why_not_cancelled(call.interview)
            else self._address_of(request, Interview, call.interview.id)
        )

    def hang_up_view(self, request: HttpRequest, session_id: str) -> HttpResponse:
        """End a call that is under way."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(START_CALL):
            raise PermissionDenied
        try:
            services.hang_up(session_id=session_id, now=timezone.now(), telephony=telephony.backend())
        except SessionNotFound:
            return self._get_obj_does_not_exist_redirect(request, self.opts, session_id)
        except CallIsOver as error:
            self.message_user(request, str(error), messages.WARNING)
        except TelephonyError as error:
            self.message_user(request, f"Not hung up: {error}", messages.ERROR)
        else:
            self.message_user(request, "The call is being ended.", messages.SUCCESS)
            self.log_change(request, ConversationSession.objects.get(pk=session_id), "Hung up.")
        call_url = self._address_of(request, ConversationSession, session_id)
        return HttpResponseRedirect(call_url or self._named("index"))


CandidateAdmin.page_links += [
    PageLink("Start a call", "admin:calls_start_call", START_CALL),
    PageLink("Calls of this candidate", "admin:calls_of_candidate", "calls.view_conversationsession"),
]
