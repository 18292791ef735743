"""The admin's page that stops all dialling at once, and lets it go on: who may, gives a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from mongoengine import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from calls import dialling
from calls.models import ConversationSession
from config.security.model_admin import ModelAdmin

SWITCH = "calls.switch_dialling"
TEMPLATE = "admin/calls/conversationsession/dialling.html"
ON, OFF = "on", "off"


class SwitchForm(forms.Form):
    """Which way, and why; the reason is shown to whoever wonders."""

    to = forms.ChoiceField(choices=[(ON, ON), (OFF, OFF)], widget=forms.HiddenInput)
    reason = forms.CharField(max_length=dialling.LONGEST_REASON, widget=UnfoldAdminTextInputWidget)


class DiallingPage:
    """The page at `dialling/` of the calls' ModelAdmin."""

    def __init__(self, model_admin: ModelAdmin) -> None:
        self.model_admin = model_admin

    def view(self, request: HttpRequest) -> HttpResponse:
        """Show how dialling stands; a POST with a reason turns it on or off."""
        if not (request.user.has_perm(SWITCH) if request.method == "POST" else self._may_look(request)):
            raise PermissionDenied
        form = SwitchForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._switch(request, form):
            return HttpResponseRedirect(request.path)
        standing = dialling.standing(now=timezone.now())
        context = self.model_admin.admin_site.each_context(request) | {
            "title": "Dialling",
            "opts": self.model_admin.opts,
            "media": self.model_admin.media,
            "form": form,
            "standing": standing,
            "turns": OFF if standing.is_on else ON,
            "may_switch": request.user.has_perm(SWITCH),
        }
        return TemplateResponse(request, TEMPLATE, context)

    def _may_look(self, request: HttpRequest) -> bool:
        return self.model_admin.has_view_permission(request) or request.user.has_perm(SWITCH)

    def _switch(self, request: HttpRequest, form: forms.Form) -> bool:
        """Turn it and note it in the history; return whether the reason could be one."""
        asked: dict[str, Any] = form.cleaned_data
        try:
            dialling.switch(
                is_on=asked["to"] == ON,
                by=request.user.get_username(),
                reason=asked["reason"],
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error("reason", str(error.message))
            return False
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(ConversationSession),
            object_repr="Dialling",
            action_flag=CHANGE,
            change_message=f"Turned dialling {asked['to']}: {asked['reason']}",
        )
        self.model_admin.message_user(request, f"Dialling is {asked['to']}.", messages.SUCCESS)
        return True
