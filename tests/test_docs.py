"""The README and docs/ say what there is; `pytest --update` writes their tables anew."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from rest_framework.test import APIClient

from interviews.dialogue import chart

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MAX_README_BYTES = 10 * 1024
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


PARTS = {
    "questions": ("conversation.md", chart.questions),
    "table": ("conversation.md", chart.markdown),
    "settings": ("settings.md", example_settings),
}


@pytest.mark.parametrize("part", PARTS)
def test_docs_show_what_stands_in_the_code(part: str, request: pytest.FixtureRequest) -> None:
    name, write = PARTS[part]
    page = ROOT / "docs" / name
    before, found, rest = page.read_text().partition(f"<!-- {part} -->\n")
    shown, _, after = rest.partition(f"<!-- /{part} -->")
    today = write()

    if request.config.getoption("--update"):
        page.write_text(f"{before}{found}{today}<!-- /{part} -->{after}")
        shown = today

    assert shown == today


def test_docs_name_every_job() -> None:
    page = (ROOT / "docs" / "jobs.md").read_text()

    named = set(re.findall(r"^\| `((?:calls|interviews)\.jobs\.\w+)`", page, re.MULTILINE))

    assert named == set(settings.JOBS)


def test_docs_name_every_command_of_ours() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    ours = {name for name, app in get_commands().items() if app in OURS}

    named = {name for name in ours if re.search(rf"^\| `{name}\b", page, re.MULTILINE)}

    assert named == ours


def test_docs_name_every_address_of_the_api(api: APIClient) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    paths = api.get("/api/openapi.json").json()["paths"]

    roots = {re.match(r"/api/\w+/|/[\w-]+", path)[0] for path in paths}

    assert roots
    assert {root for root in roots if root not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_names_only_files_that_exist(page: Path) -> None:
    text = page.read_text()

    named = re.findall(r"`((?:config|candidates|interviews|calls|tests|docs)/[\w/.-]*)`", text)

    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    linked = re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", page.read_text())

    assert [path for path in linked if not (page.parent / path).exists()] == []


def test_readme_is_short_enough_to_be_read() -> None:
    assert len(README.read_bytes()) <= MAX_README_BYTES
