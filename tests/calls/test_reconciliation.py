import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pymongo.database import Database

from calls import jobs, reconciliation, services, telephony
from calls.documents import ConversationSession
from calls.reconciliation import Kind, Report
from calls.telephony.base import CallOrder, PlacedCall, PlacementUnknown
from calls.telephony.documents import calls
from calls.telephony.simulator import Simulator
from candidates.documents import Candidate, Outcome
from tests.calls.webhooks import status
from tests.factories import NOW, a_candidate, a_phone, a_session, an_attempt

LATER = NOW + timedelta(minutes=10)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def simulated(database: Database, settings: Any) -> Database:
    """Calls are simulated, and nobody plays them."""
    settings.TELEPHONY = "simulator"
    settings.LOG_PERSONAL_DATA = False
    return database


class Mute(Simulator):
    """A phone service that places the call, and whose answer gets lost."""

    def place(self, order: CallOrder) -> PlacedCall:
        """Place the call, and keep silent."""
        super().place(order)
        raise PlacementUnknown("No answer.")


def placed_now() -> None:
    """Let the calls that the simulator placed by its own clock be placed at the time that the tests go by."""
    calls().update_many({"placed_at": {"$gt": NOW + HOUR}}, {"$set": {"placed_at": NOW}})


def reconciled(*, mends: bool = True, since: datetime = NOW - HOUR, until: datetime = LATER) -> Report:
    placed_now()
    return reconciliation.reconcile(since=since, until=until, now=LATER, telephony=Simulator(), mends=mends)


def kinds(report: Report) -> list[Kind]:
    return [finding.kind for finding in report.findings]


def a_call_there(phone: str) -> str:
    """Place a call past us, as another program with our number would; return its sid."""
    base = "https://elsewhere.example"
    order = CallOrder(phone, f"{base}/voice", f"{base}/fallback", f"{base}/status", f"{base}/machine", 25, 600)
    return Simulator().place(order).call_sid


def ended_there(database: Database, call_sid: str, ended_as: str = "completed", duration_seconds: int = 42) -> None:
    database["simulated_calls"].update_one(
        {"_id": call_sid}, {"$set": {"status": ended_as, "duration_seconds": duration_seconds, "is_done": True}}
    )


def last_attempt(candidate: Candidate) -> Any:
    return Candidate.objects.get(id=candidate.id).call_tracking.call_history[-1]


def a_call_with_an_end(database: Database, ended_as: str = "no-answer", duration_seconds: int = 0) -> tuple[Any, str]:
    """Place a call, end it there, and have the end told; return its session and sid."""
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    call_sid = last_attempt(candidate).call_sid
    ended_there(database, call_sid, ended_as, duration_seconds)
    status(session.id, ended_as, 3, call_sid=call_sid, CallDuration=duration_seconds)
    ConversationSession.objects(id=session.id).update_one(set__ended_at=NOW)
    return session, call_sid


def lost_call(candidate: Candidate) -> str:
    """Place a call whose answer is lost; return the sid that the phone service gave it."""
    with pytest.raises(PlacementUnknown):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Mute())
    return Simulator().placed_to(candidate.phone, since=NOW - HOUR)[0].call_sid


# --- What agrees


def test_nothing_is_found_where_all_agrees(simulated: Database) -> None:
    a_call_with_an_end(simulated)
    a_call_with_an_end(simulated, "completed", 42)
    a_session(now=NOW)

    report = reconciled()

    assert report == Report(3, ())


def test_last_minutes_are_left_out() -> None:
    a_call_there(a_phone())
    placed_now()

    report = reconciliation.reconcile(
        since=NOW - HOUR, until=NOW + HOUR, now=NOW + timedelta(minutes=1), telephony=Simulator(), mends=True
    )

    assert report == Report(0, ())


# --- What is mended


