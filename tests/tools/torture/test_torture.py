"""A short round of `make torture`, always the same: a full one takes a quarter of an hour."""

import subprocess
import sys

import pytest

from tests.tools.torture.processes import ROOT

pytestmark = pytest.mark.slow

ROUND = ["-m", "tests.tools.torture", "--calls", "24", "--seed", "3"]
LONGEST_SECONDS = 600


def test_short_round_breaks_no_promise() -> None:
    run = subprocess.run(
        [sys.executable, *ROUND], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr
