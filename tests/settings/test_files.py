from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccgate.errors import ConfigError
from ccgate.settings import find, house
from ccgate.settings.files import read, warnings

NOWHERE = Path("/nonexistent/ccgate.toml")


def write(path: Path, text: str | bytes = "", mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_our_directory_is_in_the_users_home_unless_it_is_named(tmp_path: Path) -> None:
    assert house({"HOME": "/h"}) == Path("/h/.ccgate")
    assert house({"USERPROFILE": "/u"}) == Path("/u/.ccgate")
    assert house({"HOME": "/h"}, tmp_path) == tmp_path / ".ccgate"
    assert house({"HOME": "/h", "CCGATE_HOME": "~/cc"}) == Path("/h/cc")
    assert house({"CCGATE_HOME": "/x"}) == Path("/x")
    assert house({}) is None


def test_files_are_looked_for_in_order(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    system = tmp_path / "etc/ccgate.toml"
    assert find(None, environ=environ, system=system) is None
    for place in (system, tmp_path / ".ccgate/ccgate.json", tmp_path / ".ccgate/ccgate.toml"):
        write(place)
        assert find(None, environ=environ, system=system) == place
    named = write(tmp_path / "named.toml")
    assert find(None, environ=environ | {"CCGATE_CONFIG": "~/named.toml"}, system=system) == named
    asked = write(tmp_path / "asked.toml")
    assert find(asked, environ=environ | {"CCGATE_CONFIG": str(named)}, system=system) == asked
    assert find(None, environ={}, system=system) == system


def test_the_working_directory_is_never_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ccgate.toml", "ccgate.json", "config.json", ".ccgate/ccgate.toml"):
        write(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert find(None, environ={"HOME": "/nonexistent"}, system=NOWHERE) is None


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        find(tmp_path / "missing.toml", environ={})
    with pytest.raises(ConfigError, match="CCGATE_CONFIG: no such file"):
        find(None, environ={"CCGATE_CONFIG": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", 'mode = "target" # yes\n'),
        ("a.json", '{"mode": "target", // yes\n}'),
        ("a.jsonc", '{"mode": /* yes */ "target"}'),
        ("A.TOML", 'mode = "target"'),
        ("bom.json", b'\xef\xbb\xbf{"mode": "target"}'),
        ("bom.toml", b'\xef\xbb\xbfmode = "target"\r\n'),
    ],
)
def test_a_file_is_read_by_its_extension(tmp_path: Path, name: str, text: str | bytes) -> None:
    assert read(write(tmp_path / name, text)) == {"mode": "target"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", 'a = 1\nb = "\n', "line 2, column 6: Illegal character '\\n'"),
        ("a.toml", "a = 1\na = 2\n", "Cannot overwrite a value"),
        ("a.toml", "a = ", "Invalid value"),
        ("a.toml", "a = " + "[" * 100_000, "nested too deep"),
        ("a.json", '{\n "a": }', "line 2, column 7: Expecting value"),
        ("a.json", "[1]", "must hold a table (begin with { and end with })"),
        ("a.json", b'{"a":\n"\xff"}', "line 2: is not UTF-8"),
        ("a.yaml", "a: 1", "a file of this kind cannot be read (write one of .toml, .json, .jsonc)"),
        ("a", "", "a file of this kind cannot be read"),
        ("a.toml", b" " * (16 * 2**20 + 1), "is larger than 16 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    tmp_path: Path, name: str, text: str | bytes, said: str
) -> None:
    path = write(tmp_path / name, text)
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_file_that_is_gone_or_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "dir.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read: "):
        read(tmp_path / "dir.toml")


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_a_file_that_others_can_read_is_a_warning(tmp_path: Path, mode: int, told: int) -> None:
    found = warnings(write(tmp_path / "ccgate.toml", mode=mode))
    assert len(found) == told
    assert all("can be read by other users" in text for text in found)


def test_a_second_file_that_is_not_read_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "ccgate.toml")
    other = write(tmp_path / "ccgate.json")
    assert warnings(path) == [f"{other} is not read, because {path} is"]
