"""What the doctor asks of Twilio, on a server that answers as Twilio does."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.telephony.simulator.backend import Simulator
from calls.telephony.twilio.client import Twilio
from config.doctor.findings import Finding, Verdict
from tests.calls.telephony.http_servers import Answer, TwilioApi

ACCOUNT, NUMBER = "AC" + "a" * 32, "+15005550006"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"
ACTIVE = Answer(200, {"sid": ACCOUNT, "status": "active", "type": "Full"})
NOBODYS = Answer(200, {"outgoing_caller_ids": []})


def owned(*numbers: str, voice: bool = True) -> Answer:
    listed = [{"sid": "PN1", "phone_number": number, "capabilities": {"voice": voice}} for number in numbers]
    return Answer(200, {"incoming_phone_numbers": listed})


def refusal(code: int, status: int) -> Answer:
    return Answer(status, {"code": code, "message": "no", "status": status})


@pytest.fixture
def twilio(twilio_api: TwilioApi) -> Iterator[Twilio]:
    client = client_of(twilio_api.url)
    yield client
    client.close()


def client_of(url: str, timeout_seconds: float = 5) -> Twilio:
    return Twilio(
        account_sid=ACCOUNT,
        auth_token="secret",
        phone_number=NUMBER,
        timeout_seconds=timeout_seconds,
        api_base_url=url,
        sleep=lambda _: None,
    )


def found_of(telephony: Any, now: datetime | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in telephony.examine(now or datetime.now(UTC))}


def test_account_that_owns_its_number_may_call(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers += [ACTIVE, owned(NUMBER)]

    found = found_of(twilio)

    assert {finding.verdict for finding in found.values()} == {Verdict.RIGHT}
    assert list(found) == ["Phone account", "Clock", "Caller id"]
    assert [asked.path for asked in twilio_api.asked] == [f"{PATH}.json", f"{PATH}/IncomingPhoneNumbers.json"]
    assert {asked.method for asked in twilio_api.asked} == {"GET"}


def test_number_that_is_verified_may_call(twilio: Twilio, twilio_api: TwilioApi) -> None:
    verified = Answer(200, {"outgoing_caller_ids": [{"sid": "PN2", "phone_number": NUMBER}]})
    twilio_api.answers += [ACTIVE, owned(), verified]

    found = found_of(twilio)["Caller id"]

    assert (found.verdict, found.words) == (Verdict.RIGHT, f"{NUMBER} is verified for the account.")


@pytest.mark.parametrize(
    "answers",
    [[owned(), NOBODYS], [owned(f"{NUMBER}7"), NOBODYS], [owned(NUMBER, voice=False)]],
    ids=["nobody's", "another", "for messages only"],
)
def test_number_that_may_not_call_is_wrong(twilio: Twilio, twilio_api: TwilioApi, answers: list[Answer]) -> None:
    twilio_api.answers += [ACTIVE, *answers]

    found = found_of(twilio)["Caller id"]

    assert found.verdict == Verdict.WRONG
    assert found.advice.startswith("Set TWILIO_PHONE_NUMBER")


def test_number_that_cannot_be_asked_about_is_wrong(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers += [ACTIVE, refusal(20500, 500)]

    found = found_of(twilio)

    assert found["Phone account"].verdict == Verdict.RIGHT
    assert found["Caller id"].words == "Twilio failed (500)."


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_account_that_is_not_active_is_wrong(twilio: Twilio, twilio_api: TwilioApi, status: str) -> None:
    twilio_api.answers += [Answer(200, {"sid": ACCOUNT, "status": status, "type": "Full"}), owned(NUMBER)]

    found = found_of(twilio)["Phone account"]

    assert (found.verdict, found.words) == (Verdict.WRONG, f"Twilio's account is {status}.")


def test_trial_is_doubtful(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers += [Answer(200, {"sid": ACCOUNT, "status": "active", "type": "Trial"}), owned(NUMBER)]

    assert found_of(twilio)["Phone account"].verdict == Verdict.DOUBTFUL


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(20003, 401), "Twilio refused the credentials (20003)."),
        (refusal(20008, 403), "Twilio's test credentials cannot place calls (20008)."),
        (refusal(20005, 403), "Twilio's account is suspended or closed (20005)."),
        (refusal(20404, 404), "Twilio knows no such account (20404)."),
        (refusal(20500, 500), "Twilio failed (20500)."),
        (Answer(closes=True), "Twilio could not be asked (ProtocolError)."),
        (Answer(200, b"?"), "Twilio could not be asked (JSONDecodeError)."),
    ],
)
def test_account_that_cannot_be_asked_about_is_wrong(
    twilio: Twilio, twilio_api: TwilioApi, answer: Answer, words: str
) -> None:
    twilio_api.answers.append(answer)

    (found,) = twilio.examine(datetime.now(UTC))

    assert (found.verdict, found.words) == (Verdict.WRONG, words)
    assert found.advice
    assert "secret" not in f"{found.words}{found.advice}"


def test_silent_twilio_is_given_up_in_time(twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(delay_seconds=0.5))
    hasty = client_of(twilio_api.url, timeout_seconds=0.1)

    (found,) = hasty.examine(datetime.now(UTC))

    hasty.close()
    assert found.words == "Twilio could not be asked (ReadTimeoutError)."


def test_twilio_out_of_reach_is_reported() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        unreachable = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}")

    (found,) = unreachable.examine(datetime.now(UTC))

    unreachable.close()
    assert (found.words, found.advice) == (
        "Twilio could not be reached.",
        "Check the network and TWILIO_API_BASE_URL.",
    )


def test_clock_that_is_wrong_is_told_by_twilios(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers += [ACTIVE, owned(NUMBER)]

    found = found_of(twilio, datetime.now(UTC) - timedelta(minutes=2))["Clock"]

    assert found.verdict == Verdict.WRONG
    assert found.words.startswith("Twilio's clock differs from ours by ")


def test_simulated_line_says_so() -> None:
    found = Simulator().examine(datetime.now(UTC))

    assert [finding.verdict for finding in found] == [Verdict.RIGHT] * 2
    assert all(finding.words.startswith("Simulated") for finding in found)
