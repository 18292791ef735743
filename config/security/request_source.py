"""Where a request comes from: its address, and whether it is from this machine while only a trial runs."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS

# What proxies and tunnels add to a request that they pass on
FORWARDED = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}


def is_local_trial(request: HttpRequest) -> bool:
    """Return whether only the simulator can ring and the client is on this machine, behind no proxy.

    A page of another site can have the user's browser send requests here. Such a request may read, since the browser
    does not show that page the response, but change nothing.
    """
    return (
        settings.SIMULATED
        and settings.DEBUG
        and request.META.keys().isdisjoint(FORWARDED)
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and (request.method in SAFE_METHODS or not _is_of_another_site(request))
    )


def client_address(request: HttpRequest) -> str:
    """Return the client's address; of IPv6 the /64 network, in which one client has as many addresses as it wants.

    Behind our proxy that is the last hop that it names; what stands before it, the client may have made up.
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
    """Return whether a browser says so. Other programs send neither header, and belong to no site."""
    origin = request.META.get("HTTP_ORIGIN")
    own = f"{request.scheme}://{request.get_host()}"
    return request.META.get("HTTP_SEC_FETCH_SITE") in {"cross-site", "same-site"} or origin not in {None, own}


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
