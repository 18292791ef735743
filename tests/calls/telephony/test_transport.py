"""How requests get to Twilio, and which of those that do not are known to have rung nowhere."""

import base64
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from calls.telephony.base import CallOrder, CallRefused, PlacementUnknown
from calls.telephony.transport import CONNECTIONS, PooledHttpClient
from calls.telephony.twilio import Twilio
from tests.calls.telephony.playing import until
from tests.calls.telephony.servers import CALL_SID, QUEUED, Answer, Asked, TwilioApi
from tests.calls.telephony.ways import Proxy, certificate, serving

ADDRESS = "https://callflow.example/twilio/"
ORDER = CallOrder("+919876543210", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ring_seconds=25, limit_seconds=600)
NAMED = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]
BUNDLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
OURS, ANOTHERS = "IP:127.0.0.1", "DNS:api.twilio.example"
REFUSALS = [
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
]

Reach = Callable[..., Twilio]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies and certificates that the environment of the tests names."""
    for name in [*NAMED, *map(str.upper, NAMED), *BUNDLES]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def reach() -> Iterator[Reach]:
    """Return a function that gives the Twilio at an address, with the environment of the moment."""
    with ExitStack() as stack:

        def reach(url: str, timeout_seconds: float = 5) -> Twilio:
            twilio = Twilio(
                account_sid="AC1",
                auth_token="secret",
                phone_number="+15005550006",
                timeout_seconds=timeout_seconds,
                api_base_url=url,
            )
            stack.callback(twilio.close)
            return twilio

        yield reach


@contextmanager
def certified(directory: Path, name: str = OURS) -> Iterator[tuple[TwilioApi, str]]:
    """Serve Twilio's API by TLS; give it and the path of its certificate."""
    path = certificate(directory, name)
    api = TwilioApi(serving(path))
    with api.running():
        yield api, str(path)


@pytest.fixture
def closed_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


def assert_refused(twilio: Twilio) -> None:
    with pytest.raises(CallRefused, match="could not be reached") as caught:
        twilio.place(ORDER)
    assert (caught.value.error_code, caught.value.is_ours) == (None, True)


