"""What the README tells is what there is; `pytest --update` writes its tables anew."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from interviews.dialogue import chart

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OURS = {"config", "candidates", "interviews", "calls"}


def example_settings() -> str:
    """Return the settings of .env.example as a table."""
    rows, comment = ["| setting | default | |", "| --- | --- | --- |"], ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        name, is_setting, default = line.lstrip("#").partition("=")
        if is_setting and re.fullmatch(r"[A-Z_]+", name):
            rows.append(f"| `{name}` | {f'`{default}`' if default and not line.startswith('#') else ''} | {comment} |")
        comment = line.removeprefix("# ")
    return "\n".join(rows) + "\n"


PARTS = {"questions": chart.questions, "table": chart.markdown, "settings": example_settings}


@pytest.mark.parametrize("part", PARTS)
def test_readme_shows_what_stands_in_the_code(part: str, request: pytest.FixtureRequest) -> None:
    before, found, rest = README.read_text().partition(f"<!-- {part} -->\n")
    shown, _, after = rest.partition(f"<!-- /{part} -->")
    today = PARTS[part]()

    if request.config.getoption("--update"):
        README.write_text(f"{before}{found}{today}<!-- /{part} -->{after}")
        shown = today

    assert shown == today


def test_readme_names_every_job() -> None:
    named = set(re.findall(r"^\| `((?:calls|interviews)\.jobs\.\w+)`", README.read_text(), re.MULTILINE))

    assert named == set(settings.JOBS)


def test_readme_names_every_command_of_ours() -> None:
    ours = {name for name, app in get_commands().items() if app in OURS}

    named = {name for name in ours if re.search(rf"^\| `{name}\b", README.read_text(), re.MULTILINE)}

    assert named == ours


def test_readme_names_only_files_that_exist() -> None:
    text = README.read_text()

    named = re.findall(r"`((?:config|candidates|interviews|calls|tests)/[\w/.]*)`", text)

    assert [path for path in named if not (ROOT / path).exists()] == []
