"""What happens when our side answers badly, late or not at all, by the rules of Twilio."""

import pytest

from calls.telephony.simulator.callees import PressedKeys
from tests.calls.telephony.http_servers import Answer, OurSide, page
from tests.calls.telephony.played_calls import Play, scripted, spoken, statuses


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(500), 11217),
        (Answer(403), 11217),
        (Answer(closes=True), 11205),
        (Answer(200, b"<Response><Say>Hello.</Response>", "text/xml"), 12100),
        (Answer(200, b"\n<?xml version='1.0'?><Response/>", "text/xml"), 12100),
        (Answer(200, b"", "text/xml"), 12100),
        (Answer(200, b"<Answer/>", "text/xml"), 12102),
        (Answer(200, {}), 12300),
        (Answer(200, b"<Response/>", ""), 12300),
        (Answer(200, b"<Response>" + b" " * 65536 + b"</Response>", "text/xml"), 11750),
        (Answer(302, b"", location="/voice/?session=1"), 11215),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "answer",
)
def test_bad_answer_leads_to_the_fallback_address(play: Play, our_side: OurSide, answer: Answer, code: int) -> None:
    our_side.answers("/voice/", answer)
    our_side.says("/fallback/", "<Say>One moment.</Say>")

    call = play(scripted())

    (asked,) = our_side.asked_at("/fallback/")
    assert asked.fields["ErrorCode"] == str(code)
    assert asked.fields["ErrorUrl"] == f"{our_side.url}/voice/?session=1"
    assert spoken(call) == ["One moment."]
    assert call.application_error is None


def test_failing_fallback_ends_the_call_with_an_application_error(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(500))
    our_side.answers("/fallback/", Answer(500))

    call = play(scripted())

    assert call.application_error["code"] == 11217
    assert spoken(call) == ["We are sorry. An application error has occurred. Goodbye."]
    assert statuses(our_side)[-1] == "completed"


def test_call_without_a_fallback_address_ends_with_an_application_error(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(404))

    call = play(scripted(), fallback_url="")

    assert call.application_error["url"] == f"{our_side.url}/voice/?session=1"


def test_action_that_fails_leads_to_the_fallback_address_too(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather action='/turn/' numDigits='1'/>")
    our_side.answers("/turn/", Answer(500))
    our_side.says("/fallback/", "<Hangup/>")

    play(scripted(PressedKeys("1")))

    assert our_side.asked_at("/fallback/")[0].fields["ErrorUrl"] == f"{our_side.url}/turn/"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, b"Just words.", "text/plain"), ["Just words."]),
        (Answer(200, b"<Response><Say>TwiML.</Say></Response>", "text/plain"), ["TwiML."]),
        (Answer(200, b"<Response><Say>TwiML.</Say></Response>", "text/html"), ["TwiML."]),
        (Answer(200, b"\xff\xfb", "audio/mpeg"), []),
    ],
    ids=["plain words", "twiml as plain text", "twiml as html", "sound"],
)
def test_other_types_that_twilio_takes_are_taken(
    play: Play, our_side: OurSide, answer: Answer, said: list[str]
) -> None:
    our_side.answers("/voice/", answer)

    call = play(scripted())

    assert spoken(call) == said
    assert call.application_error is None


def test_failed_request_is_tried_again_as_the_fragment_says(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(500), Answer(closes=True), page("<Hangup/>"))

    play(scripted())

    tokens = [asked.headers.get("I-Twilio-Idempotency-Token", "") for asked in our_side.asked_at("/voice/")]
    assert [bool(token) for token in tokens] == [False, True, True]


def test_failed_request_is_not_tried_again_by_default(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(500))
    our_side.says("/fallback/", "<Hangup/>")

    play(scripted(), voice_url=f"{our_side.url}/voice/")

    assert len(our_side.asked_at("/voice/")) == 1


def test_slow_answer_fails_at_the_time_that_the_fragment_sets(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(200, b"<Response/>", "text/xml", delay_seconds=0.4))
    our_side.says("/fallback/", "<Hangup/>")

    play(scripted(), voice_url=f"{our_side.url}/voice/#rt=100&rc=0")

    assert our_side.asked_at("/fallback/")[0].fields["ErrorCode"] == "11205"


def test_redirect_of_the_web_server_is_followed(play: Play, our_side: OurSide) -> None:
    our_side.answers("/voice/", Answer(307, b"", location="/moved/"))
    our_side.says("/moved/", "<Say>Moved.</Say>")

    call = play(scripted())

    assert our_side.asked_at("/moved/")[0].fields["CallSid"] == call.call_sid
    assert spoken(call) == ["Moved."]
