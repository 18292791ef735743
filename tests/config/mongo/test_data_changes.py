from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from pymongo.database import Database

from config.mongo import data_changes
from config.mongo.data_changes import DataChange, UnknownChange, applied, apply_pending
from config.mongo.documents import AppliedChange
from tests.factories import NOW

NUMBERS = 40


def rename_number(*, now: datetime) -> int:
    """Bring documents with an `old` number to the form that calls it `new`."""
    collection = AppliedChange._get_collection().database["numbers"]
    return collection.update_many({"old": {"$exists": True}}, {"$rename": {"old": "new"}}).modified_count


@pytest.fixture
def numbers(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Declare three changes in an order that is not theirs; return the names of those that begin, as they do."""
    begun: list[str] = []
    database["numbers"].insert_many([{"_id": number, "old": number} for number in range(NUMBERS)])

    def named(name: str) -> DataChange:
        return DataChange(name, lambda *, now: begun.append(name) or rename_number(now=now))

    monkeypatch.setattr(data_changes, "declared", lambda: [named("0001_a"), named("0002_b")])
    return begun


def test_names_begin_with_numbers_that_no_other_has() -> None:
    names = [change.name for change in data_changes.declared()]

    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]


def test_pending_changes_are_applied_in_order_and_noted(database: Database, numbers: list[str]) -> None:
    done = [(change.name, count) for change, count in apply_pending(now=NOW)]

    assert done == [("0001_a", NUMBERS), ("0002_b", 0)]
    assert applied() == {"0001_a": NOW, "0002_b": NOW}
    assert database["numbers"].count_documents({"new": {"$exists": True}}) == NUMBERS


def test_what_is_applied_is_not_applied_again(numbers: list[str]) -> None:
    list(apply_pending(now=NOW))
    numbers.clear()

    assert list(apply_pending(now=NOW)) == []
    assert numbers == []


def test_change_that_broke_off_is_applied_the_next_time(
    database: Database, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = data_changes.declared()

    def break_off(*, now: datetime) -> int:
        database["numbers"].update_one({"_id": 0}, {"$rename": {"old": "new"}})
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(data_changes, "declared", lambda: [DataChange("0001_a", break_off), changes[1]])
        with pytest.raises(ConnectionError):
            list(apply_pending(now=NOW))

    assert applied() == {}
    assert [count for _, count in apply_pending(now=NOW)] == [NUMBERS - 1, 0]


def test_processes_that_apply_at_once_do_no_harm(database: Database, numbers: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: list(apply_pending(now=NOW)), range(8)))

    assert applied() == {"0001_a": NOW, "0002_b": NOW}
    assert database["numbers"].count_documents({"new": {"$exists": True}, "old": {"$exists": False}}) == NUMBERS


def test_database_of_a_newer_version_is_refused(numbers: list[str]) -> None:
    AppliedChange(name="9999_of_tomorrow", applied_at=NOW).save()

    with pytest.raises(UnknownChange, match="9999_of_tomorrow"):
        list(apply_pending(now=NOW))

    assert numbers == []


def test_command_says_what_to_do_with_a_newer_database(database: Database) -> None:
    AppliedChange(name="9999_of_tomorrow", applied_at=NOW).save()

    with pytest.raises(CommandError, match="a newer version wrote it"):
        call_command("apply_changes")


def test_command_lists_what_is_applied_and_what_is_pending(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("apply_changes", list=True)
    before = capsys.readouterr().out
    call_command("apply_changes", verbosity=0)
    call_command("apply_changes", list=True)

    assert "0001_suppress_earlier_refusals           pending" in before
    assert "0001_suppress_earlier_refusals           20" in capsys.readouterr().out
