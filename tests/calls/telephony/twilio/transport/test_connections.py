import gzip
import json
import socket
import threading
from contextlib import ExitStack

import pytest

from calls.telephony.base import PlacementUnknown
from calls.telephony.twilio.transport import CONNECTIONS, PooledHttpClient
from tests.calls.telephony.http_servers import CALL_SID, QUEUED, Answer, Asked, TwilioApi
from tests.calls.telephony.played_calls import until
from tests.calls.telephony.twilio.transport.clients import ORDER, Reach, assert_refused


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "127.0.0.1", "http://", "http://[", f"http://{'a' * 64}.example"]
)
def test_address_that_is_none_is_a_refusal(reach: Reach, address: str) -> None:
    assert_refused(reach(address))


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
