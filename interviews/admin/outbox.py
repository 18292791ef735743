"""The admin pages of the outbox: a list for each kind of mail, each mail as it would be read, and sending again."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.decorators import display

from config.mirror.admin import MirrorAdmin
from config.security import headers
from config.security.model_admin import ModelAdmin
from interviews import outbox
from interviews.admin.buttons import Button, ButtonsAdmin, format_time
from interviews.documents import DeliveryStatus
from interviews.messages import ImpossibleMail
from interviews.models import FollowUp, Interview, Invitation, Notice

DELIVERY_COLOURS = {"sent": "success", "failed": "danger", "pending": "warning", "sending": "info", None: None}


def link_to_mail(model_name: str, key: str, words: str | None) -> SafeString:
    """Return a link to the mail's page; plain text where no mail was queued."""
    if not words:
        return SafeString("Not queued")
    return format_html(
        '<a class="text-link" href="{}">{}</a>', reverse(f"admin:interviews_{model_name}_change", args=[key]), words
    )


def send_again_button(kind: outbox.MailKind, permission: str) -> Button:
    return Button(
        name="send-again",
        label="Send again",
        done=f"{kind.name} queued again",
        run=lambda key, now: outbox.send_again(kind=kind, document_id=key, now=now),
        why_not=partial(outbox.why_not_sent_again, kind),
        permission=permission,
    )


class MailAdmin(ButtonsAdmin, MirrorAdmin, ModelAdmin):
    """The mails of one kind; a mail is not stored, so what is shown is written anew from what is known now."""

    kind: outbox.MailKind
    change_form_template = "interviews/admin/mail.html"
    list_select_related = ("candidate",)
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    actions = ("send_failed_again",)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("recipient", "about", "state", "tries", "due", "sent", "error")

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (f"{self.kind.path}_status",)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Put on top what is still to be sent, then what was tried last."""
        return (f"-{self.kind.path}_due_at",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        at = self.kind.path
        return ("about", f"{at}_status", "tries", "due", "sent", "error", f"{at}_message_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(**{f"{self.kind.path}_due_at__isnull": False})

    def _of(self, instance: Any, name: str) -> Any:
        return getattr(instance, f"{self.kind.path}_{name}")

    @display(description="To")
    def recipient(self, instance: Any) -> str:
        candidate = getattr(instance, "candidate", None)
        return f"{candidate.name} <{candidate.email}>" if candidate else "–"

    @display(description="About")
    def about(self, instance: Any) -> str:
        return str(instance)

    @display(description="State", label=DELIVERY_COLOURS)
    def state(self, instance: Any) -> tuple[str, str]:
        return self._of(instance, "status"), self._of(instance, "status").capitalize()

    @display(description="Tries")
    def tries(self, instance: Any) -> int:
        return self._of(instance, "tries")

    @display(description="Next try")
    def due(self, instance: Any) -> str:
        waits = self._of(instance, "status") == DeliveryStatus.PENDING
        return format_time(self._of(instance, "due_at") if waits else None)

    @display(description="Sent")
    def sent(self, instance: Any) -> str:
        return format_time(self._of(instance, "sent_at"))

    @display(description="Error")
    def error(self, instance: Any) -> str:
        return self._of(instance, "error") or "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # mails are queued by what happens, not by hand

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what was sent is kept

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Answer for `permissions=["send"]` of the action."""
        return request.user.has_perm(self.buttons[0].permission)

    @admin.action(description="Send again what failed", permissions=["send"])
    def send_failed_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.run_button_on_all(request, queryset, self.buttons[0])

    def get_page_context(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        context = super().get_page_context(request, instance) | {"html_url": self._page_of("html", instance)}
        try:
            return context | {"mail": self.kind.draft(instance.document)}
        except ImpossibleMail as error:
            return context | {"unwritable": str(error)}

    def get_urls(self) -> list[URLPattern]:
        # The page shows the mail's HTML in a frame of the same origin, which Django forbids by default
        view = xframe_options_sameorigin(self.admin_site.admin_view(self.show_html))
        return [path("<path:object_id>/html/", view, name=self._url_name("html")), *super().get_urls()]

    def show_html(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the mail's HTML, under a policy that lets it run nothing and load nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        instance = self.get_object(request, unquote(object_id))
        try:
            mail: EmailMultiAlternatives | None = instance and self.kind.draft(instance.document)
        except ImpossibleMail:
            mail = None
        if mail is None:
            raise Http404
        return HttpResponse(mail.alternatives[0].content, headers={"Content-Security-Policy": headers.FRAMED_MAIL})


class InterviewMailAdmin(MailAdmin):
    """Mails that belong to an interview: its permissions decide who sees them, and its history records them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = ("interviews.view_interview", "interviews.change_interview")
        return any(map(request.user.has_perm, needed))

    def get_logged(self, instance: Any) -> Any:
        return Interview.objects.get(pk=instance.pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:interviews_interview_history", args=[quote(unquote(object_id))]))


@admin.register(Invitation)
class InvitationAdmin(InterviewMailAdmin):
    """Mails to candidates: invitations, and cancellations in their place."""

    kind = outbox.INVITATIONS
    buttons = (send_again_button(outbox.INVITATIONS, "interviews.change_interview"),)


@admin.register(Notice)
class NoticeAdmin(InterviewMailAdmin):
    """Mails to interviewers: what was agreed, or cancelled and why."""

    kind = outbox.NOTICES
    buttons = (send_again_button(outbox.NOTICES, "interviews.change_interview"),)

    @display(description="To")
    def recipient(self, instance: Any) -> str:
        return f"{instance.interviewer_name} <{instance.interviewer_email}>"


@admin.register(FollowUp)
class FollowUpAdmin(MailAdmin):
    """Mails to candidates after calls in which no time was agreed."""

    kind = outbox.FOLLOW_UPS
    buttons = (send_again_button(outbox.FOLLOW_UPS, "interviews.change_followup"),)
