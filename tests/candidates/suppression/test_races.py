"""A refusal and what somebody does with the same number at the same moment: whichever is first, it is not lost."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from candidates import suppression
from candidates.csv.imports import Row, import_rows
from candidates.documents import Candidate, Outcome, TrackingStatus
from candidates.saving import with_refusals
from candidates.services import update_candidate
from tests.candidates.suppression.refusals import ROUNDS, at_once, lift, on_list, refuse, status_of
from tests.factories import ASHA, NOW, a_candidate, a_phone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]

CALLABLE = {TrackingStatus.ACTIVE, TrackingStatus.MAX_ATTEMPTS_REACHED}


def test_refused_while_deleted_and_added_again() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]

    def delete_and_add(candidate: Candidate) -> None:
        candidate.delete()
        a_candidate(phone=candidate.phone)

    for candidate in candidates:
        at_once(lambda: refuse(candidate.phone, candidate), lambda: delete_and_add(candidate))  # noqa: B023

    assert [phone for each in candidates if status_of(phone := each.phone) in CALLABLE] == []


def test_refused_while_added() -> None:
    phones = [a_phone() for _ in range(ROUNDS)]

    for phone in phones:
        at_once(lambda: refuse(phone), lambda: a_candidate(phone=phone))  # noqa: B023

    assert [phone for phone in phones if status_of(phone) in CALLABLE] == []


def test_refused_while_the_number_moves_to_another_candidate() -> None:
    pairs = [(a_candidate(), a_candidate()) for _ in range(ROUNDS)]

    def move(one: Candidate, other: Candidate) -> None:
        update_candidate(candidate_id=one.id, now=NOW, phone=a_phone())
        update_candidate(candidate_id=other.id, now=NOW, phone=one.phone)

    for one, other in pairs:
        at_once(lambda: refuse(one.phone, one), lambda: move(one, other))  # noqa: B023

    assert [one.phone for one, _ in pairs if status_of(one.phone) in CALLABLE] == []
    assert [one.phone for one, _ in pairs if Candidate.objects.get(id=one.id).call_tracking.status in CALLABLE] == []


def test_refused_while_imported() -> None:
    phones = [a_phone() for _ in range(ROUNDS)]

    def load(phone: str) -> None:
        rows = [Candidate(**ASHA | {"phone": number}) for number in (a_phone(), phone, a_phone())]
        for row in rows:
            row.validate(clean=True)
        import_rows([Row(line, row) for line, row in enumerate(rows)], report_bad=lambda row: None)

    for phone in phones:
        at_once(lambda: refuse(phone), lambda: load(phone))  # noqa: B023

    assert [phone for phone in phones if status_of(phone) in CALLABLE] == []
    assert Candidate.objects.count() == 3 * ROUNDS


def test_refused_twice_at_once() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]

    for one in candidates:
        at_once(
            lambda: refuse(one.phone, one, Outcome.NOT_INTERESTED, "call 1"),  # noqa: B023
            lambda: refuse(one.phone, one, Outcome.OPTED_OUT, "call 2"),  # noqa: B023
        )

    assert {on_list(one.phone).reason for one in candidates} == {"opted_out"}
    assert {status_of(one.phone) for one in candidates} == {"do_not_call"}


def test_refused_while_taken_off() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]
    for one in candidates:
        refuse(one.phone, one, source="call 1")

    for one in candidates:
        at_once(lambda: refuse(one.phone, one, source="call 2"), lambda: lift(one.phone))  # noqa: B023

    found = [(on_list(one.phone).is_active, status_of(one.phone) in CALLABLE) for one in candidates]
    assert set(found) <= {(True, False), (False, True)}


def test_taken_off_while_added() -> None:
    phones = [a_phone() for _ in range(ROUNDS)]
    for phone in phones:
        refuse(phone)

    for phone in phones:
        at_once(lambda: lift(phone), lambda: a_candidate(phone=phone))  # noqa: B023

    assert {status_of(phone) for phone in phones} == {TrackingStatus.ACTIVE}


# Step by step, each in its own transaction


@pytest.fixture
def two(database: Database) -> Iterator[tuple[ClientSession, ClientSession]]:
    """Two transactions that are both under way: each has read already, so that it does not see the other's writes."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(database.client.start_session()) for _ in range(2)]
        for session in sessions:
            stack.enter_context(suppress_abort(session))
            session.start_transaction()
            database.candidates.find_one({}, session=session)
        yield sessions[0], sessions[1]


def suppress_abort(session: ClientSession) -> ExitStack:
    stack = ExitStack()
    stack.callback(lambda: session.in_transaction and session.abort_transaction())
    return stack


def add(phone: str, transaction: ClientSession) -> None:
    candidate = Candidate(**ASHA | {"phone": phone})
    candidate.validate(clean=True)
    stored = with_refusals([candidate.to_mongo().to_dict()], transaction)
    Candidate._get_collection().insert_many(stored, session=transaction)


def say_no(phone: str, transaction: ClientSession) -> None:
    said = {"phone": phone, "candidate_id": None, "outcome": Outcome.OPTED_OUT, "source": "call 1", "now": NOW}
    suppression.refuse(**said, transaction=transaction)


@pytest.mark.parametrize("is_committed", [True, False])
@pytest.mark.parametrize(("first", "second"), [(add, say_no), (say_no, add)])
def test_of_a_refusal_and_an_addition_at_once_the_later_runs_again(two, first, second, is_committed: bool) -> None:
    phone = a_phone()
    first(phone, two[0])
    if is_committed:
        two[0].commit_transaction()

    with pytest.raises(OperationFailure) as conflict:
        second(phone, two[1])

    assert conflict.value.has_error_label("TransientTransactionError")