def test_call_that_is_over_there_is_closed_here(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    a_session(candidate, now=NOW)
    ended_there(simulated, last_attempt(candidate).call_sid, "busy", 0)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert last_attempt(candidate).outcome == Outcome.BUSY
    assert report.remaining == []
    assert reconciled().findings == ()


def test_lost_call_is_adopted() -> None:
    candidate = a_candidate(now=NOW)
    call_sid = lost_call(candidate)

    report = reconciled()

    assert kinds(report) == [Kind.ADOPTED]
    assert (last_attempt(candidate).outcome, last_attempt(candidate).call_sid) == (Outcome.INITIATED, call_sid)
    assert reconciled().findings == ()


def test_lost_call_that_is_over_is_adopted_and_closed(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    ended_there(simulated, lost_call(candidate), "no-answer", 0)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert last_attempt(candidate).outcome == Outcome.NO_ANSWER


def test_attempt_never_placed_is_given_back() -> None:
    candidate = a_candidate(now=NOW)
    an_attempt(candidate, now=NOW)

    report = reconciled()

    assert kinds(report) == [Kind.GIVEN_BACK]
    assert Candidate.objects.get(id=candidate.id).call_tracking.total_attempts == 0


def test_end_that_was_not_recorded_is_recorded(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1)

    report = reconciled()

    assert kinds(report) == [Kind.RECORDED]
    assert reconciled().findings == ()


def test_end_that_still_cannot_be_recorded_remains(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1, set__dialogue={})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.STUCK
    assert str(session.id) in finding.words


def test_lost_call_of_an_attempt_begun_just_before_the_period_is_adopted(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    call_sid = lost_call(candidate)
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"placed_at": NOW + timedelta(seconds=20)}})

    report = reconciled(since=NOW + timedelta(seconds=10))

    assert kinds(report) == [Kind.ADOPTED]


