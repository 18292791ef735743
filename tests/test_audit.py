"""CI fails for known vulnerabilities, and only for them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parent.parent / ".ci" / "audit"
SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
OTHER = {"name": "left-pad", "skip_reason": "Dependency not found"}
VULNERABLE = {
    "name": "jinja2",
    "version": "3.0",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["3.1", "3.0.1"], "aliases": [], "description": "…"},
        {"id": "PYSEC-2", "fix_versions": [], "aliases": [], "description": "…"},
    ],
}


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        ([SOUND], 0, "No known vulnerability in 1 packages.\n"),
        ([SOUND, OTHER], 0, "No known vulnerability in 1 packages.\nNot known there: left-pad\n"),
        ([OTHER], 0, "NOT AUDITED: nobody could be asked for known vulnerabilities.\n"),
        ([], 0, "NOT AUDITED: nobody could be asked for known vulnerabilities.\n"),
        (
            [SOUND, OTHER, VULNERABLE],
            1,
            "Known vulnerabilities:\njinja2 3.0: PYSEC-1, mended in 3.1, 3.0.1\n"
            "jinja2 3.0: PYSEC-2, mended in no release\n",
        ),
    ],
)
def test_only_what_is_known_to_be_vulnerable_fails(found: list[dict[str, object]], code: int, said: str) -> None:
    ended = subprocess.run([sys.executable, AUDIT, "-"], input=json.dumps(found), capture_output=True, text=True)

    assert (ended.returncode, ended.stdout) == (code, said)
