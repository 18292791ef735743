"""Files that nobody else of this machine can read, and that are whole whatever interrupts their writing.

Standard library only: the supervisor of the embedded mongod uses it, too.
"""

import contextlib
import os
import stat
from collections.abc import Collection
from pathlib import Path

PRIVATE = 0o700
OF_OTHERS = 0o077


class FolderUnusable(Exception):
    """Nothing can be kept in a folder; the sentence says which, why, and what to do."""


# What a disk or a checkout brings along in a folder where nothing is kept yet
BROUGHT_ALONG = {"lost+found", ".gitkeep", ".gitignore"}


def make_private(folder: Path, *, holds: Collection[str] = ()) -> Path:
    """Make the folder where it is missing, keep everybody else out of it, and return it.

    `holds` names what we keep in it, which is closed too; a folder that holds other things and nothing of ours is not
    ours to close. Left empty, all in it is ours. From now on, what this process and those that it starts make is for
    its user alone (the umask).

    :raises FolderUnusable: it is a link, a file, another user's, full of other things, or cannot be made or closed.
    """
    os.umask(OF_OTHERS)
    try:
        if folder.is_symlink():
            raise FolderUnusable(
                f"{folder} is a symbolic link: name the folder that it leads to, {os.path.realpath(folder)}."
            )
        folder.mkdir(PRIVATE, parents=True, exist_ok=True)
        _refuse_what_is_not_ours(folder, holds)
        _close(folder, holds)
    except FileExistsError as error:
        raise FolderUnusable(f"{folder} is a file: move it away, or name another folder.") from error
    except OSError as error:
        raise FolderUnusable(f"{in_words(error)}. Let us write there, or name another folder.") from error
    return folder


def write_whole(path: Path, text: str, *, keeps_first: bool = False) -> None:
    """Write the file so that its readers, those after a crash of the machine too, find the old text or the new one.

    With `keeps_first` a file that is there stays as it is: of processes that write it at once, the first does.

    :raises OSError: it could not be written; what was there before still is.
    """
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}.draft")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        if keeps_first:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        else:
            draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    _sync(path.parent)


def in_words(error: OSError) -> str:
    """Return what is wrong and where, such as "/srv/var/secret_key: No space left on device"."""
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)


def _refuse_what_is_not_ours(folder: Path, holds: Collection[str]) -> None:
    found = {*os.listdir(folder)} - BROUGHT_ALONG
    if holds and found and found.isdisjoint(holds):
        others = ", ".join(sorted(found)[:3])
        raise FolderUnusable(f"{folder} holds other things ({others}): name an empty folder, or one that is not there.")


def _close(folder: Path, holds: Collection[str]) -> None:
    """Take the folder, and what of ours was left open in it, from others.

    :raises FolderUnusable: it is another user's, or stays open.
    """
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise FolderUnusable(
            f"{folder} belongs to user {found.st_uid}, and we are user {os.geteuid()}: "
            "give it to us (chown -R), or name another folder."
        )
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        folder.chmod(PRIVATE)
        if stat.S_IMODE(folder.stat().st_mode) != PRIVATE:  # file systems of Windows take it and do nothing
            raise FolderUnusable(f"{folder} cannot be closed to others (chmod 700): name a folder on another disk.")
    with os.scandir(folder) as entries:
        for entry in entries:
            if not holds or entry.name in holds:
                _close_inside(entry)


def _close_inside(entry: os.DirEntry[str]) -> None:
    """Take the file, or the folder and all in it, from others.

    A folder is closed last, so that a closed one needs no look inside: it may hold a hundred thousand mails. What
    cannot be closed, as another user made it, still lies in a folder that nobody else enters.
    """
    with contextlib.suppress(OSError):
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode) or not mode & OF_OTHERS:
            return
        if stat.S_ISDIR(mode):
            with os.scandir(entry.path) as entries:
                for inner in entries:
                    _close_inside(inner)
        os.chmod(entry.path, stat.S_IMODE(mode) & ~OF_OTHERS)


def _sync(folder: Path) -> None:
    """Have the names in the folder outlive a crash of the machine, where its file system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
