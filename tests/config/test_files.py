import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.files import FolderUnusable, make_private, write_whole
from tests.machine import as_nobody, small_disk

# Writes what it is given, with room for so many bytes in each file
WRITER = """
import resource, signal, sys
from pathlib import Path
from config.files import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
write_whole(Path(sys.argv[1]), sys.argv[3])
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def left_open(folder: Path) -> list[Path]:
    """Return what others may read, write or enter."""
    return [path for path in [folder, *folder.rglob("*")] if path.lstat().st_mode & 0o077 and not path.is_symlink()]


@pytest.fixture
def lax() -> None:
    """Make files as most shells have it: readable by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lax")
def test_a_folder_is_made_for_us_alone_and_so_is_what_comes_into_it(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "above" / "var")
    (folder / "mail").mkdir()
    (folder / "mail" / "1.log").write_text("Dear Asha")
    subprocess.run([sys.executable, "-c", "open('touched', 'w')"], cwd=folder, check=True)

    assert left_open(tmp_path / "above") == []


@pytest.mark.usefixtures("lax")
def test_a_folder_that_was_made_open_is_closed_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    (folder / "mail" / "old").mkdir(parents=True)
    names = ["django.sqlite3", "django.sqlite3-wal", "django.sqlite3-shm", "secret_key", "mail/1.log", "mail/old/2.log"]
    written = [(folder / name).write_text("x") for name in names]
    folder.chmod(0o777)

    make_private(folder)

    assert left_open(folder) == []
    assert [(folder / name).read_text() for name in names] == ["x"] * len(written)


@pytest.mark.usefixtures("lax")
def test_mails_left_open_in_a_closed_folder_are_closed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(0o700)
    (folder / "mail").mkdir()
    (folder / "mail" / "1.log").write_text("Dear Asha")

    make_private(folder)

    assert left_open(folder) == []


@pytest.mark.usefixtures("lax")
def test_what_a_link_leads_to_is_left_as_it_is(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "var"
    outside.mkdir()
    folder.mkdir()
    (folder / "link").symlink_to(outside)

    make_private(folder)

    assert mode_of(outside) == 0o755


def test_a_folder_whose_owner_may_not_write_is_repaired(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(0o500)

    assert mode_of(make_private(folder)) == 0o700


def test_a_link_is_refused_and_what_it_leads_to_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(0o755)
    (tmp_path / "var").symlink_to(tmp_path / "real")

    with pytest.raises(FolderUnusable, match=rf"var is a symbolic link: name the folder .*, {tmp_path}/real\.$"):
        make_private(tmp_path / "var")


def test_a_folder_of_other_things_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "usr" / "lib").mkdir(parents=True)
    (tmp_path / "usr").chmod(0o755)
    (tmp_path / "usr" / "lib").chmod(0o755)

    with pytest.raises(FolderUnusable, match=r"holds other things \(lib\): name an empty folder"):
        make_private(tmp_path / "usr", holds=["secret_key"])

    assert mode_of(tmp_path / "usr") == mode_of(tmp_path / "usr" / "lib") == 0o755


@pytest.mark.usefixtures("lax")
def test_of_a_folder_of_ours_only_what_is_ours_is_closed_inside(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    (tmp_path / "notes of mine").touch()

    make_private(tmp_path, holds=["secret_key"])

    assert mode_of(tmp_path) == 0o700
    assert (mode_of(tmp_path / "secret_key"), mode_of(tmp_path / "notes of mine")) == (0o600, 0o644)


def test_a_disk_with_nothing_on_it_is_taken(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()

    assert make_private(tmp_path, holds=["secret_key"]) == tmp_path


@pytest.mark.parametrize("name", ["var", "var/below"])
def test_a_file_in_its_place_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("mine")

    with pytest.raises(FolderUnusable, match="var"):
        make_private(tmp_path / name)

    assert (tmp_path / "var").read_text() == "mine"


def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    nobody = as_nobody()
    os.chown(folder, nobody["group"], nobody["group"])

    with pytest.raises(FolderUnusable, match=rf"var belongs to user {nobody['group']}, and we are user 0: give it to"):
        make_private(folder)


def test_a_disk_that_takes_no_writes_is_said(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="64k") as disk:
        disk.protect()

        with pytest.raises(FolderUnusable, match=r"disk/var: Read-only file system\. Let us write there, or name"):
            make_private(disk.folder / "var")


def test_a_folder_on_a_disk_that_takes_no_writes_may_be_looked_into(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="64k") as disk:
        folder = make_private(disk.folder / "var")
        (folder / "open").touch()
        (folder / "open").chmod(0o644)
        disk.protect()

        assert make_private(folder) == folder


@pytest.mark.usefixtures("lax")
def test_a_file_is_written_whole_and_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "state"

    write_whole(path, "first")
    write_whole(path, "second")

    assert path.read_text() == "second"
    assert mode_of(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_of_those_who_write_first_one_does(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    write_whole(path, "first", keeps_first=True)
    write_whole(path, "second", keeps_first=True)

    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("room", [0, 3])
def test_a_file_that_finds_no_room_stays_as_it_was(room: int, tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("before")
    words = [sys.executable, "-c", WRITER, str(path), str(room), "after, and longer"]

    run = subprocess.run(words, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert run.stderr.splitlines()[-1] == f"OSError: [Errno 27] File too large: '{path}'"
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_with_the_file_that_found_no_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="4k") as disk:
        (disk.folder / "other").write_text("x" * 4096)

        with pytest.raises(OSError, match=r"No space left on device: '.*/disk/state'"):
            write_whole(disk.folder / "state", "after")


def system_calls(names: str, words: list[str], *, log: Path) -> list[str]:
    """Run the program, and return its system calls of those names, a line each; skip the test where none can trace."""
    strace = shutil.which("strace") or "false"
    tracing = [strace, "-f", "-e", f"trace={names}", "-o", str(log), *words]
    if subprocess.run(tracing, cwd=settings.BASE_DIR, capture_output=True).returncode:
        pytest.skip("strace is missing here, or may not trace")
    return log.read_text().splitlines()


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WRITER, str(tmp_path / "state"), "1000", "text"]

    calls = system_calls("openat,fsync,rename,renameat,renameat2", words, log=tmp_path / "calls")

    done = [line for line in calls if str(tmp_path) in line or "fsync" in line]

    assert [name for line in done for name in ("openat", "fsync", "rename") if f" {name}" in line] == [
        *("openat", "fsync", "rename"),
        *("openat", "fsync"),
    ]
