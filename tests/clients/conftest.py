"""What the tests with real clients ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clients.processes import Claude


@pytest.fixture
def claude(tmp_path: Path) -> Claude:
    binary = os.environ.get("CCGATE_CLAUDE_BIN")
    if not binary:
        pytest.skip("CCGATE_CLAUDE_BIN names no Claude Code; `nox -s clients` installs one and names it")
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    return Claude(binary=binary, folder=tmp_path)
