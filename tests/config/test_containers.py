import json
import re
from typing import Any

import pytest
from django.conf import settings

from config.management.commands.serve import WEB
from config.security.uploads import MAX_FORM_BYTES


def read(name: str) -> str:
    return (settings.BASE_DIR / name).read_text()


@pytest.fixture
def compose() -> dict[str, Any]:
    return pytest.importorskip("yaml").safe_load(read("compose.yaml"))


def test_container_starts_what_serve_starts() -> None:
    found = re.search(r"^CMD (.*)$", read("Dockerfile").replace("\\\n", ""), re.MULTILINE)
    assert found

    words = json.loads(found[1])

    at = WEB.index("--workers") + 1  # here as many as there are cores
    assert words == ["python", *WEB[:at], "2", *WEB[at + 1 :], "--host", "0.0.0.0"]


def test_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {"proxy": ["80:80", "443:443"]}
    assert compose["services"]["web"]["environment"]["BEHIND_PROXY"] == "true"


def test_proxy_hands_on_whole_requests_as_large_as_the_server_takes() -> None:
    buffered, admitted = re.findall(r"(?:request_buffers|max_size) (\d+)MB", read("Caddyfile"))

    assert int(buffered) == int(admitted)
    assert int(admitted) * 1_000_000 > MAX_FORM_BYTES


def test_proxy_lets_go_of_a_connection_before_the_server_does() -> None:
    found = re.search(r"keepalive (\d+)s", read("Caddyfile"))
    assert found

    assert int(found[1]) < int(WEB[WEB.index("--timeout-keep-alive") + 1])
