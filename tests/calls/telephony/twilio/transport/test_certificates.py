from pathlib import Path

import pytest

from calls.telephony.base import PlacementUnknown
from tests.calls.telephony.http_servers import CALL_SID, TwilioApi
from tests.calls.telephony.twilio.transport.clients import ANOTHERS, BUNDLES, ORDER, Reach, assert_refused, certified


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
