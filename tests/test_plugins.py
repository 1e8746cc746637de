"""Objects that a configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgate.errors import ConfigError
from ccgate.plugins import load


def test_a_name_in_a_module_is_found() -> None:
    assert load("collections:OrderedDict.fromkeys")("ab") == {"a": None, "b": None}


def test_a_name_in_a_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def double(x):\n    return 2 * x\n")
    assert load(f"{file}:double")(21) == 42


@pytest.mark.parametrize("use", ["no.such.module:Name", "json:Nothing", "/no/such/file.py:Name", "json:__name__"])
def test_what_cannot_be_had_is_told_with_its_place(use: str) -> None:
    with pytest.raises(ConfigError, match=r"^observers\[0\]\.use: ") as caught:
        load(use, where="observers[0].use")
    assert use in str(caught.value)
