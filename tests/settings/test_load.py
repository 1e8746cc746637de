from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccgate.config import Config, ConfigErrors
from ccgate.errors import ConfigError
from ccgate.settings import Loaded, load

KEY = "sk-0123456789abcdefgh"
UNSET = (
    "file /ccgate.toml (${NO}): providers[0].api_key: the environment variable NO is not set "
    "(set NO, or write the value)"
)
NOWHERE = Path("/nonexistent/ccgate.toml")


def loaded(tmp_path: Path, text: str = "", *, flags: dict[str, Any] | None = None, **environ: str) -> Loaded:
    path = tmp_path / "ccgate.toml"
    path.write_text(text)
    path.chmod(0o600)
    return load(path, environ=environ, flags=flags)


def problem(tmp_path: Path, text: str = "", **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, **environ)
    return str(caught.value).replace(str(tmp_path), "")


def test_without_a_file_the_environment_is_all_there_is() -> None:
    found = load(environ={"CCGATE_PROVIDERS_0_NAME": "deepseek", "DEEPSEEK_API_KEY": KEY}, system=NOWHERE)
    assert found.path is None
    assert found.config.providers[0].keys == (KEY,)
    assert found.warnings == ()
    assert load(environ={}, system=NOWHERE) == Loaded(config=Config(), origins={})


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_defaults(tmp_path: Path) -> None:
    text = "[server]\nhost = 'file'\nport = 1\nallowed_hosts = ['a', 'b']\n[limits]\nattempts = 1\n"
    found = loaded(
        tmp_path,
        text,
        flags={"server": {"port": 3, "host": None}, "limits.keepalive": "1s"},
        CCGATE_SERVER_PORT="2",
        CCGATE_LIMITS__ATTEMPTS="2",
        CCGATE_SERVER_ALLOWED_HOSTS_1="c",
    )
    server = found.config.server
    assert (server.host, server.port, server.allowed_hosts) == ("file", 3, ("a", "c"))
    assert (found.config.limits.attempts, found.config.limits.keepalive) == (2, 1.0)
    origins = {
        "server.host": f"file {found.path}",
        "server.port": "flag",
        "server.allowed_hosts[0]": f"file {found.path}",
        "server.allowed_hosts[1]": "environment CCGATE_SERVER_ALLOWED_HOSTS_1",
        "limits.attempts": "environment CCGATE_LIMITS__ATTEMPTS",
        "limits.keepalive": "flag",
        "limits.max_body": "default",
        "server.allowed_hosts": f"file {found.path}",
        "mode": "default",
    }
    assert {path: found.origin(path) for path in origins} == origins


