from __future__ import annotations

import pytest

from ccgate.cli.exits import told
from ccgate.errors import ConfigError


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("server.port", "a/gate.toml: server.port: is wrong"),
        ("", "a/gate.toml: is wrong"),
        ("file a/gate.toml", "a/gate.toml: is wrong"),
        ("/home/u/a/gate.toml", "/home/u/a/gate.toml: is wrong"),
        ("environment CCGATE_X", "environment CCGATE_X: is wrong"),
        ("flag", "flag: is wrong"),
    ],
)
def test_a_problem_is_told_with_its_origin_in_front(where, line):
    assert told(ConfigError("is wrong", where=where), "a/gate.toml") == line
    assert told(ConfigError("is wrong", where="server.port"), None) == "server.port: is wrong"
