"""The admin's pages of users, groups and API tokens, and of the history of what was changed by whom."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from rest_framework.authtoken.admin import TokenAdmin as StockTokenAdmin
from rest_framework.authtoken.models import Token, TokenProxy
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.security.model_admin import ModelAdmin

# Django and Django REST framework register theirs, without the skin
for model in (User, Group, TokenProxy):
    admin.site.unregister(model)


def token_name(token: Token) -> str:
    return f"Token of {token.user}"


# Pages and the history show what __str__ returns, and many may read them. The library's returns the key, which lets in
Token.__str__ = token_name


@admin.register(User)
class UserAdmin(StockUserAdmin, ModelAdmin):
    """Who may sign in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_per_page = 50


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, ModelAdmin):
    """What whole groups of people may do."""


@admin.register(TokenProxy)
class TokenAdmin(StockTokenAdmin, ModelAdmin):
    """The tokens with which programs use the API as somebody; who adds one sees it, once."""

    list_display = ("user", "created")
    autocomplete_fields = ("user",)

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        words = f"The token is {obj.key}. It is shown only now: keep it where its program finds it."
        self.message_user(request, words, messages.WARNING)
        return super().response_add(request, obj, post_url_continue)

    def has_view_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """Show nothing in a popup, whose answers hold primary keys: a token's is the token."""
        return not is_popup(request) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return not is_popup(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return not is_popup(request) and super().has_delete_permission(request, obj)


def is_popup(request: HttpRequest) -> bool:
    """Return whether a page is asked for that chooses for another page."""
    return IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST


@admin.register(LogEntry)
class LogEntryAdmin(ModelAdmin):
    """Who did what, and when; nobody edits it."""

    list_display = ("action_time", "user", "content_type", "object_repr", "get_change_message")
    list_display_links = None
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__username")
    date_hierarchy = "action_time"
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
