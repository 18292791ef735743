"""The admin's actions on many candidates: each asks for what it needs, calls one service, and reports the result."""

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

from candidates import bulk_changes
from candidates.admin.forms import ReasonForm, TagForm
from config.security.model_admin import ModelAdmin

MAX_AT_ONCE = 10_000
ACTION_FORM = "admin/candidates/candidate/action_form.html"


@admin.action(permissions=["start_call"], description="Call now")
def call_now(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    done = "queued: we call as soon as dialling is on and it is a decent hour where they live"
    _change(model_admin, request, queryset, bulk_changes.queue_calls, done, "Queued a call.")


@admin.action(permissions=["change"], description="Add a tag …")
def add_tag(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    form = _answer(request, TagForm)
    if not form.is_valid():
        return _ask(model_admin, request, queryset, form, "Add a tag")
    tag = form.cleaned_data["tag"]
    service = partial(bulk_changes.add_tag, tag=tag)
    return _change(model_admin, request, queryset, service, f"tagged “{tag}”", f"Added the tag “{tag}”.")


@admin.action(permissions=["change"], description="Do not call")
def do_not_call(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    """Put their numbers on the suppression list, so that nobody is called on them."""
    service = partial(bulk_changes.mark_do_not_call, by=request.user.get_username())
    _change(model_admin, request, queryset, service, "will not be called again", "Marked as not to be called.")


@admin.action(permissions=["reset_attempts"], description="Reset attempts …")
def reset_attempts(model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    form = _answer(request, ReasonForm)
    if not form.is_valid():
        return _ask(model_admin, request, queryset, form, "Reset attempts")
    logged = f"Reset the attempts: {form.cleaned_data['reason']}"
    done = "given all attempts again"
    return _change(model_admin, request, queryset, bulk_changes.reset_attempts, done, logged)


def _answer(request: HttpRequest, form: type[forms.Form]) -> forms.Form:
    """Return the form with the answers, or an empty one before the first submission."""
    return form(request.POST if "answered" in request.POST else None)


def _ask(
    model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet, form: forms.Form, title: str
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": title,
        "form": form,
        "number": queryset.count(),
        "action": request.POST["action"],
        "select_across": request.POST.get("select_across", "0"),
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "back_url": request.get_full_path(),
    }
    return TemplateResponse(request, ACTION_FORM, context)


def _change(
    model_admin: ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet,
    service: Callable[..., bulk_changes.BulkResult],
    done: str,
    logged: str,
) -> None:
    """Change the chosen candidates, log it for each, and report how many were left as they were and why."""
    chosen: dict[ObjectId, Any] = {}
    # One more than allowed shows that there are too many, without counting them
    for candidate in queryset.order_by().only("name")[: MAX_AT_ONCE + 1]:
        chosen[ObjectId(candidate.pk)] = candidate
    if len(chosen) > MAX_AT_ONCE:
        message = f"These are more than {MAX_AT_ONCE:,}, which is too many at once: choose fewer by the filters."
        return model_admin.message_user(request, message, messages.ERROR)
    outcome = service(candidate_ids=chosen, now=timezone.now())
    LogEntry.objects.log_actions(request.user.pk, [chosen[key] for key in outcome.changed], CHANGE, logged)
    if outcome.changed:
        model_admin.message_user(request, f"{_counted(len(outcome.changed))} {done}.", messages.SUCCESS)
    if outcome.left:
        why = "; ".join(f"{reason} ({number:,})" for reason, number in outcome.left.most_common())
        left = f"{_counted(outcome.left.total())} left as before: {why}."
        model_admin.message_user(request, left, messages.WARNING)
    return None


def _counted(number: int) -> str:
    return f"{number:,} candidate" + ("s" if number != 1 else "")
