"""How our TwiML is asked for and obeyed; our side is a local server with canned documents."""

from calls.telephony.simulator.callees import PressedKeys
from tests.calls.telephony.http_servers import OurSide
from tests.calls.telephony.played_calls import Play, scripted, spoken, verbs


def test_every_request_is_signed(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Pause length='5'/><Gather action='/turn/?number=1' method='GET' numDigits='1'/>")
    our_side.says("/turn/", "<Redirect>/voice/again?a=b%20c</Redirect>")
    our_side.says("/voice/again", "<Hangup/>")

    play(scripted(PressedKeys("1")), machine_url=f"{our_side.url}/machine/")

    assert {asked.path for asked in our_side.asked} == {"/status/", "/voice/", "/turn/", "/voice/again", "/machine/"}
    assert all(asked.is_signed for asked in our_side.asked)


def test_first_request_for_twiml_is_as_documented_and_without_the_fragment(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Hangup/>")

    call = play(scripted())

    (asked,) = our_side.asked_at("/voice/")
    assert (asked.method, asked.url) == ("POST", f"{our_side.url}/voice/?session=1")
    assert asked.fields == {
        "CallSid": call.call_sid,
        "AccountSid": "AC" + "0" * 32,
        "From": "+15005550006",
        "To": "+919876543210",
        "Caller": "+15005550006",
        "Called": "+919876543210",
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "outbound-api",
    }


def test_connections_are_reused_within_an_exchange(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Gather action='/turn/' numDigits='1'/>")
    our_side.says("/turn/", "<Hangup/>")

    play(scripted(PressedKeys("1")))

    assert our_side.connections == 1


def test_verbs_run_in_turn_until_the_last_ends_the_call(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Say>One.</Say><Pause length='2'/><Play>https://a.example/b.mp3</Play><Say>Two.</Say>")

    call = play(scripted())

    assert verbs(call) == ["Say", "Pause", "Play", "Say"]
    assert call.status == "completed"


def test_hangup_ends_the_call_before_later_verbs(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Hangup/><Say>Never.</Say>")

    call = play(scripted())

    assert verbs(call) == ["Hangup"]


def test_redirect_leads_to_another_document(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Redirect method='GET'>next?turn=2</Redirect><Say>Never.</Say>")
    our_side.says("/voice/next", "<Say>There.</Say>")

    call = play(scripted())

    (asked,) = our_side.asked_at("/voice/next")
    assert (asked.method, asked.query[0]) == ("GET", ("turn", "2"))
    assert ("CallSid", call.call_sid) in asked.query
    assert spoken(call) == ["There."]


def test_unknown_verb_is_warned_of_and_passed_over(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Sing>la</Sing><Say>Still here.</Say>")

    call = play(scripted())

    assert verbs(call) == ["Warning", "Say"]
    assert call.script[0]["text"].startswith("12200")


def test_marked_up_words_are_said_as_plain_ones(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", "<Say>Come <emphasis>on</emphasis>\n Tuesday.</Say>")

    call = play(scripted())

    assert spoken(call) == ["Come on Tuesday."]


def test_talk_takes_simulated_time(play: Play, our_side: OurSide) -> None:
    our_side.says("/voice/", f"<Say loop='2'>{'a' * 150}</Say><Pause length='5'/><Play loop='2'/>")

    call = play(scripted())

    assert call.duration_seconds == 31  # twice ten seconds of words, five of pause, twice three of sound
