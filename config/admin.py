"""The admin as a whole: its navigation, its first page, and what stands on every page."""

import logging
from collections.abc import Iterable
from typing import Any

import pymongo
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from pymongo.errors import PyMongoError

from calls import dialling
from calls.admin.dialling_switch import SWITCH
from calls.dashboard import widgets
from config.accounts import admin as accounts  # noqa: F401 - Django imports this module, which registers those pages
from config.mirror.model import MirrorModel
from config.mongo.embedded import EmbeddedMongoUnavailable
from config.security import admin_site

logger = logging.getLogger(__name__)

# A page does not wait longer for the database only to say whether anybody is called
BADGE_SECONDS = 1

# What the navigation shows, by model: its name there, and its icon (a Material Symbol)
NAVIGATION = {
    "Candidates": {
        "candidates.candidate": ("Candidates", "group"),
        "calls.conversationsession": ("Calls", "call"),
        "candidates.suppression": ("Not to be called", "phone_disabled"),
    },
    "Interviews": {
        "interviews.interview": ("Interviews", "event_available"),
        "interviews.slot": ("Slots", "calendar_month"),
    },
    "Outbox": {
        "interviews.invitation": ("Invitations", "mail"),
        "interviews.notice": ("Notices", "forward_to_inbox"),
        "interviews.followup": ("Follow-ups", "outgoing_mail"),
    },
    "People": {
        "auth.user": ("Users", "person"),
        "auth.group": ("Groups", "shield_person"),
        "authtoken.tokenproxy": ("API tokens", "key"),
        "admin.logentry": ("History", "history"),
    },
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the lists that this person may see, by group; what is registered and has no place yet comes last."""
    visible = {model._meta.label_lower: model for model in visible_models(request)}
    placed = {label for items in NAVIGATION.values() for label in items}
    others = {
        label: (capfirst(visible[label]._meta.verbose_name_plural), "list") for label in sorted(visible.keys() - placed)
    }
    home = [{"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}]
    if "calls.conversationsession" in visible or request.user.has_perm(SWITCH):
        home.append({"title": "Dialling", "icon": "phone_paused", "link": reverse("admin:calls_dialling")})
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [_item(visible[label], *shown) for label, shown in items.items() if label in visible],
        }
        for title, items in (NAVIGATION | {"More": others}).items()
    ]
    return [{"items": home}, *(group for group in groups if group["items"])]


def _item(model: type[models.Model], title: str, icon: str) -> dict[str, Any]:
    meta = model._meta
    return {"title": title, "icon": icon, "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")}


def visible_models(request: HttpRequest) -> Iterable[type[models.Model]]:
    """Return the models whose list this person may see."""
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_view_or_change_permission(request):
            yield model


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put the figures that this person may see on the first page; without a database it says so and shows none."""
    seen = [model for model in visible_models(request) if issubclass(model, MirrorModel)]
    try:
        page = widgets.page(seen=seen, now=timezone.now(), zone=timezone.get_current_timezone())
    except PyMongoError:
        logger.exception("The figures of the first page could not be asked for")
        page = None
    return context | {"page": page, "may_see_something": bool(seen)}


def environment(request: HttpRequest) -> list[str] | None:
    """Return the badge that stands on every page: that nobody is called now, or else that no real phone rings."""
    if words := _why_nobody_is_called(request):
        return [words, "danger"]
    return ["Simulated calls", "info"] if settings.SIMULATED else None


def _why_nobody_is_called(request: HttpRequest) -> str:
    """Return in few words why calls are refused, "" where they pass, or the database does not say it at once."""
    if not request.user.is_staff:
        return ""
    try:
        with pymongo.timeout(BADGE_SECONDS):
            standing = dialling.standing(now=timezone.now())
    except (PyMongoError, EmbeddedMongoUnavailable):
        return ""
    if not standing.is_on:
        return "Dialling is off"
    return "No more calls today" if standing.refusal else ""


def favicon(request: HttpRequest) -> str:
    """Return the address of the picture in the browser's tab."""
    return static("config/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    """Return the address of what every page wears besides the skin."""
    return static("config/admin.css")


admin.site.index_title = "Dashboard"
admin_site.use_safe_views()
