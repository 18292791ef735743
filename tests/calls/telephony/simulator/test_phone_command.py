"""`manage.py phone`: a person, or a script, takes a simulated call in the terminal."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import pytest
from django.core.management import CommandError, call_command

from calls.management.commands.phone import Command
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedPhone
from calls.telephony.simulator.exchange import Exchange
from calls.telephony.simulator.personas import Scripted
from tests.calls.telephony.http_servers import OurSide
from tests.calls.telephony.played_calls import NUMBER, order_to, statuses, until

ASK = "<Gather input='speech dtmf' timeout='30' action='/turn/' actionOnEmptyResult='true'><Say>{}</Say></Gather>"


@pytest.fixture(autouse=True)
def exchange(simulator: Simulator) -> Iterator[None]:
    stop = threading.Event()
    exchange = Exchange(pace=0, real_pace=0.02, poll_seconds=0.02, callee_for=lambda number: Scripted([]))
    thread = threading.Thread(target=exchange.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()
    exchange.close()


@pytest.fixture
def place(simulator: Simulator, our_side: OurSide) -> Callable[[], None]:
    """Place a call as soon as the terminal's phone is open."""
    our_side.says("/voice/", ASK.format("Is this Asha?"))
    our_side.says("/turn/", ASK.format("When?"), "<Say>Goodbye.</Say><Hangup/>")
    order = order_to(our_side, ring_seconds=120)

    def place_call() -> None:
        while not SimulatedPhone.objects.count():
            time.sleep(0.01)
        simulator.place(order)

    return place_call


@contextmanager
def piped(text: str) -> Iterator[TextIO]:
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    with os.fdopen(read) as stream:
        yield stream


@contextmanager
def typed(*lines: str) -> Iterator[TextIO]:
    """A terminal where each line is typed a moment after the one before."""
    ours, theirs = os.openpty()
    thread = threading.Thread(target=_type, args=(ours, lines))
    thread.start()
    with os.fdopen(theirs) as stream:
        yield stream
        thread.join()
    os.close(ours)


def _type(terminal: int, lines: tuple[str, ...]) -> None:
    for line in lines:
        time.sleep(0.3)
        os.write(terminal, f"{line}\n".encode())


def run(stdin: TextIO, place: Callable[[], None] | None = None, **options: Any) -> str:
    placing = threading.Thread(target=place or (lambda: None))
    placing.start()
    out = io.StringIO()
    call_command(Command(stdout=out), stdin=stdin, **options)
    placing.join()
    return out.getvalue()


def answers(our_side: OurSide) -> list[str | None]:
    turns = [asked.fields for asked in our_side.asked_at("/turn/")]
    return [fields.get("SpeechResult") or fields.get("Digits") for fields in turns]


def test_script_answers_question_by_question(place: Callable[[], None], our_side: OurSide) -> None:
    with piped("yes it is\n1#\n") as stdin:
        out = run(stdin, place)

    assert answers(our_side) == ["yes it is", "1"]
    assert out.splitlines() == [
        "Waiting for a call …",
        f"☎ +15005550006 calls {NUMBER}.",
        "Callflow: Is this Asha?",
        "You: yes it is",
        "Callflow: When?",
        "You press 1#",
        "Callflow: Goodbye.",
        out.splitlines()[-1],
    ]
    assert out.splitlines()[-1].startswith("The call is over: completed")


def test_script_is_silent_after_its_last_line(place: Callable[[], None], our_side: OurSide) -> None:
    with piped("") as stdin:
        run(stdin, place)

    assert answers(our_side) == [None, None]


def test_script_hangs_up(place: Callable[[], None], our_side: OurSide) -> None:
    with piped("key 1 #\n/hangup\nnever said") as stdin:
        run(stdin, place)

    assert answers(our_side) == ["1"]


def test_verbs_are_shown_where_asked_for(place: Callable[[], None]) -> None:
    with piped("yes\nten") as stdin:
        out = run(stdin, place, verbose=True)

    assert '<Gather input="speech dtmf" timeout="30" action="/turn/" actionOnEmptyResult="true">' in out
    assert "<Hangup>" in out


def test_terminal_answers_and_has_time_to_type(place: Callable[[], None], our_side: OurSide) -> None:
    with typed("", "yes", "", "/hangup") as stdin:
        out = run(stdin, place)

    assert answers(our_side) == ["yes", None]
    assert "Enter answers" in out


def test_terminal_declines(place: Callable[[], None], our_side: OurSide) -> None:
    with typed("what?", "d") as stdin:
        run(stdin, place)

    until(lambda: statuses(our_side)[-1] == "busy")


def test_nothing_rings_within_the_wait() -> None:
    with piped("") as stdin, pytest.raises(CommandError, match=r"within 0\.2 seconds") as caught:
        run(stdin, wait=0.2)

    assert caught.value.returncode == 1
    assert SimulatedPhone.objects.count() == 0


def test_call_to_another_number_is_not_ours(place: Callable[[], None]) -> None:
    with piped("") as stdin, pytest.raises(CommandError):
        run(stdin, place, wait=0.3, to="+919876543219")


def test_phone_that_stays_takes_the_next_call(place: Callable[[], None], our_side: OurSide) -> None:
    def place_twice() -> None:
        place()
        while SimulatedPhone.objects.count():  # engaged
            time.sleep(0.01)
        place()

    with piped("/hangup\n/hangup\n") as stdin:
        out = run(stdin, place_twice, stay=True, wait=0.5)

    assert out.count("The call is over") == 2


def test_real_phones_are_not_answered_here(settings: Any) -> None:
    settings.SIMULATED = False

    with piped("") as stdin, pytest.raises(CommandError, match="Twilio is set up"):
        run(stdin)


def test_help_says_what_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "phone", "--help"])

    shown = capsys.readouterr().out
    assert "Exit codes: 0" in shown
    assert "/hangup" in shown
    assert "--strict" in shown


def test_call_that_stops_ringing_leaves_the_terminal_waiting(place: Callable[[], None], our_side: OurSide) -> None:
    def place_and_cancel() -> None:
        place()
        until(lambda: "ringing" in statuses(our_side))
        Simulator().hang_up(our_side.asked_at("/status/")[-1].fields["CallSid"])

    with typed("") as stdin, pytest.raises(CommandError):
        run(stdin, place_and_cancel, wait=1)

    assert statuses(our_side)[-1] == "canceled"
