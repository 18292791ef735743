"""Who may use the API: staff with permission, and anyone on this machine while it is a trial that rings no phone."""

from typing import ClassVar

from django.http import HttpRequest
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import BasePermission

from config.security.request_source import is_local_trial

READ_LIKE = {"HEAD": "GET", "OPTIONS": "GET"}


class IsStaffOrLocalTrial(BasePermission):
    """Let in staff; and local callers while the telephony is the simulator and DEBUG is on."""

    message = "Sign in as staff, or send a token: Authorization: Token …"

    def has_permission(self, request: HttpRequest, view: object) -> bool:
        return bool(request.user and request.user.is_staff) or is_local_trial(request)


class Needs(IsStaffOrLocalTrial):
    """Let in staff with the permission that the method needs; a method for which none is named is not allowed."""

    permissions: ClassVar[dict[str, str]]

    def has_permission(self, request: HttpRequest, view: object) -> bool:
        """:raises PermissionDenied: it names the permission that is missing. :raises MethodNotAllowed:"""
        if not super().has_permission(request, view):
            return False
        if is_local_trial(request):
            return True
        needed = self.permissions.get(READ_LIKE.get(request.method, request.method))
        if needed is None and request.method != "OPTIONS":
            raise MethodNotAllowed(request.method)
        if needed and not request.user.has_perm(needed):
            raise PermissionDenied(f"This needs the permission {needed}, which your account does not have.")
        return True


def needs(**permissions: str) -> type[Needs]:
    """Return the permission class of an endpoint whose methods need these permissions: `GET="app.view_model"`."""
    return type("NeedsPermissions", (Needs,), {"permissions": permissions})
