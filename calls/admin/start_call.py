"""The admin's page that starts a call: whether the candidate may be called, what will be offered, and one button."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from calls import gates, presentation, services, telephony
from calls.conversation import calling_hours
from calls.dialling import NotDialling
from calls.models import ConversationSession
from calls.telephony.base import CallRefused, NotConfigured, TelephonyError, begin_lease
from candidates import attempts, documents
from candidates import services as candidates
from candidates.models import Candidate
from config.mirror.admin import MirrorAdmin
from config.security.model_admin import ModelAdmin
from interviews.holds import likely_offer

START_CALL = "candidates.start_call"
TEMPLATE = "admin/calls/conversationsession/start_call.html"


class StartsCalls(MirrorAdmin, ModelAdmin):
    """The part of the calls' ModelAdmin that starts them, and says where pages are."""

    def start_call_view(self, request: HttpRequest, candidate_id: str) -> HttpResponse:
        """Say whether and how a candidate would be called; a POST calls, a GET never does."""
        is_order = request.method == "POST"
        if not (request.user.has_perm(START_CALL) if is_order else self._may_see(request, Candidate)):
            raise PermissionDenied
        try:
            candidate = candidates.get_candidate(candidate_id)
        except candidates.CandidateNotFound:
            return self._get_obj_does_not_exist_redirect(request, Candidate._meta, candidate_id)
        if not is_order:
            context = self.admin_site.each_context(request) | self._start_page(request, candidate)
            return TemplateResponse(request, TEMPLATE, context)
        if closed := gates.closed(gates.gates_of(candidate, presentation.line(timezone.now()))):
            self.message_user(request, " ".join(["Not called.", *(gate.words for gate in closed)]), messages.WARNING)
            return self._to_call_under_way(request, candidate)
        return self._call(request, candidate)

    def _start_page(self, request: HttpRequest, candidate: documents.Candidate) -> dict[str, Any]:
        now, zone = timezone.now(), gates.zone_of(candidate.time_zone)
        found = gates.gates_of(candidate, presentation.line(now))
        return {
            "title": f"Call {candidate.name}",
            "opts": self.opts,
            "media": self.media,
            "candidate": candidate,
            "candidate_url": self._address_of(request, Candidate, candidate.id),
            "gates": found,
            "may_be_called": not gates.closed(found),
            "may_start": request.user.has_perm(START_CALL),
            "facts": [*gates.facts_of(candidate, hours=calling_hours(), now=now)],
            "offer": [gates.in_words(at) for at in likely_offer(time_zone=zone.key, now=now)] if zone else [],
            "under_way_url": self._address_of(request, ConversationSession, candidate.call_tracking.open_session_id),
        }

    def _call(self, request: HttpRequest, candidate: documents.Candidate) -> HttpResponse:
        try:
            placed = services.place_call(
                candidate_id=candidate.id, lease=begin_lease(), now=timezone.now(), telephony=telephony.backend()
            )
        except candidates.CandidateNotFound:
            return self._get_obj_does_not_exist_redirect(request, Candidate._meta, str(candidate.id))
        except (attempts.CallBlocked, NotDialling) as error:
            self.message_user(request, f"Not called: {error.reason}.", messages.WARNING)
        except (services.InvalidPhoneNumber, CallRefused, NotConfigured) as error:
            self._tell_failure(request, candidate, f"Not called: {error}")
        except TelephonyError as error:
            self._tell_failure(request, candidate, f"It is not known yet whether the call was placed: {error}")
        else:
            self.message_user(request, f"{candidate.name} is being called.", messages.SUCCESS)
            self.log_change(request, Candidate.from_document(candidate), f"Called (call {placed.session_id}).")
        return self._to_call_under_way(request, candidate)

    def _tell_failure(self, request: HttpRequest, candidate: documents.Candidate, told: str) -> None:
        """Tell who called why it came to nothing, and note on the candidate that they tried."""
        self.message_user(request, told, messages.ERROR)
        self.log_change(request, Candidate.from_document(candidate), told)

    def _to_call_under_way(self, request: HttpRequest, candidate: documents.Candidate) -> HttpResponse:
        """Lead to the page of the candidate's call under way where there is one, else back to the start page."""
        called = documents.Candidate.objects(id=candidate.id).only("call_tracking.open_session_id").first()
        session_id = called and called.call_tracking.open_session_id
        is_there = session_id and ConversationSession.objects.filter(pk=str(session_id)).exists()
        call_url = self._address_of(request, ConversationSession, session_id) if is_there else None
        return HttpResponseRedirect(call_url or self._named("calls_start_call", candidate.id))

    def _may_see(self, request: HttpRequest, model: type[Model]) -> bool:
        owner = self.admin_site._registry.get(model)
        return bool(owner and owner.has_view_or_change_permission(request))

    def _address_of(self, request: HttpRequest, model: type[Model], pk: object) -> str | None:
        """Return the address of a document's page, None for those who may not see it and where there is none."""
        if not pk or not self._may_see(request, model):
            return None
        return self._named(f"{model._meta.app_label}_{model._meta.model_name}_change", pk)

    def _named(self, name: str, *args: object) -> str:
        return reverse(f"{self.admin_site.name}:{name}", args=args)
