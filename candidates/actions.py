"""The buttons of the list that change many candidates: what each asks, who may, what is told and what is logged."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bson import ObjectId
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from candidates import changes
from candidates.forms import ReasonForm, TagForm

MOST_AT_ONCE = 10_000
QUESTION = "admin/candidates/candidate/question.html"


class CandidateActions:
    """Goes before ModelAdmin. Each action is a service that changes one candidate by one conditional update."""

    actions = ("call_now", "add_tag", "do_not_call", "reset_attempts")

    def has_start_call_permission(self, request: HttpRequest) -> bool:
        """Return whether calls may be started."""
        return request.user.has_perm("candidates.start_call")

    def has_reset_attempts_permission(self, request: HttpRequest) -> bool:
        """Return whether attempts may be given back."""
        return request.user.has_perm("candidates.reset_attempts")

    @admin.action(permissions=["start_call"], description="Call now")
    def call_now(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Queue a call to each."""
        done = "queued: we call as soon as dialling is on and it is a decent hour where they live"
        self._change(request, queryset, changes.queue_calls, done, "Queued a call.")

    @admin.action(permissions=["change"], description="Add a tag …")
    def add_tag(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Ask which tag, and add it."""
        form = self._answer(request, TagForm)
        if not form.is_valid():
            return self._ask(request, queryset, form, "Add a tag")
        tag = form.cleaned_data["tag"]
        service = partial(changes.add_tag, tag=tag)
        return self._change(request, queryset, service, f"tagged “{tag}”", f"Added the tag “{tag}”.")

    @admin.action(permissions=["change"], description="Do not call")
    def do_not_call(self, request: HttpRequest, queryset: QuerySet) -> None:
        """See to it that they are never called again, nor anybody else on their numbers."""
        done = "will not be called again"
        service = partial(changes.mark_do_not_call, by=request.user.get_username())
        self._change(request, queryset, service, done, "Marked as not to be called.")

    @admin.action(permissions=["reset_attempts"], description="Reset attempts …")
    def reset_attempts(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Ask for the reason, and give back all attempts."""
        form = self._answer(request, ReasonForm)
        if not form.is_valid():
            return self._ask(request, queryset, form, "Reset attempts")
        logged = f"Reset the attempts: {form.cleaned_data['reason']}"
        return self._change(request, queryset, changes.reset_attempts, "given all attempts again", logged)

    def _answer(self, request: HttpRequest, form: type[forms.Form]) -> forms.Form:
        """Return the form with what was answered, empty where nobody was asked yet."""
        return form(request.POST if "answered" in request.POST else None)

    def _ask(self, request: HttpRequest, queryset: QuerySet, form: forms.Form, title: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "number": queryset.count(),
            "action": request.POST["action"],
            "select_across": request.POST.get("select_across", "0"),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "back_url": request.get_full_path(),
        }
        return TemplateResponse(request, QUESTION, context)

    def _change(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        service: Callable[..., changes.Changes],
        done: str,
        logged: str,
    ) -> None:
        """Change those chosen, log it with each, and tell who was left as they were and why."""
        chosen: dict[ObjectId, Any] = {}
        for candidate in queryset.order_by().only("name")[: MOST_AT_ONCE + 1]:
            chosen[ObjectId(candidate.pk)] = candidate
        if len(chosen) > MOST_AT_ONCE:
            words = f"These are more than {MOST_AT_ONCE:,}, which is too many at once: choose fewer by the filters."
            return self.message_user(request, words, messages.ERROR)
        outcome = service(candidate_ids=chosen, now=timezone.now())
        LogEntry.objects.log_actions(request.user.pk, [chosen[key] for key in outcome.changed], CHANGE, logged)
        if outcome.changed:
            self.message_user(request, f"{people(len(outcome.changed))} {done}.", messages.SUCCESS)
        if outcome.left:
            why = "; ".join(f"{reason} ({number:,})" for reason, number in outcome.left.most_common())
            self.message_user(request, f"{people(outcome.left.total())} left as before: {why}.", messages.WARNING)
        return None


def people(number: int) -> str:
    """Return the number of candidates, in words."""
    return f"{number:,} candidate" + ("s" if number != 1 else "")
