"""Who may use the API: staff with permission, and anyone on this machine while it is a trial that rings no phone."""

from ipaddress import ip_address, ip_network
from typing import ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

# What proxies and tunnels add to a request that they pass on
FORWARDED = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}
READ_LIKE = {"HEAD": "GET", "OPTIONS": "GET"}


class IsStaffOrLocalTrial(BasePermission):
    """Let in staff; and local callers while the telephony is the simulator and DEBUG is on."""

    message = "Sign in as staff, or send a token: Authorization: Token …"

    def has_permission(self, request: HttpRequest, view: object) -> bool:
        """Return whether the caller may go on."""
        return bool(request.user and request.user.is_staff) or is_local_trial(request)


class Needs(IsStaffOrLocalTrial):
    """Let in staff with the permission that the method needs; a method for which none is named is not to be had."""

    permissions: ClassVar[dict[str, str]]

    def has_permission(self, request: HttpRequest, view: object) -> bool:
        """Return whether the caller may go on. :raises PermissionDenied: it says which permission is missing."""
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


def is_local_trial(request: HttpRequest) -> bool:
    """Return whether nothing but the simulator can ring and the caller sits on this machine, behind no proxy.

    What a page of another site has the browser send is not the caller's wish: it may read, which that page is not
    shown, and change nothing.
    """
    return (
        settings.SIMULATED
        and settings.DEBUG
        and request.META.keys().isdisjoint(FORWARDED)
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and (request.method in SAFE_METHODS or not _is_of_another_site(request))
    )


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from: of IPv6 the network, in which one caller has as many addresses as wanted.

    Behind our proxy that is the last hop that it names; what stands before it, the caller may have made up.
    """
    found = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        found = request.META.get("HTTP_X_FORWARDED_FOR", found).rpartition(",")[2].strip()
    try:
        address = ip_address(found)
    except ValueError:
        return found
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def _is_of_another_site(request: HttpRequest) -> bool:
    """Return whether a browser says so; other programs say nothing, and are nobody's site."""
    origin = request.META.get("HTTP_ORIGIN")
    own = f"{request.scheme}://{request.get_host()}"
    return request.META.get("HTTP_SEC_FETCH_SITE") in {"cross-site", "same-site"} or origin not in {None, own}


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
