"""The admin pages of slots: added one by one or by a weekly pattern, withdrawn, and opened again."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from config.mirror.admin import MirrorAdmin
from config.security.model_admin import ModelAdmin
from interviews import errors, slots, weekly_slots
from interviews.admin.buttons import Button, ButtonsAdmin, format_time
from interviews.admin.filters import InterviewerFilter, WeekFilter
from interviews.admin.forms import PatternForm, SlotForm
from interviews.documents import SlotStatus
from interviews.models import Slot

COLOURS = {"open": "success", "held": "warning", "booked": "info", "withdrawn": None}
# How many times of a weekly pattern are shown before it is confirmed
PREVIEWED_TIMES = 5

WITHDRAW = Button(
    name="withdraw",
    label="Withdraw",
    done="Withdrawn",
    run=lambda slot_id, now: slots.withdraw_slot(slot_id=slot_id),
    why_not=lambda slot, now: None if slot.status in {SlotStatus.OPEN, SlotStatus.HELD} else "It is not open.",
    permission="interviews.change_slot",
)
REOPEN = Button(
    name="reopen",
    label="Open again",
    done="Opened again",
    run=lambda slot_id, now: slots.reopen_slot(slot_id=slot_id, now=now),
    why_not=slots.why_not_reopened,
    permission="interviews.change_slot",
)


@admin.register(Slot)
class SlotAdmin(ButtonsAdmin, MirrorAdmin, ModelAdmin):
    form = SlotForm
    fields = ("interviewer_name", "interviewer_email", "starts_at", "ends_at")
    list_display = ("interviewer_name", "starts", "minutes", "state", "held")
    list_filter = (InterviewerFilter, WeekFilter, "status")
    date_hierarchy = "starts_at"
    ordering = ("-starts_at",)
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    actions = ("withdraw_slots", "reopen_slots")
    actions_list = ("weekly",)
    buttons = (WITHDRAW, REOPEN)

    @display(description="Starts", ordering="starts_at")
    def starts(self, slot: Any) -> str:
        return format_time(slot.starts_at)

    @display(description="Minutes")
    def minutes(self, slot: Any) -> int:
        return int((slot.ends_at - slot.starts_at).total_seconds()) // 60

    @display(description="Status", label=COLOURS)
    def state(self, slot: Any) -> tuple[str, str]:
        return slot.status, slot.get_status_display()

    @display(description="Held until")
    def held(self, slot: Any) -> str:
        return format_time(slot.held_until)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("interviewer_name", "interviewer_email", "starts", "minutes", "status", "held")
        return self.fields if obj is None else shown

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a candidate may have heard its time; it is withdrawn or opened again instead

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a slot is withdrawn, and kept

    def has_offer_permission(self, request: HttpRequest) -> bool:
        """Answer for `permissions=["offer"]` of the actions."""
        return request.user.has_perm("interviews.change_slot")

    def save_model(self, request: HttpRequest, obj: Any, form: SlotForm, change: bool) -> None:
        """Save a new slot. :raises ValidationError: another slot took its time since the form was checked."""
        try:
            slot = slots.create_slot(now=timezone.now(), **form.cleaned_data)
        except errors.SlotTaken as error:
            raise ValidationError(str(error)) from error
        obj.pk = str(slot.id)

    @admin.action(description="Withdraw", permissions=["offer"])
    def withdraw_slots(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.run_button_on_all(request, queryset, WITHDRAW)

    @admin.action(description="Open again", permissions=["offer"])
    def reopen_slots(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.run_button_on_all(request, queryset, REOPEN)

    @action(description="Add a weekly pattern", permissions=["add"], url_path="weekly", icon="date_range")
    def weekly(self, request: HttpRequest) -> HttpResponse:
        """Ask for a weekly pattern, preview its slots, and add them once that is confirmed."""
        form, now = PatternForm(request.POST or None), timezone.now()
        preview = None
        if form.is_valid() and "_edit" not in request.POST:
            if "_confirm" in request.POST:
                return self._add_weekly(request, form)
            email = form.cleaned_data["interviewer_email"]
            preview = weekly_slots.preview_weekly_slots(pattern=form.pattern, interviewer_email=email, now=now)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Add a weekly pattern of slots",
            "form": form,
            "preview": preview,
            "first": [
                format_time(time[0], form.pattern.time_zone)
                for time in (preview.times[:PREVIEWED_TIMES] if preview else ())
            ],
            "back": reverse("admin:interviews_slot_changelist"),
        }
        return TemplateResponse(request, "interviews/admin/weekly.html", context)

    def _add_weekly(self, request: HttpRequest, form: PatternForm) -> HttpResponse:
        who = {name: form.cleaned_data[name] for name in ("interviewer_name", "interviewer_email")}
        added, skipped = weekly_slots.add_weekly_slots(pattern=form.pattern, now=timezone.now(), **who)
        if added:
            LogEntry.objects.create(
                user_id=request.user.pk,
                content_type=ContentType.objects.get_for_model(Slot),
                action_flag=ADDITION,
                object_repr=f"{added} slots of {who['interviewer_name']} by a weekly pattern"[:200],
            )
        self.message_user(request, f"{added} slots added, {skipped} passed over: taken or past.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:interviews_slot_changelist"))
