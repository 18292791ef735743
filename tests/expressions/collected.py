"""The expressions of the project: of its modules' names, whatever holds them, and of the calls inside its functions."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from interviews.understanding.patterns import Pattern
from interviews.understanding.times.rules import any_of

# Makes the weights, is not part of what runs.
LEFT_OUT = ("interviews.understanding.tools",)


def expressions(packages: Iterable[str]) -> dict[str, re.Pattern[str]]:
    """Return the expressions of all modules of the packages by where they are found, each once."""
    found: dict[tuple[str, int], str] = {}
    for module in _modules(packages):
        for name, pattern in [*_held(module.__name__, vars(module)), *_called(module)]:
            key = pattern.pattern, pattern.flags
            found[key] = min(found.get(key, name), name, key=len)
    return {name: re.compile(source, flags) for (source, flags), name in found.items()}


def _modules(packages: Iterable[str]) -> Iterator[ModuleType]:
    for package in map(import_module, packages):
        yield package
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(LEFT_OUT):
                yield import_module(module.name)


def _held(name: str, value: Any) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the expressions that a value is, or holds."""
    if isinstance(value, re.Pattern | Pattern):
        pattern = value.compiled if isinstance(value, Pattern) else value
        yield from [(name, pattern)] if isinstance(pattern.pattern, str) else []
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _held(f"{name} {key}", one)
    elif isinstance(value, tuple | list | set | frozenset):
        for number, one in enumerate(value):
            yield from _held(f"{name} {number}", one)
        if _is_rules(value):
            yield f"{name} any", any_of(value)


def _is_rules(value: Any) -> bool:
    return isinstance(value, tuple) and any(
        isinstance(one, tuple) and isinstance(one[0], Pattern) for one in value if one
    )


def _called(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the expressions written where they are used: re.fullmatch("…", text)."""
    for node in ast.walk(ast.parse(Path(module.__file__ or os.devnull).read_bytes())):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(value=str(source)), *_]):
                yield f"{module.__name__} line {node.lineno}", re.compile(source)
