from pathlib import Path

import pytest

from config.mongo.embedded import (
    EmbeddedMongoUnavailable,
    first_that_runs,
)


def program(path: Path, *lines: str) -> Path:
    """Write a program of the shell, and return its path."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o700)
    return path


def test_a_machine_without_mongod_learns_what_to_do() -> None:
    with pytest.raises(EmbeddedMongoUnavailable, match=r"\(none is installed\): set MONGODB_URI to"):
        first_that_runs([])


def test_a_library_that_mongod_misses_is_named(tmp_path: Path) -> None:
    complaint = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file"
    binary = program(tmp_path / "mongod", f"echo '{complaint}' >&2", "exit 127")

    with pytest.raises(EmbeddedMongoUnavailable, match=r"libcurl\.so\.4 is missing; .* apt-get install libcurl4"):
        first_that_runs([binary])


def test_a_binary_that_does_not_run_is_passed_over_for_one_that_does(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    silent, good = program(tmp_path / "silent", "exit 3"), program(tmp_path / "good", "exit 0")
    too_new = program(tmp_path / "too_new", "kill -ILL $$")

    assert first_that_runs([absent, silent, too_new, good]) == good
    with pytest.raises(EmbeddedMongoUnavailable, match=r"absent.*silent --version ends with code 3.*lacks AVX"):
        first_that_runs([absent, silent, too_new])
