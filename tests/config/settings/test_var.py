from pathlib import Path

import pytest

from tests.config.settings.environments import Start, refusal
from tests.machine import small_disk


def test_a_secret_key_is_made_up_once_and_kept_from_others(start: Start, tmp_path: Path) -> None:
    first, second = start(), start()

    assert len(first["SECRET_KEY"]) >= 50
    assert first["SECRET_KEY"] == second["SECRET_KEY"] == (tmp_path / "var" / "secret_key").read_text()
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("value", ["", " "])
def test_var_is_beside_manage_py_where_it_is_left_empty(start: Start, value: str, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    read = start(VAR_DIR=value)

    assert read["VAR_DIR"] == tmp_path / "var"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def open_to_others(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o055)


def test_var_made_by_another_command_is_closed_to_others(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var" / "mail").mkdir(parents=True, mode=0o755)
    (tmp_path / "var" / "mail" / "1.log").touch(mode=0o644)
    open_to_others(tmp_path / "var")

    start()

    assert [path for path in [tmp_path / "var", *(tmp_path / "var").rglob("*")] if path.stat().st_mode & 0o077] == []


def test_var_that_cannot_be_used_is_reported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    assert refusal(start) == f"VAR_DIR cannot be used: {tmp_path}/var is a file: move it away, or name another folder."


@pytest.mark.parametrize("damage", [b"", b"\0" * 67, b"cut-off-after-a-few-characters", b"\xff" * 67, b"\n" * 67])
def test_a_damaged_secret_key_is_reported_and_left_as_it_is(start: Start, damage: bytes, tmp_path: Path) -> None:
    start()
    path = tmp_path / "var" / "secret_key"
    path.write_bytes(damage)

    assert refusal(start) == (
        f"{path} is damaged: put it back from a backup, or delete it for a new one, which signs everybody out."
    )
    assert path.read_bytes() == damage


def test_a_secret_key_that_was_kept_before_is_kept(start: Start, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_text("k" * 67)

    assert start()["SECRET_KEY"] == "k" * 67


def test_a_full_disk_is_reported_at_the_first_start_and_the_next_goes_on(start: Start, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="8k") as disk:
        (disk.folder / "mail").write_text("x" * 8192)

        assert "No space left on device. Let us" in refusal(start, VAR_DIR=str(disk.folder))

        (disk.folder / "mail").unlink()
        assert len(start(VAR_DIR=str(disk.folder))["SECRET_KEY"]) >= 50
