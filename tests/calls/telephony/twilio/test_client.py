import base64
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from calls import telephony
from calls.telephony.base import (
    CallList,
    CallOrder,
    CallRefused,
    CallUnknown,
    PlacedCall,
    PlacementUnknown,
    TelephonyError,
)
from calls.telephony.twilio.client import MAX_PAGES, Twilio
from tests.calls.telephony.http_servers import CALL_SID, QUEUED, Answer, TwilioApi
from tests.clocks import ENDLESS

ACCOUNT = "AC" + "a" * 32
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
ORDER = CallOrder(
    to="+919876543210",
    voice_url="https://callflow.example/twilio/voice/1/?turn=0",
    fallback_url="https://callflow.example/twilio/fallback/1/",
    status_url="https://callflow.example/twilio/status/1/#rc=3&rp=all",
    machine_url="https://callflow.example/twilio/machine/1/",
    ring_seconds=25,
    limit_seconds=600,
    lease=ENDLESS,
)
SINCE, UNTIL = datetime(2026, 11, 10, 9, tzinfo=UTC), datetime(2026, 11, 10, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# Every code of Twilio's that refuses because of the number called
BAD_NUMBER_CODES = [21202, 21211, 21214, 21216, 21217, 13223, 13224, 13225, 13226]
OUR_CODES = [
    *(10001, 10002, 10004, 10005, 20001, 20003, 20005, 20008, 20404, 20422, 21201, 21203, 21205, 21208, 21210),
    *(21212, 21213, 21215, 21218, 21219, 21264, 13227, 573002, 573005, 99999),
]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def twilio(twilio_api: TwilioApi, pauses: list[float]) -> Iterator[Twilio]:
    client = client_of(twilio_api.url, pauses)
    yield client
    client.close()


def client_of(url: str, pauses: list[float], timeout_seconds: float = 5) -> Twilio:
    return Twilio(
        account_sid=ACCOUNT,
        auth_token="secret",
        phone_number="+15005550006",
        timeout_seconds=timeout_seconds,
        api_base_url=url,
        sleep=pauses.append,
        uniform=lambda low, high: high,
    )


def refusal(code: int, status: int = 400) -> Answer:
    return Answer(status, {"code": code, "message": "no", "status": status, "more_info": "…"})


def test_call_is_placed_with_exactly_these_fields(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio.place(ORDER)

    (asked,) = twilio_api.asked
    assert (asked.method, asked.path) == ("POST", f"{CALLS}.json")
    assert sorted(asked.form) == sorted(
        [
            ("To", "+919876543210"),
            ("From", "+15005550006"),
            ("Url", ORDER.voice_url),
            ("Method", "POST"),
            ("FallbackUrl", ORDER.fallback_url),
            ("FallbackMethod", "POST"),
            ("StatusCallback", ORDER.status_url),
            ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
            ("Timeout", "25"),
            ("TimeLimit", "600"),
            ("MachineDetection", "Enable"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", ORDER.machine_url),
            ("AsyncAmdStatusCallbackMethod", "POST"),
        ]
    )


def test_account_and_token_travel_as_basic_auth(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio.place(ORDER)

    expected = base64.b64encode(f"{ACCOUNT}:secret".encode()).decode()
    assert twilio_api.asked[0].headers["Authorization"] == f"Basic {expected}"


def test_placed_call_is_what_twilio_answered(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(body=QUEUED | {"date_created": "Tue, 10 Nov 2026 09:30:00 +0000"}))

    placed = twilio.place(ORDER)

    assert placed == PlacedCall(CALL_SID, "queued", placed_at=datetime(2026, 11, 10, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize("code", BAD_NUMBER_CODES)
def test_number_at_fault_is_not_ours(twilio: Twilio, twilio_api: TwilioApi, code: int) -> None:
    twilio_api.answers.append(refusal(code))

    with pytest.raises(CallRefused, match=f"{code}.*phone number") as caught:
        twilio.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (code, False)


@pytest.mark.parametrize("code", OUR_CODES)
def test_any_other_refusal_is_ours(twilio: Twilio, twilio_api: TwilioApi, code: int) -> None:
    twilio_api.answers.append(refusal(code))

    with pytest.raises(CallRefused, match=str(code)) as caught:
        twilio.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (code, True)


def test_refused_credentials_say_what_to_do(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(refusal(20003, 401))

    with pytest.raises(CallRefused) as caught:
        twilio.place(ORDER)

    expected = "Twilio refused the credentials (20003): check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
    assert str(caught.value) == expected


def test_refusal_without_a_code_of_twilios_has_none(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(401, b"<html>Unauthorized</html>"))

    with pytest.raises(CallRefused, match="credentials") as caught:
        twilio.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (None, True)


def test_refusal_as_problem_details_is_understood(twilio: Twilio, twilio_api: TwilioApi) -> None:
    problem = {"type": "https://www.twilio.com/docs/errors/21211", "title": "Invalid", "status": 400, "code": 21211}
    twilio_api.answers.append(Answer(400, problem))

    with pytest.raises(CallRefused) as caught:
        twilio.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (21211, False)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(20500, 500),
        refusal(20503, 503),
        refusal(20504, 504),
        refusal(20500, 400),
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(408, b""),
        Answer(302, b""),
        Answer(201, b"<Response/>"),
        Answer(201, b""),
        Answer(201, {}),
        Answer(201, []),
        Answer(201, {"sid": "", "status": "queued"}),
        Answer(201, QUEUED | {"duration": "long"}),
        Answer(closes=True),
    ],
    ids=lambda answer: f"{answer.status} {str(answer.body)[:30]}",
)
def test_answer_that_proves_nothing_leaves_the_placement_unknown(
    twilio: Twilio, twilio_api: TwilioApi, answer: Answer
) -> None:
    twilio_api.answers.append(answer)

    with pytest.raises(PlacementUnknown):
        twilio.place(ORDER)

    assert len(twilio_api.asked) == 1


def test_late_answer_leaves_the_placement_unknown(twilio_api: TwilioApi, pauses: list[float]) -> None:
    twilio_api.answers.append(Answer(delay_seconds=0.5))
    hasty = client_of(twilio_api.url, pauses, timeout_seconds=0.1)

    with pytest.raises(PlacementUnknown):
        hasty.place(ORDER)

    hasty.close()


def test_connection_that_was_never_made_is_a_refusal_of_ours(pauses: list[float]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        closed_port = listener.getsockname()[1]
    unreachable = client_of(f"http://127.0.0.1:{closed_port}", pauses)

    with pytest.raises(CallRefused, match="could not be reached") as caught:
        unreachable.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (None, True)
    unreachable.close()


def test_too_many_requests_are_asked_again(twilio: Twilio, twilio_api: TwilioApi, pauses: list[float]) -> None:
    twilio_api.answers += [refusal(20429, 429), Answer(429, b"slow down")]

    placed = twilio.place(ORDER)

    assert placed.call_sid == CALL_SID
    assert pauses == pytest.approx([0.3, 0.6])


def test_too_many_requests_are_given_up_within_seconds(
    twilio: Twilio, twilio_api: TwilioApi, pauses: list[float]
) -> None:
    twilio_api.answers += [refusal(20429, 429)] * 9

    with pytest.raises(CallRefused) as caught:
        twilio.place(ORDER)

    assert (caught.value.error_code, caught.value.is_ours) == (20429, True)
    assert sum(pauses) < 3


def test_connection_is_reused(twilio: Twilio, twilio_api: TwilioApi) -> None:
    for _ in range(3):
        twilio.place(ORDER)

    assert twilio_api.connections == 1


def test_threads_get_their_own_answers(twilio: Twilio, twilio_api: TwilioApi) -> None:
    fetched = {}
    sids = [f"CA{number:032x}" for number in range(24)]
    twilio_api.names_what_is_asked_for = True

    def fetch(sid: str) -> None:
        fetched[sid] = twilio.fetch(sid).call_sid

    threads = [threading.Thread(target=fetch, args=(sid,)) for sid in sids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fetched == {sid: sid for sid in sids}


def test_call_is_fetched(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(200, QUEUED | {"status": "completed", "duration": "42"}))

    fetched = twilio.fetch(CALL_SID)

    assert fetched == PlacedCall(CALL_SID, "completed", duration_seconds=42)
    assert (twilio_api.asked[0].method, twilio_api.asked[0].path) == ("GET", f"{CALLS}/{CALL_SID}.json")


def test_fetching_a_call_that_is_not_there_says_so(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(refusal(20404, 404))

    with pytest.raises(CallUnknown):
        twilio.fetch(CALL_SID)


@pytest.mark.parametrize("answer", [refusal(20003, 401), refusal(20500, 500), Answer(200, b"?"), Answer(closes=True)])
def test_fetch_that_fails_is_a_telephony_error(twilio: Twilio, twilio_api: TwilioApi, answer: Answer) -> None:
    twilio_api.answers.append(answer)

    with pytest.raises(TelephonyError):
        twilio.fetch(CALL_SID)


def test_call_is_hung_up(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(Answer(200, QUEUED | {"status": "completed"}))

    twilio.hang_up(CALL_SID)

    assert twilio_api.asked[0].path == f"{CALLS}/{CALL_SID}.json"
    assert twilio_api.asked[0].form == [("Status", "completed")]


def test_hanging_up_a_call_that_is_over_changes_nothing(twilio: Twilio, twilio_api: TwilioApi) -> None:
    twilio_api.answers.append(refusal(21220))

    twilio.hang_up(CALL_SID)

    assert len(twilio_api.asked) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(refusal(20404, 404), CallUnknown), (refusal(20003, 401), TelephonyError), (Answer(closes=True), TelephonyError)],
)
def test_hang_up_that_fails_says_so(
    twilio: Twilio, twilio_api: TwilioApi, answer: Answer, expected: type[Exception]
) -> None:
    twilio_api.answers.append(answer)

    with pytest.raises(expected):
        twilio.hang_up(CALL_SID)


def test_calls_to_a_number_are_found_by_when_they_were_created(twilio: Twilio, twilio_api: TwilioApi) -> None:
    def call(number: int, created: str) -> dict[str, object]:
        return {"sid": f"CA{number}", "status": "queued", "date_created": created, "start_time": None}

    listed = [
        call(3, "Tue, 10 Nov 2026 09:31:00 +0000"),
        call(2, "Tue, 10 Nov 2026 09:30:00 +0000"),
        call(1, "Tue, 10 Nov 2026 09:29:59 +0000"),
    ]
    twilio_api.answers.append(Answer(200, {"calls": listed, "page": 0, "next_page_uri": None}))

    found = twilio.placed_to("+919876543210", since=datetime(2026, 11, 10, 9, 30, 0, 700_000, tzinfo=UTC))

    assert [call.call_sid for call in found] == ["CA2", "CA3"]
    assert twilio_api.asked[0].query == [("To", "+919876543210"), ("PageSize", "1000")]


@pytest.mark.parametrize("answer", [refusal(20003, 401), Answer(200, {"calls": 1}), Answer(200, b"")])
def test_listing_that_fails_is_a_telephony_error(twilio: Twilio, twilio_api: TwilioApi, answer: Answer) -> None:
    twilio_api.answers.append(answer)

    with pytest.raises(TelephonyError):
        twilio.placed_to("+919876543210", since=datetime(2026, 11, 10, tzinfo=UTC))


def listed(number: int, created: datetime) -> dict[str, object]:
    return {"sid": f"CA{number}", "status": "queued", "date_created": format_datetime(created), "to": "+919876543210"}


def page_of(*calls: dict[str, object], following: str | None = None) -> Answer:
    return Answer(200, {"calls": list(calls), "page": 0, "next_page_uri": following})


def test_calls_of_a_period_are_read_page_by_page(twilio: Twilio, twilio_api: TwilioApi) -> None:
    following = f"{CALLS}.json?Page=1&PageToken=PACA3"
    twilio_api.answers += [
        page_of(listed(5, UNTIL), listed(4, UNTIL - SECOND), listed(3, SINCE + SECOND), following=following),
        page_of(listed(3, SINCE + SECOND), listed(2, SINCE), listed(1, SINCE - SECOND)),
    ]

    found = twilio.placed_between(SINCE, UNTIL)

    assert [call.call_sid for call in found.calls] == ["CA2", "CA3", "CA4"]
    assert found.calls[0].to == "+919876543210"
    assert found.is_whole
    assert twilio_api.asked[0].query == [("From", "+15005550006"), ("PageSize", "1000")]
    assert twilio_api.asked[1].url.endswith(following)


def test_reading_ends_with_a_page_older_than_any_queue(twilio: Twilio, twilio_api: TwilioApi) -> None:
    following = f"{CALLS}.json?Page=1&PageToken=PACA1"
    twilio_api.answers.append(page_of(listed(1, SINCE - timedelta(days=1, seconds=1)), following=following))

    found = twilio.placed_between(SINCE, UNTIL)

    assert found == CallList((), is_whole=True)
    assert len(twilio_api.asked) == 1


def test_call_that_waited_in_the_queue_does_not_end_the_reading(twilio: Twilio, twilio_api: TwilioApi) -> None:
    following = f"{CALLS}.json?Page=1&PageToken=PACA1"
    twilio_api.answers += [
        page_of(listed(1, SINCE - timedelta(hours=23)), following=following),
        page_of(listed(2, SINCE)),
    ]

    found = twilio.placed_between(SINCE, UNTIL)

    assert [call.call_sid for call in found.calls] == ["CA2"]


def test_reading_without_an_end_is_cut_off_and_says_so(twilio: Twilio, twilio_api: TwilioApi) -> None:
    following = f"{CALLS}.json?Page=1&PageToken=PACA1"
    twilio_api.answers += [page_of(listed(1, SINCE), following=following)] * (MAX_PAGES + 5)

    found = twilio.placed_between(SINCE, UNTIL)

    assert not found.is_whole
    assert len(twilio_api.asked) == MAX_PAGES
    assert [call.call_sid for call in found.calls] == ["CA1"]


@pytest.mark.parametrize(
    "answer", [refusal(20003, 401), Answer(200, {"calls": 1}), Answer(200, b""), refusal(20500, 500)]
)
def test_reading_that_fails_halfway_is_a_telephony_error(twilio: Twilio, twilio_api: TwilioApi, answer: Answer) -> None:
    twilio_api.answers += [page_of(listed(1, SINCE), following=f"{CALLS}.json?Page=1"), answer]

    with pytest.raises(TelephonyError):
        twilio.placed_between(SINCE, UNTIL)


def test_another_address_keeps_twilios_path(twilio_api: TwilioApi, pauses: list[float]) -> None:
    behind_a_prefix = client_of(f"{twilio_api.url}/twilio", pauses)

    behind_a_prefix.place(ORDER)

    assert twilio_api.asked[0].path == f"/twilio{CALLS}.json"
    behind_a_prefix.close()


def test_settings_choose_the_backend_once_per_process(settings) -> None:  # type: ignore[no-untyped-def]
    settings.TELEPHONY = "twilio"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, "secret"

    chosen = telephony.backend()

    assert isinstance(chosen, Twilio)
    assert telephony.backend() is chosen
    telephony._twilio.cache_clear()
