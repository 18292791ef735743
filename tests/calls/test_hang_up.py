import pytest
from pymongo.database import Database

from calls import endings
from calls.documents import ConversationSession
from calls.sessions import CallIsOver, SessionNotFound
from calls.telephony.base import CallUnknown, PlacedCall, TelephonyError
from calls.telephony.simulator.backend import Simulator
from calls.telephony.simulator.documents import SimulatedCall
from candidates.documents import Candidate, Outcome
from tests.calls.webhooks import status, turn
from tests.factories import NOBODY, NOW, a_candidate, a_session, an_attempt

pytestmark = pytest.mark.usefixtures("database", "today")


class HangUpService:
    """A phone service that hangs up, and then says how the call stands, or nothing."""

    def __init__(self, stands: str | None = "in-progress") -> None:
        self.hung_up: list[str] = []
        self._stands = stands

    def hang_up(self, call_sid: str) -> None:
        self.hung_up.append(call_sid)

    def fetch(self, call_sid: str) -> PlacedCall:
        if self._stands is None:
            raise TelephonyError("No answer.")
        return PlacedCall(call_sid, self._stands)


def hang_up(session: ConversationSession, telephony: object = None) -> None:
    endings.hang_up(session_id=str(session.id), now=NOW, telephony=telephony or Simulator())


def last_attempt(session: ConversationSession) -> object:
    return Candidate.objects.get(id=session.candidate.id).call_tracking.call_history[-1]


def test_call_that_nobody_took_up_yet_is_over_at_once() -> None:
    session = a_session()

    hang_up(session)

    assert SimulatedCall.objects.get().status == "canceled"
    assert ConversationSession.objects.get().outcome == Outcome.CANCELED
    assert last_attempt(session).outcome == Outcome.CANCELED


def test_call_in_progress_is_ended_by_the_phone_service_which_tells_of_it_later() -> None:
    session, service = a_session(), HangUpService()
    call_sid = last_attempt(session).call_sid
    turn(session.id, 0, call_sid=call_sid)

    hang_up(session, service)
    before = ConversationSession.objects.get().ended_at
    status(session.id, "completed", 3, call_sid=call_sid, CallDuration=7)

    assert service.hung_up == [call_sid]
    assert before is None
    assert ConversationSession.objects.get().outcome == Outcome.HUNG_UP


def test_call_stays_hung_up_where_the_phone_service_does_not_say_how_it_stands() -> None:
    session, service = a_session(), HangUpService(stands=None)

    hang_up(session, service)

    assert service.hung_up == [last_attempt(session).call_sid]
    assert ConversationSession.objects.get().ended_at is None


def test_call_that_is_over_is_not_hung_up() -> None:
    session, service = a_session(), HangUpService()
    status(session.id, "no-answer", 2, call_sid=last_attempt(session).call_sid)

    with pytest.raises(CallIsOver):
        hang_up(session, service)

    assert service.hung_up == []


def test_call_that_the_phone_service_has_not_named_cannot_be_hung_up(database: Database) -> None:
    session, service = a_session(), HangUpService()
    database["candidates"].update_one({}, {"$unset": {"call_tracking.call_history.0.call_sid": ""}})

    with pytest.raises(CallUnknown):
        hang_up(session, service)

    assert service.hung_up == []


def test_call_of_a_candidate_who_is_gone_cannot_be_named(database: Database) -> None:
    session = a_session()
    database["candidates"].delete_many({})

    with pytest.raises(CallUnknown):
        hang_up(session, HangUpService())


def test_session_that_is_not_there_is_reported() -> None:
    an_attempt(a_candidate())

    with pytest.raises(SessionNotFound):
        endings.hang_up(session_id=NOBODY, now=NOW, telephony=HangUpService())