def test_references_are_looked_up_and_shown_beside_the_origin(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    text = """
    [[providers]]
    name = "anthropic"
    api_key = "file:key"
    [[providers]]
    name = "openai"
    api_keys = ["${ONE}", "env:TWO"]
    """
    found = loaded(tmp_path, text, ONE="1" * 20, TWO="2" * 20, CCGATE_AUTH_API_KEYS="env:TWO")
    assert [provider.keys for provider in found.config.providers] == [(KEY,), ("1" * 20, "2" * 20)]
    assert found.config.auth.api_keys[0].key == "2" * 20
    assert found.origin("providers[0].api_key") == f"file {found.path} (file:)"
    assert found.origin("providers[1].api_keys[0]") == f"file {found.path} (${{ONE}})"
    assert KEY not in repr(found)


def test_a_reference_whose_place_is_overridden_need_not_lead_anywhere(tmp_path: Path) -> None:
    text = '[[providers]]\nname = "openai"\napi_key = "${NO}"\n'
    found = loaded(tmp_path, text, CCGATE_PROVIDERS_0_API_KEYS="a,b")
    assert found.config.providers[0].keys == ("a", "b")


def test_the_callers_key_of_the_environment_is_added_once(tmp_path: Path) -> None:
    text = 'auth.api_keys = ["${CCGATE_API_KEY}", {name = "team", key = "other"}]\n'
    found = loaded(tmp_path, text, CCGATE_API_KEY=KEY)
    assert [key.key for key in found.config.auth.api_keys] == [KEY, "other"]
    assert [key.key for key in loaded(tmp_path, text, CCGATE_API_KEY="other").config.auth.api_keys] == [
        "other",
        "other",
    ]
    alone = loaded(tmp_path, "", CCGATE_API_KEY=KEY)
    assert [key.key for key in alone.config.auth.api_keys] == [KEY]
    assert alone.origin("auth.api_keys[0]") == "environment CCGATE_API_KEY"


def test_an_empty_callers_key_is_an_error_and_not_an_open_door(tmp_path: Path) -> None:
    said = "environment CCGATE_API_KEY: auth.api_keys[0].key: is empty (write a key, or leave it out)"
    assert problem(tmp_path, "", CCGATE_API_KEY="") == said


def test_a_vendors_variable_fills_a_missing_key_and_never_replaces_one(tmp_path: Path) -> None:
    text = """
    providers = [
      {name = "anthropic"},
      {name = "b", kind = "openai", api_key = "own"},
      {name = "c", kind = "openai", auth = "none"},
      {name = "d", kind = "openrouter", api_keys = ["own"]},
      {name = "e", kind = "openai", enabled = false},
    ]
    """
    vendors = {f"{vendor}_API_KEY": KEY for vendor in ("ANTHROPIC", "OPENAI", "OPENROUTER")}
    found = loaded(tmp_path, text, **vendors)
    assert [provider.keys for provider in found.config.providers] == [(KEY,), ("own",), (), ("own",), ()]
    assert found.origin("providers[0].api_key") == "environment ANTHROPIC_API_KEY"
    assert found.warnings == ()


@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_API_KEY": ""}])
def test_a_key_that_is_missing_is_a_warning(tmp_path: Path, environ: dict[str, str]) -> None:
    found = loaded(tmp_path, 'providers = [{name = "anthropic"}]', **environ)
    assert found.warnings == ("providers[0].api_key: there is no key; set it, or ANTHROPIC_API_KEY",)


def test_a_vendors_key_that_goes_to_another_host_is_a_warning(tmp_path: Path) -> None:
    text = 'providers = [{name = "a", kind = "openai", base_url = "https://h.test/v1"}]'
    found = loaded(tmp_path, text, OPENAI_API_KEY=KEY)
    said = "providers[0].api_key: OPENAI_API_KEY is shown to h.test, which is not the vendor's host"
    assert found.warnings == (said,)


def test_every_other_warning_is_handed_on(tmp_path: Path) -> None:
    path = tmp_path / "ccgate.toml"
    path.write_text("health.interval = '1m'")
    path.chmod(0o644)
    said = load(path, environ={"CCGATE_MOD": "x"}).warnings
    assert [text.split(" ")[0] for text in said] == [str(path), "CCGATE_MOD", "health"]


def test_a_plug_in_beside_the_file_is_found_from_anywhere(tmp_path: Path) -> None:
    text = """
    middleware = [{use = "./mine.py:Thing"}, {use = "pkg.mod:Name", use2 = "./x"}]
    [[providers]]
    name = "openai"
    api_key = "k"
    [[routes]]
    when = ["./mine.py:rule", {rule = "not", rules = ["../mine.py:rule"]}]
    to = ["openai"]
    """
    config = loaded(tmp_path, text).config
    assert [plugin.use for plugin in config.middleware] == [f"{tmp_path}/mine.py:Thing", "pkg.mod:Name"]
    assert config.middleware[1].options == {"use2": "./x"}
    assert config.routes[0].when == (
        f"{tmp_path}/mine.py:rule",
        {"rule": "not", "rules": [f"{tmp_path}/../mine.py:rule"]},
    )


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("mod = 1", {}, "file /ccgate.toml: mod: unknown key (did you mean 'mode'?)"),
        ("", {"CCGATE_MODE": "x"}, "environment CCGATE_MODE: mode: must be one of target, compare, anthropic-only"),
        (
            "",
            {"CCGATE_SERVER_PORT": "eighty"},
            "environment CCGATE_SERVER_PORT: server.port: must be a whole number, not a string",
        ),
        (
            "",
            {"CCGATE_PROVIDERS_1_NAME": "openai"},
            "environment CCGATE_PROVIDERS_1_NAME: the list has no place 1: it has 0 (count from 0, without a gap)",
        ),
        (
            "[[providers]]\nname = 'openai'\napi_key = '${NO}'",
            {},
            UNSET,
        ),
        ("[[providers]]\nkind = 'openai'", {}, "file /ccgate.toml: providers[0].name: is required"),
        ("providers = 5", {}, "file /ccgate.toml: providers: must be a list, not a number"),
        ("providers = [5]", {}, "file /ccgate.toml: providers[0]: must be a table, not a number"),
        (
            "[[providers]]\nname = 'openai'\nbase_url = 'http://['",
            {"OPENAI_API_KEY": KEY},
            "file /ccgate.toml: providers[0].base_url: is not a URL (as in https://api.example.com/v1)",
        ),
        (
            "[[providers]]\nname = 'openai'\napi_key = 'k'\nheaders.x = 'env:NO'",
            {},
            UNSET.replace("${NO}", "env:NO").replace("api_key", "headers.x"),
        ),
        ("mode = 'compare'", {}, "compare.to: is required in mode compare"),
    ],
)
def test_a_problem_is_told_behind_its_origin(tmp_path: Path, text: str, environ: dict[str, str], said: str) -> None:
    assert problem(tmp_path, text, **environ) == said


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ccgate.json"
    path.write_text('{"mode": "x", "providers": [{"name": "openai", "api_key": "env:NO", "kindd": 1}]}')
    with pytest.raises(ConfigErrors) as caught:
        load(path, environ={"CCGATE_SERVER_PORT": "-1"})
    assert [text.split(": ")[1] for text in str(caught.value).splitlines()] == [
        "providers[0].api_key",
        "server.port",
        "providers[0].kindd",
    ]
