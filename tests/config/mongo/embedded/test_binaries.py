from pathlib import Path

import pytest

from config.mongo.embedded import (
    EmbeddedMongoUnavailable,
    first_that_runs,
)


def test_a_machine_without_mongod_is_told_what_to_do() -> None:
    with pytest.raises(EmbeddedMongoUnavailable, match=r"\(none is installed\): set MONGODB_URI to"):
        first_that_runs([])


def test_a_library_that_mongod_misses_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "mongod"
    binary.write_text(
        "#!/bin/sh\n"
        "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2\n"
        "exit 127\n"
    )
    binary.chmod(0o700)

    with pytest.raises(EmbeddedMongoUnavailable, match=r"libcurl\.so\.4 is missing; .* apt-get install libcurl4"):
        first_that_runs([binary])


def test_a_binary_that_does_not_run_is_passed_over_for_one_that_does(tmp_path: Path) -> None:
    absent, silent, too_new, good = (tmp_path / name for name in ("absent", "silent", "too_new", "good"))
    silent.write_text("#!/bin/sh\nexit 3\n")
    too_new.write_text("#!/bin/sh\nkill -ILL $$\n")
    good.write_text("#!/bin/sh\nexit 0\n")
    for binary in (silent, too_new, good):
        binary.chmod(0o700)

    assert first_that_runs([absent, silent, too_new, good]) == good
    with pytest.raises(EmbeddedMongoUnavailable, match=r"absent.*silent --version ends with code 3.*lacks AVX"):
        first_that_runs([absent, silent, too_new])
