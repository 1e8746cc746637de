"""Where translators are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgate.errors import ConfigError
from ccgate.translators import ENTRY_POINTS, built_in, find


def test_the_built_in_dialects_are_those_with_a_translator() -> None:
    assert {"anthropic", "openai_chat"} <= set(built_in())
    assert "protocol" not in built_in()
    assert all(find(name).dialect for name in built_in())


def test_a_translator_can_be_named_by_its_module() -> None:
    assert find("ccgate.translators.anthropic:translator") is find("anthropic")


def test_a_translator_can_come_with_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "martian-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: martian\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nmartian = martian_speech:translator\n")
    (tmp_path / "martian_speech.py").write_text("translator = 'zork'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find("martian") == "zork"


@pytest.mark.parametrize("name", ["klingon", "protocol", ""])
def test_a_dialect_that_nobody_speaks_is_an_error_that_names_the_known_ones(name: str) -> None:
    with pytest.raises(ConfigError, match=r"known dialects: .*anthropic"):
        find(name)