def test_session_left_open_whose_attempt_is_closed_is_closed(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    ConversationSession.objects(id=session.id).update_one(unset__ended_at=1, unset__outcome=1, unset__recorded_at=1)

    report = reconciled()

    assert kinds(report) == [Kind.CLOSED]
    assert ConversationSession.objects.get(id=session.id).outcome == Outcome.NO_ANSWER


@pytest.mark.parametrize("kind", [Kind.GIVEN_BACK, Kind.ADOPTED, Kind.CLOSED, Kind.RECORDED])
def test_dry_run_tells_and_changes_nothing(simulated: Database, kind: Kind) -> None:
    MAKING[kind](simulated)
    before = [list(simulated[name].find().sort("_id")) for name in ("candidates", "sessions")]

    report = reconciled(mends=False)

    assert kinds(report) == [kind]
    assert [list(simulated[name].find().sort("_id")) for name in ("candidates", "sessions")] == before


def open_here_and_over_there(database: Database) -> None:
    candidate = a_candidate(now=NOW)
    a_session(candidate, now=NOW)
    ended_there(database, last_attempt(candidate).call_sid)


def unrecorded(database: Database) -> None:
    session, _ = a_call_with_an_end(database)
    ConversationSession.objects(id=session.id).update_one(unset__recorded_at=1)


MAKING = {
    Kind.GIVEN_BACK: lambda _: an_attempt(a_candidate(now=NOW), now=NOW),
    Kind.ADOPTED: lambda _: lost_call(a_candidate(now=NOW)),
    Kind.CLOSED: open_here_and_over_there,
    Kind.RECORDED: unrecorded,
}


# --- What remains


def test_call_past_us_to_a_candidate_is_an_orphan_and_stays_as_it_is(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    call_sid = a_call_there(candidate.phone)
    placed_now()
    before = simulated["simulated_calls"].find_one()

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.ORPHAN
    assert call_sid in finding.words
    assert f"candidate {candidate.id}'s number" in finding.words
    assert simulated["simulated_calls"].find_one() == before


def test_call_to_nobodys_number_is_an_orphan_told_without_the_number() -> None:
    phone = a_phone()
    a_call_there(phone)

    (finding,) = reconciled().remaining

    assert "no candidate's" in finding.words
    assert phone not in finding.words


def test_call_of_another_program_is_not_taken_for_a_lost_one_of_ours(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    ours = last_attempt(candidate).call_sid
    theirs = a_call_there(candidate.phone)

    report = reconciled()

    assert [finding.kind for finding in report.findings] == [Kind.ORPHAN]
    assert theirs in report.findings[0].words
    assert (last_attempt(candidate).call_sid, ConversationSession.objects.get(id=session.id).call_sid) == (ours, ours)


def test_call_the_phone_service_does_not_know_is_missing(simulated: Database) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    simulated["simulated_calls"].delete_one({"_id": call_sid})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.MISSING
    assert call_sid in finding.words


def test_call_cancelled_before_any_webhook_is_known_by_its_attempt(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    services.hang_up(session_id=session.id, now=NOW, telephony=Simulator())

    report = reconciled()

    assert report == Report(1, ())


def test_call_of_an_attempt_whose_session_is_gone_is_no_orphan(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    simulated["sessions"].delete_one({"_id": session.id})

    assert reconciled() == Report(1, ())


@pytest.mark.parametrize(
    ("ended_as", "duration_seconds", "words"),
    [("completed", 0, "ended as completed; here it is no-answer"), ("no-answer", 9, "lasted 9 s; here it is 0 s")],
)
def test_end_that_is_another_there_is_told(
    simulated: Database, ended_as: str, duration_seconds: int, words: str
) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    ended_there(simulated, call_sid, ended_as, duration_seconds)

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.DIFFERS
    assert words in finding.words


def test_call_that_goes_on_there_is_told(simulated: Database) -> None:
    _, call_sid = a_call_with_an_end(simulated)
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"status": "in-progress"}})

    (finding,) = reconciled().remaining

    assert "goes on (in-progress)" in finding.words


def test_attempt_given_back_whose_call_rang_after_all_is_told(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    with pytest.raises(PlacementUnknown):
        services.place_call(candidate_id=candidate.id, now=NOW, telephony=Mute())
    call_sid = simulated["simulated_calls"].find_one()["_id"]
    session = ConversationSession.objects.get()
    simulated["simulated_calls"].update_one({"_id": call_sid}, {"$set": {"placed_at": NOW + timedelta(minutes=3)}})
    reconciled()
    status(session.id, "completed", 3, call_sid=call_sid)
    ended_there(simulated, call_sid, duration_seconds=0)

    (finding,) = reconciled().remaining

    assert "ended as completed; here it is completed, failed" in finding.words


def test_attempt_whose_session_is_gone_is_told_as_stuck(simulated: Database) -> None:
    candidate = a_candidate(now=NOW)
    session = a_session(candidate, now=NOW)
    ended_there(simulated, last_attempt(candidate).call_sid)
    simulated["sessions"].delete_one({"_id": session.id})

    (finding,) = reconciled().remaining

    assert finding.kind == Kind.STUCK
    assert str(candidate.id) in finding.words


def test_more_calls_than_can_be_listed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.telephony.simulator.MOST_CALLS_LISTED", 1)
    candidates = [a_candidate(now=NOW), a_candidate(now=NOW)]
    for candidate in candidates:
        a_session(candidate, now=NOW)

    report = reconciled()

    assert kinds(report) == [Kind.CUT_OFF]
    assert report.calls == 1


def test_more_unlisted_calls_than_can_be_asked_for_are_told(
    simulated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "MOST_FETCHED", 1)
    for _ in range(2):
        _, call_sid = a_call_with_an_end(simulated)
        simulated["simulated_calls"].delete_one({"_id": call_sid})

    report = reconciled()

    assert kinds(report) == [Kind.MISSING, Kind.CUT_OFF]


def test_calls_of_another_period_are_not_compared() -> None:
    a_call_there(a_phone())

    report = reconciled(since=NOW - 2 * HOUR, until=NOW - HOUR)

    assert report == Report(0, ())


def test_of_many_who_reconcile_at_once_none_does_it_twice(simulated: Database) -> None:
    lost, never_placed, over = (a_candidate(now=NOW) for _ in range(3))
    ended_there(simulated, lost_call(lost), "busy", 0)
    an_attempt(never_placed, now=NOW)
    a_session(over, now=NOW)
    ended_there(simulated, last_attempt(over).call_sid, "no-answer", 0)
    barrier = threading.Barrier(6)
    broken = []

    def run() -> None:
        barrier.wait()
        try:
            reconciled()
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert [last_attempt(each).outcome for each in (lost, never_placed, over)] == ["busy", "failed", "no_answer"]
    assert Candidate.objects.get(id=never_placed.id).call_tracking.total_attempts == 0
    assert reconciled().findings == ()


def test_an_attempt_pushed_out_of_the_history_leaves_no_orphan(simulated: Database) -> None:
    session, _ = a_call_with_an_end(simulated)
    Candidate.objects(id=session.candidate.id).update_one(set__call_tracking__call_history=[])

    assert reconciled() == Report(1, ())


# --- The job


def test_job_mends_and_warns_of_the_rest(simulated: Database, caplog: pytest.LogCaptureFixture) -> None:
    open_here_and_over_there(simulated)
    a_call_there(a_phone())
    placed_now()

    mended = jobs.reconcile_calls(now=LATER)

    assert mended == 1
    assert "1 differences from the phone service's calls remain" in caplog.text


def test_job_waits_for_a_phone_service_out_of_reach(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TELEPHONY, settings.TWILIO_API_BASE_URL = "twilio", "http://127.0.0.1:9"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "a" * 32, "secret"

    mended = jobs.reconcile_calls(now=LATER)

    assert mended == 0
    assert "can't be compared" in caplog.text
    telephony._twilio.cache_clear()


# --- The command


def output_of(*arguments: str) -> tuple[str, int]:
    """Run the command; return what it said and its exit code."""
    out = io.StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(str(ended.code))
    except CommandError as error:
        return str(error), error.returncode
    return out.getvalue(), 0


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - HOUR


def happened_an_hour_ago(database: Database) -> None:
    """Move all that happened to an hour ago, as the command goes by the clock."""
    at = an_hour_ago()
    for name, field in (("sessions", "started_at"), ("simulated_calls", "placed_at")):
        database[name].update_many({}, {"$set": {field: at}})
    history = "call_tracking.call_history.0.initiated_at"
    fields = {"call_tracking.last_attempt_at": at, history: at}
    database["candidates"].update_many({"call_tracking.call_history": {"$ne": []}}, {"$set": fields})


def test_command_tells_what_it_mended(simulated: Database) -> None:
    open_here_and_over_there(simulated)
    happened_an_hour_ago(simulated)

    said, code = output_of()

    assert code == 0
    assert said.startswith("closed ")
    assert said.endswith("1 calls compared: 1 mended, 0 remain.\n")


def test_command_ends_with_one_where_something_remains(simulated: Database) -> None:
    a_call_there(a_phone())
    happened_an_hour_ago(simulated)

    said, code = output_of("--hours", "2")

    assert code == 1
    assert said.startswith("orphan ")


def test_dry_run_ends_with_one_where_something_would_be_mended(simulated: Database) -> None:
    open_here_and_over_there(simulated)
    happened_an_hour_ago(simulated)

    said, code = output_of("--dry-run")

    assert code == 1
    assert "1 would be mended, 0 remain" in said


def test_command_takes_a_period(simulated: Database) -> None:
    a_call_there(a_phone())
    happened_an_hour_ago(simulated)
    since, until = an_hour_ago() - 2 * HOUR, an_hour_ago() - HOUR

    said, code = output_of("--since", since.isoformat(), "--until", f"{until:%Y-%m-%dT%H:%M}")

    assert (said, code) == ("0 calls compared: 0 mended, 0 remain.\n", 0)


def test_command_ends_with_two_where_the_phone_service_is_out_of_reach(settings: Any) -> None:
    settings.TELEPHONY, settings.TWILIO_API_BASE_URL = "twilio", "http://127.0.0.1:9"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "a" * 32, "secret"

    said, code = output_of()

    assert code == 2
    assert "Nothing more was compared" in said
    telephony._twilio.cache_clear()


@pytest.mark.parametrize(
    "arguments",
    [("--since", "yesterday"), ("--hours", "0"), ("--hours", "x"), ("--since", "2026-03-02", "--until", "2026-03-01")],
)
def test_period_that_is_none_is_refused(arguments: tuple[str, ...]) -> None:
    said, code = output_of(*arguments)

    assert code == 1
    assert said
