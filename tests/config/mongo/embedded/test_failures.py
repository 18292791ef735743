from pathlib import Path

import pytest

from config.mongo import supervisor
from config.mongo.embedded import (
    EmbeddedMongo,
    EmbeddedMongoUnavailable,
)
from tests.config.mongo.embedded.running_mongods import client_of
from tests.machine import small_disk

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("note", ["", "{", "[]", '"x"', '{"keeper": 0, "mongod": -1}', '{"keeper": "1", "mongod": 2}'])
def test_a_damaged_note_of_what_runs_counts_as_none(note: str, tmp_path: Path) -> None:
    paths = supervisor.Paths(tmp_path)
    paths.running.write_text(note)

    assert supervisor.Running.read(paths) is None


def damage_state_files(paths: supervisor.Paths, content: bytes) -> None:
    """Write that into each file which the supervisor and its users share; `port` is one of an older version."""
    paths.directory.mkdir()
    for path in (paths.directory / "port", paths.running, paths.failure, paths.users, paths.lock):
        path.write_bytes(content)


@pytest.mark.parametrize("damage", [b"", b"\0\xff", b"{"])
def test_damaged_state_files_do_not_keep_it_from_starting(damage: bytes, mongod: EmbeddedMongo, tmp_path: Path) -> None:
    damage_state_files(supervisor.Paths(tmp_path / "mongo"), damage)

    with client_of(mongod) as client:
        assert client.test.things.count_documents({}) == 0


def test_a_full_disk_is_reported_and_once_there_is_room_it_starts(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="64k") as disk:
        mongod = EmbeddedMongo(disk.folder / "mongo", linger_seconds=0)
        with pytest.raises(EmbeddedMongoUnavailable, match="does not start") as caught:
            mongod.uri()

        disk.grow("64m")
        with client_of(mongod) as client:
            client.test.things.insert_one({"_id": 1})
        mongod.release()
        mongod.stop()

    assert "no room is left in" in str(caught.value) or "No space left on device" in str(caught.value)


def test_what_keeps_it_from_starting_is_reported(mongod: EmbeddedMongo, tmp_path: Path) -> None:
    broken = tmp_path / "mongo" / "data" / "storage.bson"
    broken.parent.mkdir(parents=True)
    broken.write_text("not what mongod wrote")

    with pytest.raises(EmbeddedMongoUnavailable, match=r"does not start \(mongod ends with code \d+.*mongod\.log"):
        mongod.uri()

    assert mongod.status().users == []
