"""Who may use the API: staff, and anyone on this very machine while it is a trial that can ring no real phone."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.permissions import BasePermission

# What proxies and tunnels add to a request that they pass on
FORWARDED = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}


class IsStaffOrLocalTrial(BasePermission):
    """Let in staff; and local callers while the telephony is the simulator and DEBUG is on."""

    message = "Sign in as staff, or send a token: Authorization: Token …"

    def has_permission(self, request: HttpRequest, view: object) -> bool:
        """Return whether the caller may go on."""
        return bool(request.user and request.user.is_staff) or is_local_trial(request)


def is_local_trial(request: HttpRequest) -> bool:
    """Return whether nothing but the simulator can ring and the caller sits on this machine, behind no proxy."""
    return (
        settings.SIMULATED
        and settings.DEBUG
        and request.META.keys().isdisjoint(FORWARDED)
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
