"""Buttons on the admin pages of slots, interviews and mails, and how these pages write times."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import mongoengine
from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from interviews.errors import ChangeRefused, InterviewNotFound, MailNotFound, SlotGone, SlotNotFound, SlotTaken

# What a service raises where it changed nothing: the recruiter reads its message. Anything else is a fault of ours
REFUSALS = (
    ChangeRefused,
    InterviewNotFound,
    MailNotFound,
    SlotGone,
    SlotNotFound,
    SlotTaken,
    mongoengine.ValidationError,
)


def format_time(moment: datetime | None, time_zone: str | None = None) -> str:
    """Return a time such as "Wed 4 Mar 2026, 10:00 IST", in the named zone or the page's own; a dash for none."""
    if moment is None:
        return "–"
    local = moment.astimezone(ZoneInfo(time_zone) if time_zone else timezone.get_current_timezone())
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


@dataclass(frozen=True, slots=True)
class Button:
    """A button that changes the document a page shows, by POST, for users who have `permission`.

    `run` takes the document's id, `now` and the cleaned fields of `form`. `why_not` takes the document and `now`, and
    returns why the change would be refused, or None. The history of the document gets `done`.
    """

    name: str
    label: str
    done: str
    run: Callable[..., Any]
    why_not: Callable[[Any, datetime], str | None]
    permission: str
    form: type[forms.Form] | None = None
    variant: str = "default"


class ButtonsAdmin:
    """Shows on a document's page the buttons that would not be refused, and runs them; comes before MirrorAdmin."""

    buttons: tuple[Button, ...] = ()
    change_form_template = "interviews/admin/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{button.name}/",
                self.admin_site.admin_view(partial(self.press, button=button)),
                name=self._url_name(button.name),
            )
            for button in self.buttons
        ]
        return own + super().get_urls()

    def _url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        instance = self.get_object(request, unquote(object_id))
        extra = self.get_page_context(request, instance) if instance else {}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def get_page_context(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        """Return what the page shows besides the fields."""
        # Only what would be taken now is shown; `run` decides anew, for the document may change until the click
        document, now = instance.document, timezone.now()
        offered = [
            {"button": button, "url": self._page_of(button.name, instance)}
            for button in self.buttons
            if request.user.has_perm(button.permission) and button.why_not(document, now) is None
        ]
        return {"buttons": offered}

    def _page_of(self, name: str, instance: Any) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=[quote(instance.pk)])

    def press(self, request: HttpRequest, object_id: str, button: Button) -> HttpResponse:
        """Run the button, or first ask what its form needs; then go back to the document's page."""
        if not request.user.has_perm(button.permission):
            raise PermissionDenied
        instance = self.get_object(request, unquote(object_id))
        if instance is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = button.form(request.POST or None) if button.form else None
        if form and not form.is_valid():
            return self._ask(request, instance, button, form)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if refusal := self.run_button(request, instance, button, **(form.cleaned_data if form else {})):
            self.message_user(request, refusal, messages.ERROR)
        else:
            self.message_user(request, f"{self.describe(instance)}: {button.done}.", messages.SUCCESS)
        return HttpResponseRedirect(self._page_of("change", instance))

    def _ask(self, request: HttpRequest, instance: Any, button: Button, form: forms.Form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": button.label,
            "subtitle": self.describe(instance),
            "button": button,
            "form": form,
            "back": self._page_of("change", instance),
        }
        return TemplateResponse(request, "interviews/admin/ask.html", context)

    def run_button(self, request: HttpRequest, instance: Any, button: Button, **asked: Any) -> str | None:
        """Run the button and write it into the history; return why it was refused, or None."""
        try:
            button.run(instance.pk, now=timezone.now(), **asked)
        except REFUSALS as error:
            return str(error)
        self.log_change(request, self.get_logged(instance), f"{button.done}.")
        return None

    def run_button_on_all(self, request: HttpRequest, instances: Iterable[Any], button: Button) -> None:
        """Run the button for each, and report how many were changed and why the others were left."""
        refusals = Counter(self.run_button(request, instance, button) for instance in instances)
        if done := refusals.pop(None, 0):
            self.message_user(request, f"{button.done}: {done}.", messages.SUCCESS)
        for refusal, number in sorted(refusals.items()):
            self.message_user(request, f"{refusal} ({number} left as before)", messages.ERROR)

    def describe(self, instance: Any) -> str:
        """Return how messages name the instance."""
        return str(instance)

    def get_logged(self, instance: Any) -> Any:
        """Return the instance whose history records what was done."""
        return instance
