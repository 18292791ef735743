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
from tests.candidates.races import ROUNDS, race
from tests.candidates.suppression.refusals import lift, on_list, refuse, status_of
from tests.factories import ASHA, NOW, a_candidate, a_phone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]

CALLABLE = {TrackingStatus.ACTIVE, TrackingStatus.MAX_ATTEMPTS_REACHED}


def a_valid_candidate(phone: str) -> Candidate:
    """Return a candidate who is not saved."""
    candidate = Candidate(**ASHA | {"phone": phone})
    candidate.validate(clean=True)
    return candidate


def a_refused_phone() -> str:
    phone = a_phone()
    refuse(phone)
    return phone


def a_refused_candidate() -> Candidate:
    candidate = a_candidate()
    refuse(candidate.phone, candidate, source="call 1")
    return candidate


def test_refused_while_deleted_and_added_again() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]

    def delete_and_add(candidate: Candidate) -> None:
        candidate.delete()
        a_candidate(phone=candidate.phone)

    race(candidates, lambda each: refuse(each.phone, each), delete_and_add)

    assert [phone for each in candidates if status_of(phone := each.phone) in CALLABLE] == []


def test_refused_while_added() -> None:
    phones = [a_phone() for _ in range(ROUNDS)]

    race(phones, refuse, lambda phone: a_candidate(phone=phone))

    assert [phone for phone in phones if status_of(phone) in CALLABLE] == []


def test_refused_while_the_number_moves_to_another_candidate() -> None:
    pairs = [(a_candidate(), a_candidate()) for _ in range(ROUNDS)]

    def move(one: Candidate, other: Candidate) -> None:
        update_candidate(candidate_id=one.id, now=NOW, phone=a_phone())
        update_candidate(candidate_id=other.id, now=NOW, phone=one.phone)

    race(pairs, lambda pair: refuse(pair[0].phone, pair[0]), lambda pair: move(*pair))

    assert [one.phone for one, _ in pairs if status_of(one.phone) in CALLABLE] == []
    assert [one.phone for one, _ in pairs if Candidate.objects.get(id=one.id).call_tracking.status in CALLABLE] == []


def test_refused_while_imported() -> None:
    phones = [a_phone() for _ in range(ROUNDS)]

    def import_three(phone: str) -> None:
        rows = [Row(line, a_valid_candidate(number)) for line, number in enumerate((a_phone(), phone, a_phone()))]
        import_rows(rows, report_bad=lambda row: None)

    race(phones, refuse, import_three)

    assert [phone for phone in phones if status_of(phone) in CALLABLE] == []
    assert Candidate.objects.count() == 3 * ROUNDS


def test_refused_twice_at_once() -> None:
    candidates = [a_candidate() for _ in range(ROUNDS)]

    race(
        candidates,
        lambda each: refuse(each.phone, each, Outcome.NOT_INTERESTED, "call 1"),
        lambda each: refuse(each.phone, each, Outcome.OPTED_OUT, "call 2"),
    )

    assert {on_list(one.phone).reason for one in candidates} == {"opted_out"}
    assert {status_of(one.phone) for one in candidates} == {"do_not_call"}


def test_refused_while_taken_off() -> None:
    candidates = [a_refused_candidate() for _ in range(ROUNDS)]

    race(candidates, lambda each: refuse(each.phone, each, source="call 2"), lambda each: lift(each.phone))

    found = [(on_list(one.phone).is_active, status_of(one.phone) in CALLABLE) for one in candidates]
    assert set(found) <= {(True, False), (False, True)}


def test_taken_off_while_added() -> None:
    phones = [a_refused_phone() for _ in range(ROUNDS)]

    race(phones, lift, lambda phone: a_candidate(phone=phone))

    assert {status_of(phone) for phone in phones} == {TrackingStatus.ACTIVE}


# Step by step, each in its own transaction


@pytest.fixture
def two_transactions(database: Database) -> Iterator[tuple[ClientSession, ClientSession]]:
    """Two transactions that are both under way: each has read already, so that it does not see the other's writes."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(database.client.start_session()) for _ in range(2)]
        for session in sessions:
            stack.enter_context(aborted_at_the_end(session))
            session.start_transaction()
            database.candidates.find_one({}, session=session)
        yield sessions[0], sessions[1]


def aborted_at_the_end(session: ClientSession) -> ExitStack:
    stack = ExitStack()
    stack.callback(lambda: session.in_transaction and session.abort_transaction())
    return stack


def add(phone: str, transaction: ClientSession) -> None:
    stored = with_refusals([a_valid_candidate(phone).to_mongo().to_dict()], transaction)
    Candidate._get_collection().insert_many(stored, session=transaction)


def say_no(phone: str, transaction: ClientSession) -> None:
    said = {"phone": phone, "candidate_id": None, "outcome": Outcome.OPTED_OUT, "source": "call 1", "now": NOW}
    suppression.refuse(**said, transaction=transaction)


@pytest.mark.parametrize("finish", [ClientSession.commit_transaction, lambda _: None], ids=["committed", "open"])
@pytest.mark.parametrize(("first", "second"), [(add, say_no), (say_no, add)])
def test_of_a_refusal_and_an_addition_at_once_the_later_runs_again(two_transactions, first, second, finish) -> None:
    phone, (earlier, later) = a_phone(), two_transactions
    first(phone, earlier)
    finish(earlier)

    with pytest.raises(OperationFailure) as conflict:
        second(phone, later)

    assert conflict.value.has_error_label("TransientTransactionError")
