import pytest

from tests.config.settings.environments import LIVE, Start, refusal


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://callflow.example", "https://callflow.example"),
        ("https://callflow.example/", "https://callflow.example"),
        ("https://callflow.example:8443", "https://callflow.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_twilio_reaches_us_by_https_or_on_this_machine(start: Start, address: str, base: str) -> None:
    assert start(**LIVE | {"PUBLIC_BASE_URL": address})["PUBLIC_BASE_URL"] == base


@pytest.mark.parametrize(
    "address",
    [
        "http://callflow.example",
        "http://127.0.0.1.callflow.example",
        "http://192.168.0.5:8000",
        "https://callflow.example/app",
        "https://callflow.example?x=1",
        "callflow.example",
        "ftp://callflow.example",
        "https://",
        "//callflow.example",
    ],
)
def test_any_other_address_is_refused(start: Start, address: str) -> None:
    message = refusal(start, **LIVE | {"PUBLIC_BASE_URL": address})

    assert message.startswith("PUBLIC_BASE_URL is ")
    assert "it must be https://your.host without a path (http only for a loopback address)" in message


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://callflow.example", "callflow.example"),
        ("http://[::1]:8000", "[::1]"),
        ("http://localhost", "localhost"),
    ],
)
def test_we_answer_to_our_public_name(start: Start, address: str, host: str) -> None:
    read = start(**LIVE | {"PUBLIC_BASE_URL": address})

    assert host in read["ALLOWED_HOSTS"]
    assert read["CSRF_TRUSTED_ORIGINS"] == [address]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_server_for_all_addresses_calls_itself_by_loopback(start: Start, host: str) -> None:
    assert start(HOST=host, PORT="9000")["PUBLIC_BASE_URL"] == "http://127.0.0.1:9000"