@pytest.mark.parametrize("variable", BUNDLES)
def test_certificates_that_the_environment_names_are_trusted(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with certified(tmp_path) as (api, path):
        monkeypatch.setenv(variable, path)

        placed = reach(f"{api.url}/twilio").place(ORDER)

    assert placed.call_sid == CALL_SID
    assert api.asked[0].path == "/twilio/2010-04-01/Accounts/AC1/Calls.json"


def test_certificate_that_nobody_vouches_for_is_a_refusal(reach: Reach, tmp_path: Path) -> None:
    with certified(tmp_path) as (api, _):
        assert_refused(reach(api.url))

    assert api.asked == []


def test_certificate_of_another_host_is_a_refusal(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with certified(tmp_path, ANOTHERS) as (api, path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)

        assert_refused(reach(api.url))

    assert api.asked == []


def test_certificates_that_are_not_there_are_a_refusal(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))

    assert_refused(reach("https://127.0.0.1:9"))


def test_tls_that_is_none_leaves_the_placement_unknown(reach: Reach, twilio_api: TwilioApi) -> None:
    with pytest.raises(PlacementUnknown):
        reach(twilio_api.url.replace("http:", "https:")).place(ORDER)


def test_proxy_is_gone_through_with_its_credentials(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy().running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://us:p%40ss@{proxy.address}")

        placed = reach(twilio_api.url).place(ORDER)

    assert placed.call_sid == CALL_SID
    ((method, target, credentials),) = proxy.led
    assert (method, target) == ("POST", f"{twilio_api.url}/2010-04-01/Accounts/AC1/Calls.json")
    assert credentials == f"Basic {base64.b64encode(b'us:p@ss').decode()}"


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_tls_goes_through_a_tunnel_that_is_kept(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with certified(tmp_path) as (api, path), Proxy().running() as proxy:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)
        monkeypatch.setenv(variable, f"us:secret@{proxy.address}")
        twilio = reach(api.url)

        for _ in range(3):
            twilio.place(ORDER)
        twilio.close()

    credentials = f"Basic {base64.b64encode(b'us:secret').decode()}"
    assert proxy.led == [("CONNECT", api.url.removeprefix("https://"), credentials)]
    assert len(api.asked) == 3
    assert "Proxy-Authorization" not in {name.title() for name in api.asked[0].headers}


def test_proxy_of_the_other_scheme_is_left_alone(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, closed_address: str
) -> None:
    monkeypatch.setenv("https_proxy", f"http://{closed_address}")

    assert reach(twilio_api.url).place(ORDER).call_sid == CALL_SID


@pytest.mark.parametrize("excepted", ["127.0.0.1", "other.example, 127.0.0.0/8", "127.0.0.1:{port}", "*"])
def test_proxy_is_passed_by_for_hosts_that_are_excepted(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, closed_address: str, excepted: str
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{closed_address}")
    monkeypatch.setenv("no_proxy", excepted.format(port=twilio_api.url.rpartition(":")[2]))

    assert reach(twilio_api.url).place(ORDER).call_sid == CALL_SID


def test_proxy_is_not_passed_by_for_other_hosts(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, closed_address: str
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{closed_address}")
    monkeypatch.setenv("no_proxy", "localhost,10.0.0.0/8,7.0.0.1,,nonsense/99")

    assert_refused(reach(twilio_api.url))


def test_environment_is_read_once(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, closed_address: str
) -> None:
    twilio = reach(twilio_api.url)
    twilio.place(ORDER)
    monkeypatch.setenv("http_proxy", f"http://{closed_address}")

    assert twilio.place(ORDER).call_sid == CALL_SID


@pytest.mark.parametrize("refusal", REFUSALS, ids=["407", "403", "502"])
def test_proxy_that_leads_no_further_is_a_refusal(
    reach: Reach, monkeypatch: pytest.MonkeyPatch, refusal: bytes
) -> None:
    with Proxy(refusal).running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")

        assert_refused(reach("https://127.0.0.1:9"))


def test_proxy_that_hangs_up_leaves_the_placement_unknown(reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy(b"").running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")

        with pytest.raises(PlacementUnknown):
            reach("https://127.0.0.1:9").place(ORDER)


def test_certificate_behind_a_proxy_that_nobody_vouches_for_is_a_refusal(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with certified(tmp_path) as (api, _), Proxy().running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")

        assert_refused(reach(api.url))

    assert api.asked == []


def test_answer_that_breaks_off_behind_a_proxy_leaves_the_placement_unknown(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio_api.answers.append(Answer(closes=True))
    with Proxy().running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")

        with pytest.raises(PlacementUnknown):
            reach(twilio_api.url).place(ORDER)

    assert len(twilio_api.asked) == 1


def test_answer_that_breaks_off_in_a_tunnel_leaves_the_placement_unknown(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with certified(tmp_path) as (api, path), Proxy().running() as proxy:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        api.answers.append(Answer(closes=True))

        with pytest.raises(PlacementUnknown):
            reach(api.url).place(ORDER)

    assert len(api.asked) == 1


def test_late_answer_behind_a_proxy_leaves_the_placement_unknown(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio_api.answers.append(Answer(delay_seconds=0.5))
    with Proxy().running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
        twilio = reach(twilio_api.url, timeout_seconds=0.1)

        with pytest.raises(PlacementUnknown):
            twilio.place(ORDER)
        twilio.close()


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "127.0.0.1", "http://", "http://[", f"http://{'a' * 64}.example"]
)
def test_address_that_is_none_is_a_refusal(reach: Reach, address: str) -> None:
    assert_refused(reach(address))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://", "http://[", "http://127.0.0.1:x"])
def test_proxy_that_is_none_is_a_refusal(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", proxy)

    assert_refused(reach(twilio_api.url))

    assert twilio_api.asked == []


def test_name_that_leads_nowhere_is_a_refusal(reach: Reach) -> None:
    assert_refused(reach("http://nobody.invalid"))


def test_connection_that_is_not_taken_up_in_time_is_a_refusal(reach: Reach) -> None:
    with socket.socket() as listener, ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):  # who waits before us, so that there is no place left
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())

        assert_refused(reach(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=0.2))


def test_connection_that_twilio_closed_meanwhile_is_made_anew(reach: Reach, twilio_api: TwilioApi) -> None:
    twilio = reach(twilio_api.url)
    twilio_api.answers.append(Answer(hangs_up=True))
    twilio.place(ORDER)
    until(lambda: twilio_api.closed == 1)

    placed = twilio.place(ORDER)

    assert placed.call_sid == CALL_SID
    assert (twilio_api.connections, len(twilio_api.asked)) == (2, 2)


def test_kept_connection_that_breaks_leaves_the_placement_unknown(reach: Reach, twilio_api: TwilioApi) -> None:
    twilio = reach(twilio_api.url)
    twilio.place(ORDER)
    twilio_api.answers.append(Answer(closes=True))

    with pytest.raises(PlacementUnknown):
        twilio.place(ORDER)

    assert (twilio_api.connections, len(twilio_api.asked)) == (1, 2)


def test_closed_client_connects_again(reach: Reach, twilio_api: TwilioApi) -> None:
    twilio = reach(twilio_api.url)
    twilio.place(ORDER)
    twilio.close()

    twilio.place(ORDER)

    assert twilio_api.connections == 2


def test_nobody_waits_for_a_connection_and_those_of_the_pool_are_kept(reach: Reach, twilio_api: TwilioApi) -> None:
    twilio = reach(twilio_api.url)

    def place_at_once(count: int) -> None:
        all_are_here = threading.Barrier(count, timeout=5)

        def answer(asked: Asked) -> Answer:
            all_are_here.wait()
            return Answer()

        twilio_api.answer_for = answer
        threads = [threading.Thread(target=twilio.place, args=(ORDER,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    place_at_once(CONNECTIONS + 8)
    place_at_once(CONNECTIONS)

    assert len(twilio_api.asked) == 2 * CONNECTIONS + 8
    assert twilio_api.connections == CONNECTIONS + 8


def test_redirect_is_not_followed(reach: Reach, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(307, b"", location="/elsewhere"))

    with pytest.raises(PlacementUnknown):
        reach(twilio_api.url).place(ORDER)

    assert len(twilio_api.asked) == 1


def test_compressed_answer_in_utf8_is_read(reach: Reach, twilio_api: TwilioApi) -> None:
    body = json.dumps(QUEUED | {"to": "आशा"}, ensure_ascii=False).encode()
    twilio_api.answers.append(Answer(body=gzip.compress(body), encoding="gzip"))

    placed = reach(twilio_api.url).place(ORDER)

    assert placed.to == "आशा"
    assert twilio_api.asked[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_request_is_what_the_sdk_asks_for(twilio_api: TwilioApi) -> None:
    http = PooledHttpClient(timeout_seconds=5, base_url=twilio_api.url)
    twilio_api.answers.append(Answer(404, b"\xff no"))

    answer = http.request(
        "GET", "https://api.twilio.com/a.json?Page=1", params={"To": ["1 &", "2"], "From": None}, headers={"X-Sdk": "y"}
    )
    http.close()

    (asked,) = twilio_api.asked
    assert (asked.method, asked.path, asked.form) == ("GET", "/a.json", [])
    assert asked.query == [("Page", "1"), ("To", "1 &"), ("To", "2")]
    assert asked.headers["X-Sdk"] == "y"
    assert "Authorization" not in asked.headers
    assert (answer.status_code, answer.text) == (404, "\ufffd no")
    assert answer.headers["content-TYPE"] == "application/json"


def test_without_another_address_twilios_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy(REFUSALS[1]).running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        http = PooledHttpClient(timeout_seconds=5, base_url="")

        with pytest.raises(Exception, match="403"):
            http.request("GET", "https://api.twilio.com/a.json")

    assert proxy.led == [("CONNECT", "api.twilio.com:443", None)]
