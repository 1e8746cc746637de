from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ccgate.errors import ConfigError, MissingExtra
from ccgate.settings.references import Resolver, _password, is_secret, mentioned

ENVIRON = {"KEY": "sk-1", "HOST": "h", "EMPTY": "", "PATH": "/usr/bin:/bin"}


def passwords(service: str, user: str) -> str | None:
    return {("vault", "me"): "kept"}.get((service, user))


def resolver(**more: Any) -> Resolver:
    return Resolver(**({"environ": ENVIRON, "password": passwords} | more))


def python(code: str) -> str:
    return f"cmd:{sys.executable} -c '{code}'"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${KEY}", "sk-1"),
        ("https://${HOST}/${KEY}", "https://h/sk-1"),
        ("${EMPTY}", ""),
        ("$${KEY}", "${KEY}"),
        ("$KEY ${1} ${} $", "$KEY ${1} ${} $"),
        ("env:KEY", "env:KEY"),
        ("cmd:false", "cmd:false"),
        ("plain", "plain"),
    ],
)
def test_in_any_text_a_name_in_braces_is_looked_up(written: str, value: str) -> None:
    assert resolver().text(written, secret=False) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${KEY}", "sk-1"),
        ("env:KEY", "sk-1"),
        ("os.environ/KEY", "sk-1"),
        (python("print(1 + 1)"), "2"),
        ("keyring:vault/me", "kept"),
        ("sk-env:KEY", "sk-env:KEY"),
    ],
)
def test_where_a_key_is_wanted_the_whole_text_may_be_a_reference(written: str, value: str) -> None:
    assert resolver().text(written, secret=True) == value


@pytest.mark.parametrize(("content", "key"), [("k\n", "k"), ("k\r\n", "k"), ("k", "k"), ("k\n\n", "k\n"), ("", "")])
def test_a_key_in_a_file_loses_its_final_line_end(tmp_path: Path, content: str, key: str) -> None:
    (tmp_path / "key").write_bytes(content.encode())
    here = resolver(base=tmp_path, home=tmp_path)
    for place in ("key", tmp_path / "key", "~/key"):
        assert here.text(f"file:{place}", secret=True) == key


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${NO}", "the environment variable NO is not set (set NO, or write the value)"),
        ("env:NO", "the environment variable NO is not set (set NO, or write the value)"),
        ("file:/nonexistent/key", "the file /nonexistent/key cannot be read: No such file or directory"),
        ("cmd:", "there is no command after cmd:"),
        ("cmd:a 'b", "the command after cmd: has a quote that is not closed"),
        ("cmd:/nonexistent/x secret1", "the command /nonexistent/x cannot be run: No such file or directory"),
        (python('import sys; sys.exit("secret1")'), f"the command {sys.executable} ended with status 1"),
        (
            python("import sys; sys.stdout.buffer.write(bytes([255]))"),
            f"the command {sys.executable} did not answer with text",
        ),
        ("keyring:vault/you", "the keyring has no password for vault/you"),
        ("keyring:vault", "a keyring is asked as keyring:SERVICE/USER"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_without_any_value(written: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolver().text(written, secret=True)
    assert str(caught.value) == said


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        resolver(base=tmp_path).text("file:key", secret=True)


def test_a_command_has_only_so_much_time() -> None:
    with pytest.raises(ConfigError, match=r"gave no answer within 0\.05 s"):
        resolver(patience=0.05).text(python("while 1: pass"), secret=True)


def test_a_command_sees_the_environment_that_was_passed_and_no_shell() -> None:
    code = 'import os, sys; print(os.environ["KEY"], sys.argv[1:])'
    assert resolver().text(python(code) + " $KEY ;", secret=True) == "sk-1 ['$KEY', ';']"


def test_everything_in_a_tree_is_looked_up_and_every_problem_is_told_with_its_path() -> None:
    data = {
        "server": {"host": "${HOST}", "port": 80},
        "providers": [
            {"name": "a", "api_key": "env:KEY", "headers": {"x": "env:KEY"}, "models": ["env:KEY", "${NO1}"]},
            {"api_keys": ["env:KEY", "env:NO2"], "body": {"note": "env:KEY"}},
        ],
    }
    problems: list[ConfigError] = []
    assert resolver().resolved(data, (), problems) == {
        "server": {"host": "h", "port": 80},
        "providers": [
            {"name": "a", "api_key": "sk-1", "headers": {"x": "sk-1"}, "models": ["env:KEY", ""]},
            {"api_keys": ["sk-1", ""], "body": {"note": "env:KEY"}},
        ],
    }
    assert [problem.where for problem in problems] == ["providers[0].models[1]", "providers[1].api_keys[1]"]


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (("auth", "api_keys", 0), True),
        (("auth", "api_keys", 0, "key"), True),
        (("auth", "api_keys", 0, "name"), False),
        (("providers", 0, "api_key"), True),
        (("providers", 0, "api_keys", 3), True),
        (("providers", 0, "headers", "x-a"), True),
        (("providers", 0, "name"), False),
        (("providers", 0, "body", "api_key"), False),
        (("server", "host"), False),
        ((), False),
    ],
)
def test_keys_and_header_values_are_secrets(path: tuple[str | int, ...], secret: bool) -> None:
    assert is_secret(path) is secret


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("${A}-$${B}-${C}", ["${A}", "${C}"]),
        ("env:A", ["env:A"]),
        ("os.environ/A", ["os.environ/A"]),
        ("file:/secret1", ["file:"]),
        ("cmd:show secret1", ["cmd:"]),
        ("keyring:a/b", ["keyring:"]),
        ("sk-1", []),
    ],
)
def test_beside_an_origin_a_reference_is_shown_without_what_it_may_hide(written: str, shown: list[str]) -> None:
    assert list(mentioned(written, secret=True)) == shown


def test_a_keyring_that_is_not_installed_names_the_command_that_installs_it() -> None:
    with pytest.raises(MissingExtra, match=r'pip install "ccgate\[keyring\]"'):
        _password("a", "b", module="a_module_that_is_not_there")


KEYRING = """
class errors:
    class KeyringError(Exception): pass

def get_password(service, user):
    if service == "broken":
        raise errors.KeyringError("secret1")
    return {"vault": "kept"}.get(service)
"""


def test_a_keyring_that_is_installed_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_keyring_of_ours.py").write_text(KEYRING)
    monkeypatch.syspath_prepend(tmp_path)
    assert _password("vault", "me", module="a_keyring_of_ours") == "kept"
    assert _password("other", "me", module="a_keyring_of_ours") is None
    with pytest.raises(ConfigError, match="no keyring can be asked: KeyringError") as caught:
        _password("broken", "me", module="a_keyring_of_ours")
    assert "secret1" not in str(caught.value)
