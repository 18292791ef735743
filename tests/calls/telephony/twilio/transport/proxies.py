"""What lies between us and Twilio: proxies, and certificates."""

import select
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest


class Led(NamedTuple):
    """What a proxy was asked for, and by what credentials."""

    method: str
    target: str
    credentials: str | None


class Proxy:
    """An HTTP proxy that remembers what it was asked for: it leads there, or says `refusal` and hangs up."""

    def __init__(self, refusal: bytes | None = None) -> None:
        self.led: list[Led] = []
        self.refusal = refusal
        self.on_led: Callable[[], None] = lambda: None
        self._server = ThreadingTCPServer(("127.0.0.1", 0), _leading(self))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Lead until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def _leading(proxy: Proxy) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(65536)
            line, _, rest = head.partition(b"\r\n")
            method, target, _ = line.decode().split()
            proxy.led.append(Led(method, target, message_from_bytes(rest)["Proxy-Authorization"]))
            proxy.on_led()
            if proxy.refusal is not None:
                self.request.sendall(proxy.refusal)
                return
            where = urlsplit(target if "://" in target else f"//{target}")
            with socket.create_connection((where.hostname, where.port)) as beyond, suppress(OSError):
                if method == "CONNECT":
                    self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    beyond.sendall(line.replace(f"http://{where.netloc}".encode(), b"", 1) + b"\r\n" + rest)
                _exchange(self.request, beyond)

    return Handler


def _exchange(one: socket.socket, other: socket.socket) -> None:
    """Pass on what either says, until one of them hangs up."""
    towards = {one: other, other: one}
    while True:
        for speaker in select.select(list(towards), [], [])[0]:
            said = speaker.recv(65536)
            if not said:
                return
            towards[speaker].sendall(said)


def certificate(directory: Path, name: str) -> Path:
    """Return a file with a key, and a certificate that it signed itself, for the name, such as `IP:127.0.0.1`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate, and is not here")
    words = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-days", "2", "-subj", "/CN=a test", "-addext", f"subjectAltName={name}"]
    made = subprocess.run([*words, "-keyout", "-"], cwd=directory, capture_output=True, check=True).stdout
    path = directory / "certificate.pem"
    path.write_bytes(made)
    return path


def serving(path: Path) -> ssl.SSLContext:
    """Return the TLS of a server that shows the certificate in the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
