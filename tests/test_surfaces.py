"""From a path and some headers to a dialect and an operation."""

from __future__ import annotations

import pytest

from ccgate.errors import ConfigError
from ccgate.surfaces import Surfaces

SURFACES = Surfaces.of()
CLAUDE = ((b"anthropic-version", b"2023-06-01"),)


@pytest.mark.parametrize(
    ("path", "headers", "dialect", "operation", "argument"),
    [
        ("/v1/messages", (), "anthropic", "generate", None),
        ("/v1/messages/count_tokens", (), "anthropic", "count_tokens", None),
        ("/v1/chat/completions", (), "openai_chat", "generate", None),
        ("/v1/chat/completions", CLAUDE, "openai_chat", "generate", None),
        ("/v1/models", CLAUDE, "anthropic", "models", None),
        ("/v1/models", (), "openai_chat", "models", None),
        ("/v1/models/gpt-5.5", (), "openai_chat", "models", "gpt-5.5"),
        ("/v1/models/claude-opus-5-5", CLAUDE, "anthropic", "models", "claude-opus-5-5"),
        ("/v1/models/openrouter/some/model", (), "openai_chat", "models", "openrouter/some/model"),
    ],
)
def test_what_is_served(path, headers, dialect, operation, argument):
    surface = SURFACES.match(path, headers)
    assert surface is not None
    assert (surface.client.dialect, surface.operation, surface.argument) == (dialect, operation, argument)


@pytest.mark.parametrize(
    "path", ["/", "", "/v1", "/v1/messages/", "/v1/messages/x", "/v1/models/", "/v1/modelsx", "/V1/messages", "/x/y"]
)
def test_what_is_not_served(path: str):
    assert SURFACES.match(path, ()) is None


@pytest.mark.parametrize(
    ("path", "headers", "dialect"),
    [
        ("/v1/messages", (), "anthropic"),
        ("/v1/messages/batches", (), "anthropic"),
        ("/v1/chat/completions/x", CLAUDE, "openai_chat"),
        ("/nowhere", CLAUDE, "anthropic"),
        ("/nowhere", (), "openai_chat"),
    ],
)
def test_for_a_path_that_is_not_served_the_dialect_is_guessed(path, headers, dialect):
    assert SURFACES.speaker(path, headers).dialect == dialect


def test_the_last_of_the_table_speaks_when_nobody_asks():
    assert Surfaces.of(["openai_chat", "anthropic"]).speaker("/nowhere", ()).dialect == "openai_chat"
    assert Surfaces.of(["anthropic"]).speaker("/nowhere", ()).dialect == "anthropic"
    surface = Surfaces.of(["anthropic"]).match("/v1/models", ())
    assert surface is not None
    assert surface.client.dialect == "anthropic"


def test_all_paths_are_told_sorted():
    paths = list(SURFACES.paths)
    assert paths == sorted(paths)
    assert {"/v1/messages", "/v1/chat/completions", "/v1/models"} <= set(paths)


def test_an_unknown_dialect_is_a_config_error():
    with pytest.raises(ConfigError):
        Surfaces.of(["klingon"])
