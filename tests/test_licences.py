"""What we depend on, directly or not, is on docs/licences.md by its licence; `pytest --update` writes the list anew."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LIST = ROOT / "docs" / "licences.md"
ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]*) \| ?([^|]*?) ?\|$", re.MULTILINE)
PERMISSIVE = re.compile(
    r"(new )?BSD( License|[- ]\d-Clause( License)?)?|MIT( Licen[cs]e)?|Apache( Software License|[- ]2\.0)?"
    r"|ISC( License)?|ISCL|PSFL?(-2\.0)?|Python Software Foundation License|Dual License",
    re.IGNORECASE,
)
LONGEST_NAME = 60  # of a licence; what is longer is its text


def requirements() -> Iterator[Requirement]:
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if wanted := line.partition("#")[0].strip():
            yield Requirement(wanted)


def dependencies() -> dict[str, metadata.Distribution]:
    """Return all that requirements.txt brings to this machine, by the normalised name (PEP 503)."""
    found: dict[str, metadata.Distribution] = {}
    wanted = list(requirements())
    while wanted:
        each = wanted.pop()
        name = re.sub(r"[-_.]+", "-", each.name).lower()
        extras = each.extras or {""}
        if name in found or not (each.marker is None or each.marker.evaluate()):
            continue
        found[name] = metadata.distribution(name)
        below = map(Requirement, found[name].requires or [])
        for need in below:
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                need.marker = None
                wanted.append(need)
    return found


def licence(package: metadata.Distribution) -> str:
    """Return what the package says of its licence: an SPDX expression, a name, or its classifiers."""
    told = package.metadata.get("License-Expression") or package.metadata.get("License") or ""
    if told and len(told) <= LONGEST_NAME and "\n" not in told:
        return told
    classifiers = package.metadata.get_all("Classifier") or []
    return ", ".join(each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: "))


def listed() -> dict[str, tuple[str, str]]:
    return {name: (told, reason) for name, told, reason in ROW.findall(LIST.read_text())}


def is_permissive(told: str) -> bool:
    return all(PERMISSIVE.fullmatch(part.strip()) for part in re.split(r" AND | OR |, |[()]", told) if part.strip())


def test_list_has_the_licence_of_each_dependency(request: pytest.FixtureRequest) -> None:
    today = {name: licence(package) for name, package in dependencies().items()}

    if request.config.getoption("--update"):
        kept = listed()
        rows = kept | {name: (told, kept.get(name, ("", ""))[1]) for name, told in today.items()}
        table = "".join(f"| {name} | {told} | {reason} |\n" for name, (told, reason) in sorted(rows.items()))
        LIST.write_text(LIST.read_text().partition("| --- ")[0] + "| --- | --- | --- |\n" + table)

    assert {name: told for name, told in today.items() if listed().get(name, ("",))[0] != told} == {}


def test_what_is_not_permissive_has_a_reason() -> None:
    assert [name for name, (told, reason) in listed().items() if not is_permissive(told) and not reason] == []
