from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ccgate.config import ApiKey, ConfigErrors, Plugin, Provider, Route, from_mapping
from ccgate.config.structure import _problems
from ccgate.errors import ConfigError


def test_plain_data_becomes_a_configuration() -> None:
    config = from_mapping(
        {
            "server": {"port": 80, "allowed_hosts": ["h"]},
            "auth": {"api_keys": ["one", {"name": "team", "key": "two"}]},
            "providers": [
                {"name": "anthropic", "api_key": "k", "timeout": "5m", "headers": {"a": "b"}, "verify": "/ca.pem"},
                {"name": "openai", "weight": 2, "body": {"deep": [1]}, "verify": False},
            ],
            "routes": [{"to": ["openai,gpt"], "when": [{"rule": "model", "matches": "x"}, "a:b"]}],
            "limits": {"max_body": "10 MB", "idle_timeout": "300ms", "keepalive": 7},
            "rate_limit": {"burst": 5},
            "compare": None,
            "middleware": [{"use": "pkg:Name", "option": 1}],
        }
    )
    assert config.auth.api_keys == (ApiKey("one", name="key-1"), ApiKey("two", name="team"))
    assert config.providers == (
        Provider(name="anthropic", api_key="k", timeout=300, headers={"a": "b"}, verify="/ca.pem"),
        Provider(name="openai", weight=2, body={"deep": [1]}, verify=False),
    )
    assert config.routes == (Route(name="route-1", to=["openai,gpt"], when=[{"rule": "model", "matches": "x"}, "a:b"]),)
    assert (config.limits.max_body, config.limits.idle_timeout, config.limits.keepalive) == (10_000_000, 0.3, 7)
    assert config.rate_limit is not None
    assert config.middleware == (Plugin(use="pkg:Name", options={"option": 1}),)


def provider(**more: Any) -> dict[str, Any]:
    return {"providers": [{"name": "openai", **more}]}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (5, "must be a table, not a number"),
        ({"modee": "x"}, "modee: unknown key (did you mean 'mode'?)"),
        ({"server": 5}, "server: must be a table, not a number"),
        ({"server": {"hostt": "x"}}, "server.hostt: unknown key (did you mean 'host'?)"),
        ({"server": {"port": "77"}}, "server.port: must be a whole number, not a string"),
        ({"server": {"port": True}}, "server.port: must be a whole number, not true or false"),
        ({"server": {"port": 1.5}}, "server.port: must be a whole number, not a number"),
        ({"server": {"host": None}}, "server.host: must be a string, not null"),
        ({"server": {"host": date(2026, 1, 1)}}, "server.host: must be a string, not a date"),
        ({"sticky": {"zzzz": 1}}, "sticky.zzzz: unknown key (known: ttl)"),
        ({"providers": {"a": 1}}, "providers: must be a list, not a table"),
        ({"providers": [5]}, "providers[0]: must be a table, not a number"),
        ({"providers": [{"kind": "openai"}]}, "providers[0].name: is required"),
        (provider(kindd="x"), "providers[0].kindd: unknown key (did you mean 'kind'?)"),
        (provider(kind="deepsek"), "providers[0].kind: unknown kind (did you mean 'deepseek'?)"),
        (provider(models="abc"), "providers[0].models: must be a list, not a string"),
        (provider(models=["a", 5]), "providers[0].models[1]: must be a string, not a number"),
        (provider(weight="77"), "providers[0].weight: must be a number, not a string"),
        (provider(enabled=1), "providers[0].enabled: must be true or false, not a number"),
        (provider(timeout=[1]), "providers[0].timeout: must be a duration, not a list"),
        (provider(verify=3), "providers[0].verify: must be true, false or a path, not a number"),
        (provider(headers=[1]), "providers[0].headers: must be a table, not a list"),
        (provider(headers={"a": 1}), "providers[0].headers.a: must be a string"),
        (provider(api_key=5), "providers[0].api_key: must be a string, not a number"),
        ({"auth": {"api_keys": [5]}}, "auth.api_keys[0]: must be a string or a table with name and key, not a number"),
        ({"auth": {"api_keys": [{"name": "x"}]}}, "auth.api_keys[0].key: is required"),
        ({"auth": {"api_keys": [""]}}, "auth.api_keys[0].key: is empty (write a key, or leave it out)"),
        ({"limits": {"max_body": False}}, "limits.max_body: must be a size, not true or false"),
        ({"routes": [{"to": ["x"], "when": [5]}]}, "routes[0].when[0]: must be a table or a string, not a number"),
        ({"middleware": [{}]}, "middleware[0].use: is required"),
        ({"middleware": [5]}, "middleware[0]: must be a table, not a number"),
        ({"routes": [{"to": ["x"]}]}, "routes[0].to[0]: no provider is named 'x' (none is known)"),
    ],
)
def test_a_problem_is_told_with_its_path(data: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_mapping(data)
    assert str(caught.value) == text


def test_all_problems_are_told_at_once_each_on_its_line_and_behind_the_source() -> None:
    data = {
        "modee": 1,
        "providers": [{"name": "a,b", "kindd": "x"}, {"name": "openai", "api_key": "${X}", "weight": 0}],
    }
    with pytest.raises(ConfigErrors) as caught:
        from_mapping(data, source="ccgate.toml")
    assert set(str(caught.value).splitlines()) == {
        "ccgate.toml: modee: unknown key (did you mean 'mode'?)",
        "ccgate.toml: providers[0].kindd: unknown key (did you mean 'kind'?)",
        "ccgate.toml: providers[1].api_key: the reference ${X} was not resolved (set X)",
        "ccgate.toml: providers[1].weight: must be a number above 0",
    }


def test_no_error_tells_a_key() -> None:
    key = "sk-0123456789abcdefgh"
    data = {"providers": [{"name": key + ",", "kind": "x", "api_key": key + "\n", "api_keys": [key], "base_url": key}]}
    with pytest.raises(ConfigError) as caught:
        from_mapping(data)
    assert key not in str(caught.value)


def test_an_error_of_our_own_making_is_not_taken_for_the_users() -> None:
    with pytest.raises(ZeroDivisionError):
        list(_problems(ZeroDivisionError(), ""))
