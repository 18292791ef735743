"""HTTP below Twilio's SDK: one pool of connections for all threads, by the environment's proxy and certificates."""

import os
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import certifi
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3 import PoolManager, ProxyManager
from urllib3.connection import HTTPConnection
from urllib3.exceptions import LocationValueError, URLSchemeUnknown
from urllib3.util import make_headers, parse_url
from urllib3.util.ssl_ import create_urllib3_context

from config.lease import Lease

CONNECTIONS = 32
API_ADDRESS = "https://api.twilio.com"
ACCEPTED = {"Accept-Encoding": "gzip, deflate"}


class PooledHttpClient(HttpClient):
    """The SDK's TwilioHttpClient for several threads, with a pool of connections, a timeout and no retries.

    TwilioHttpClient hands its answer over through an attribute of its own, so that two threads may get each other's,
    and goes through requests, which takes more CPU than all that is below it.
    """

    def __init__(self, *, timeout_seconds: float, base_url: str) -> None:
        self.timeout = timeout_seconds
        self.is_async = False
        self._base_url = base_url
        self._opening = threading.Lock()
        self._pools: PoolManager | None = None

    def request(  # the SDK passes these by name
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
        lease: Lease | None = None,
    ) -> Response:
        """Send the request, to TWILIO_API_BASE_URL where one is set; a redirect is an answer like any other.

        :raises urllib3.exceptions.HTTPError: no answer; a LocationValueError where the addresses cannot be used.
        :raises LeaseOver: it was not sent, at least not whole.
        """
        body = urlencode(data, doseq=True).encode() if data else None
        sent = ACCEPTED | (headers or {}) | (_credentials(*auth) if auth else {})
        answer = self._opened().urlopen(
            method,
            self._address(url, params),
            redirect=False,
            body=_within(lease, body) if lease and body else body,
            headers=sent | ({"Content-Length": str(len(body))} if body else {}),
            timeout=timeout or self.timeout,
            retries=False,
        )
        return Response(answer.status, answer.data.decode(errors="replace"), answer.headers)

    def within(self, lease: Lease) -> HttpClient:
        """Return this client, sending nothing once the lease is over."""
        return _LeasedHttpClient(self, lease)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._pools is not None:
            self._pools.clear()

    def _opened(self) -> PoolManager:
        """Return the pools, made for the first who asks: what is wrong with the environment fails a request."""
        with self._opening:
            if self._pools is None:
                self._pools = pools_towards(self._base_url or API_ADDRESS, timeout_seconds=self.timeout)
            return self._pools

    def _address(self, url: str, params: Mapping[str, Any] | None) -> str:
        asked = urlsplit(url)
        if self._base_url:
            base = urlsplit(self._base_url)
            asked = asked._replace(scheme=base.scheme, netloc=base.netloc, path=base.path + asked.path)
        if params:
            said = urlencode({name: value for name, value in params.items() if value is not None}, doseq=True)
            asked = asked._replace(query="&".join(filter(None, (asked.query, said))))
        return urlunsplit(asked)


class _LeasedHttpClient(HttpClient):
    """A client whose requests are sent by another, within a lease."""

    def __init__(self, client: PooledHttpClient, lease: Lease) -> None:
        self.is_async = client.is_async
        self._client = client
        self._lease = lease

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Send the request as PooledHttpClient does. :raises LeaseOver:"""
        self._lease.check()
        return self._client.request(*args, **kwargs | {"lease": self._lease})


def _within(lease: Lease, body: bytes) -> Iterator[bytes]:
    """Yield the body at the moment that it is written to the open connection. :raises LeaseOver:

    The headers are out by then; without the body that they announce, no server acts on them.
    """
    lease.check()
    yield body


def pools_towards(address: str, *, timeout_seconds: float) -> PoolManager:
    """Return pools of connections to the address, by the proxy and with the certificates that the environment names.

    What was sent and has not arrived within the timeout never will: the system gives the connection up.

    :raises LocationValueError: the address, the proxy or the certificates cannot be used.
    """
    try:
        target = urlsplit(address)
        proxy = proxy_towards(target)
        if target.scheme not in {"http", "https"}:
            raise URLSchemeUnknown(target.scheme)
        tls = tls_context() if "https" in {target.scheme, urlsplit(proxy).scheme} else None
        kept: dict[str, Any] = {
            "maxsize": CONNECTIONS,
            "ssl_context": tls,
            "socket_options": _socket_options(timeout_seconds),
        }
        if not proxy:
            return PoolManager(**kept)
        return ProxyManager(proxy, proxy_headers=_credentials_for(proxy), proxy_ssl_context=tls, **kept)
    except (OSError, ValueError) as error:
        raise LocationValueError("Twilio's address, the proxy's or the certificates cannot be used.") from error


def _socket_options(timeout_seconds: float) -> list[tuple[int, int, int]]:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it (tcp(7)); others go on for minutes
    bounded = [] if option is None else [(socket.IPPROTO_TCP, option, round(timeout_seconds * 1000))]
    return [*HTTPConnection.default_socket_options, *bounded]


def proxy_towards(target: SplitResult) -> str:
    """Return the address of the proxy that the environment sets for the target, "" where it sets none."""
    proxies, host = getproxies(), target.hostname or ""
    proxy = proxies.get(target.scheme) or proxies.get("all") or ""
    is_excepted = _is_excepted(host, proxies.get("no", ""))
    if not proxy or is_excepted or proxy_bypass(f"{host}:{target.port}" if target.port else host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def tls_context() -> ssl.SSLContext:
    """Return what TLS is verified by, read once: it takes 18 ms of CPU. :raises OSError: the certificates are away."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
    context = create_urllib3_context()
    context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
    return context


def _is_excepted(host: str, named: str) -> bool:
    """Tell whether the host is an IP address in one of the networks that no_proxy names."""
    try:
        ip = ip_address(host)
    except ValueError:
        return False
    return any(ip in network for network in map(_network, named.split(",")) if network)


def _network(name: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(name.strip(), strict=False)
    except ValueError:
        return None


def _credentials(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode('latin-1')).decode()}"}


def _credentials_for(proxy: str) -> dict[str, str]:
    """Return the header that lets us through the proxy. :raises LocationValueError: the proxy's address has no host."""
    parsed = parse_url(proxy)
    if not parsed.host:
        raise LocationValueError("The proxy's address has no host.")
    auth = parsed.auth_decoded_joined or ""
    return make_headers(proxy_basic_auth=auth) if auth else {}
