from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from pymongo.database import Database

from config.mongo import client, data_changes
from config.mongo.data_changes import DataChange, UnknownChange, applied, apply_pending, id_ranges
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


@pytest.mark.parametrize("at_once", [1, 7, NUMBERS, NUMBERS + 1])
def test_ranges_of_ids_lead_through_all_in_order(
    database: Database, numbers: list[str], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_changes, "AT_ONCE", at_once)
    collection = database["numbers"]

    batches = [[each["_id"] for each in collection.find({"_id": ids})] for ids in id_ranges(collection)]

    assert [number for batch in batches for number in batch] == [*range(NUMBERS)]
    assert max(len(batch) for batch in batches) <= at_once


def test_ranges_go_on_where_documents_are_deleted_meanwhile(
    database: Database, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_changes, "AT_ONCE", 7)
    collection = database["numbers"]

    deleted = [collection.delete_many({"_id": ids}).deleted_count for ids in id_ranges(collection)]

    assert sum(deleted) == NUMBERS


def test_prepare_leaves_a_database_of_a_newer_version_as_it_is(database: Database) -> None:
    AppliedChange(name="9999_of_tomorrow", applied_at=NOW).save()
    database["candidates"].drop_index("phone_1")

    with pytest.raises(CommandError, match="9999_of_tomorrow"):
        call_command("prepare", verbosity=0)

    assert "phone_1" not in database["candidates"].index_information()
    client.ensure_indexes()


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


def test_command_lists_what_a_newer_version_applied(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    AppliedChange(name="9999_of_tomorrow", applied_at=NOW).save()

    call_command("apply_changes", list=True)

    assert f"9999_of_tomorrow {' ' * 23} {NOW:%Y-%m-%d %H:%M} UTC, by a newer version" in capsys.readouterr().out
