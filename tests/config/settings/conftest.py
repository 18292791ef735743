"""The settings, read as a checkout of its own reads them."""

import os
import runpy
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.config.settings.environments import SOURCES, Start


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Read the settings as a fresh checkout with this environment, and no other, reads them."""
    (tmp_path / "config").mkdir()
    environment_py, settings_py = (shutil.copy(source, tmp_path / "config") for source in SOURCES)

    def read(**environment: str) -> dict[str, Any]:
        spec = spec_from_file_location("config.environment", environment_py)
        with patch.dict(os.environ, environment, clear=True), patch.dict(sys.modules):
            sys.modules[spec.name] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules[spec.name])
            return runpy.run_path(settings_py)

    return read
