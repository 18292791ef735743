"""What tests ask of the machine: small disks, other users, and which ports a process listens on."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

LISTENING = "0A"
NOBODY = "nobody"


class Disk(NamedTuple):
    """A small disk of its own, in memory."""

    folder: Path

    def grow(self, size: str) -> None:
        _mount("-o", f"remount,size={size}", str(self.folder))

    def protect(self) -> None:
        """Have nothing more written to it."""
        _mount("-o", "remount,ro", str(self.folder))


@contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[Disk]:
    """Mount a disk of that size, such as `64k`; skip the test where that is not for us to do."""
    folder.mkdir()
    if _mount("-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)):
        pytest.skip("only root may mount a small disk, and not everywhere")
    try:
        yield Disk(folder)
    finally:
        subprocess.run([shutil.which("umount"), "--lazy", str(folder)], check=True)


def as_nobody() -> dict[str, object]:
    """Return how a program is started as another user of the machine; skip the test where we may not."""
    if os.geteuid() != 0:
        pytest.skip("only root may start a program as another user")
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}


def ports_of(process: int) -> list[int]:
    """Return the TCP ports that the process listens on."""
    sockets = {os.readlink(path) for path in Path(f"/proc/{process}/fd").iterdir() if path.is_symlink()}
    lines = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    ]
    return [
        int(field[1].rpartition(":")[2], 16)
        for field in lines
        if field[3] == LISTENING and f"socket:[{field[9]}]" in sockets
    ]


def mongod_on_tcp(binary: Path, data: Path, *, replica_set: str) -> tuple[int, list[str]]:
    """Return a free port, and how to start a mongod that listens on it, to whoever asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    options = {
        "--dbpath": data,
        "--port": port,
        "--bind_ip": "127.0.0.1",
        "--replSet": replica_set,
        "--wiredTigerCacheSizeGB": 0.25,
        "--setParameter": "diagnosticDataCollectionEnabled=false",
    }
    return port, [str(binary), *(str(word) for option in options.items() for word in option), "--nounixsocket"]


def _mount(*words: str) -> int:
    mount = shutil.which("mount")
    return subprocess.run([mount, *words], capture_output=True, check=False).returncode if mount else 1
