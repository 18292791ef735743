"""The admin's page that starts a call: whether the candidate may be called, what will be offered, and one button."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from calls import eligibility, placing, presentation, telephony
from calls.admin.links import document_url, may_see, named_url
from calls.conversation import calling_hours
from calls.dialling import NotDialling
from calls.models import ConversationSession
from calls.telephony.base import CallRefused, NotConfigured, TelephonyError, begin_lease
from candidates import attempts, documents
from candidates import services as candidates
from candidates.models import Candidate
from config.security.model_admin import ModelAdmin
from interviews.holds import likely_offer

START_CALL = "candidates.start_call"
TEMPLATE = "admin/calls/conversationsession/start_call.html"


class StartCallPage:
    """The page at `start/ID/` of the calls' ModelAdmin."""

    def __init__(self, model_admin: ModelAdmin) -> None:
        self.model_admin = model_admin
        self.site = model_admin.admin_site

    def view(self, request: HttpRequest, candidate_id: str) -> HttpResponse:
        """Say whether and how a candidate would be called; a POST calls, a GET never does."""
        is_order = request.method == "POST"
        if not (request.user.has_perm(START_CALL) if is_order else may_see(self.site, request, Candidate)):
            raise PermissionDenied
        try:
            candidate = candidates.get_candidate(candidate_id)
        except candidates.CandidateNotFound:
            return self.model_admin._get_obj_does_not_exist_redirect(request, Candidate._meta, candidate_id)
        if not is_order:
            context = self.site.each_context(request) | self._start_page(request, candidate)
            return TemplateResponse(request, TEMPLATE, context)
        if unmet := eligibility.unmet(presentation.conditions(candidate, timezone.now())):
            self.model_admin.message_user(
                request, " ".join(["Not called.", *(condition.words for condition in unmet)]), messages.WARNING
            )
            return self._to_call_under_way(request, candidate)
        return self._call(request, candidate)

    def _start_page(self, request: HttpRequest, candidate: documents.Candidate) -> dict[str, Any]:
        now, zone = timezone.now(), eligibility.zone_of(candidate.time_zone)
        conditions = presentation.conditions(candidate, now)
        return {
            "title": f"Call {candidate.name}",
            "opts": self.model_admin.opts,
            "media": self.model_admin.media,
            "candidate": candidate,
            "candidate_url": document_url(self.site, request, Candidate, candidate.id),
            "conditions": conditions,
            "may_be_called": not eligibility.unmet(conditions),
            "may_start": request.user.has_perm(START_CALL),
            "facts": [*eligibility.facts_of(candidate, hours=calling_hours(), now=now)],
            "offer": [eligibility.in_words(at) for at in likely_offer(time_zone=zone.key, now=now)] if zone else [],
            "under_way_url": document_url(
                self.site, request, ConversationSession, candidate.call_tracking.open_session_id
            ),
        }

    def _call(self, request: HttpRequest, candidate: documents.Candidate) -> HttpResponse:
        try:
            placed = placing.place_call(
                candidate_id=candidate.id, lease=begin_lease(), now=timezone.now(), telephony=telephony.backend()
            )
        except candidates.CandidateNotFound:
            return self.model_admin._get_obj_does_not_exist_redirect(request, Candidate._meta, str(candidate.id))
        except (attempts.CallBlocked, NotDialling) as error:
            self.model_admin.message_user(request, f"Not called: {error.reason}.", messages.WARNING)
        except (placing.InvalidPhoneNumber, CallRefused, NotConfigured) as error:
            self._report_failure(request, candidate, f"Not called: {error}")
        except TelephonyError as error:
            self._report_failure(request, candidate, f"It is not known yet whether the call was placed: {error}")
        else:
            self.model_admin.message_user(request, f"{candidate.name} is being called.", messages.SUCCESS)
            self.model_admin.log_change(
                request, Candidate.from_document(candidate), f"Called (call {placed.session_id})."
            )
        return self._to_call_under_way(request, candidate)

    def _report_failure(self, request: HttpRequest, candidate: documents.Candidate, failure: str) -> None:
        """Report to who called why it came to nothing, and note on the candidate that they tried."""
        self.model_admin.message_user(request, failure, messages.ERROR)
        self.model_admin.log_change(request, Candidate.from_document(candidate), failure)

    def _to_call_under_way(self, request: HttpRequest, candidate: documents.Candidate) -> HttpResponse:
        """Lead to the page of the candidate's call under way where there is one, else back to the start page."""
        called = documents.Candidate.objects(id=candidate.id).only("call_tracking.open_session_id").first()
        session_id = called and called.call_tracking.open_session_id
        is_there = session_id and ConversationSession.objects.filter(pk=str(session_id)).exists()
        call_url = document_url(self.site, request, ConversationSession, session_id) if is_there else None
        return HttpResponseRedirect(call_url or named_url(self.site, "calls_start_call", candidate.id))
