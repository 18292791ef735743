import base64
from pathlib import Path

import pytest

from calls.telephony.base import PlacementUnknown
from calls.telephony.twilio.transport import PooledHttpClient
from tests.calls.telephony.http_servers import CALL_SID, Answer, TwilioApi
from tests.calls.telephony.twilio.transport.clients import ORDER, Reach, assert_refused, certified
from tests.calls.telephony.twilio.transport.proxies import Proxy

REFUSALS = [
    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
]


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


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://", "http://[", "http://127.0.0.1:x"])
def test_proxy_that_is_none_is_a_refusal(
    reach: Reach, twilio_api: TwilioApi, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", proxy)

    assert_refused(reach(twilio_api.url))

    assert twilio_api.asked == []


def test_without_another_address_twilios_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy(REFUSALS[1]).running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        http = PooledHttpClient(timeout_seconds=5, base_url="")

        with pytest.raises(Exception, match="403"):
            http.request("GET", "https://api.twilio.com/a.json")

    assert proxy.led == [("CONNECT", "api.twilio.com:443", None)]
