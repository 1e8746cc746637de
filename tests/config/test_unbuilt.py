from __future__ import annotations

import pytest

from ccgate.config import Config, from_mapping

ANTHROPIC = {"providers": [{"name": "anthropic", "api_key": "k"}]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sticky": {"ttl": "1m"}}, []),
        ({"server": {"forward": ["/v1/files"]}}, ["server.forward"]),
        ({"circuit_breaker": {"failures": 2}}, ["circuit_breaker"]),
        ({"rate_limit": {}}, ["rate_limit"]),
        (ANTHROPIC | {"mode": "compare", "compare": {"to": "anthropic"}}, ["mode 'compare'", "compare"]),
        ({"modes": {"allow_anthropic_only": True}}, ["modes"]),
        ({"health": {"interval": "1m"}}, ["health"]),
        ({"limits": {"max_concurrent": 5, "attempts": 2}}, ["limits.max_concurrent"]),
        ({"limits": {"keepalive": 5, "head_after": 2}}, ["limits.keepalive", "limits.head_after"]),
        ({"store": {"url": "redis://h/0"}, "ledger": {"url": "sqlite:///x"}}, ["store.url", "ledger.url"]),
        (
            ANTHROPIC | {"routes": [{"to": ["anthropic"], "when": [{"rule": "tokens", "above": 1}, "a:b"]}]},
            ["routes[0].when[0]: rule 'tokens'", "routes[0].when[1]: rule 'a:b'"],
        ),
        (
            ANTHROPIC | {"routes": [{"to": ["anthropic"], "select": "fastest"}]},
            ["routes[0].select: 'fastest'"],
        ),
        ({"providers": [{"name": "openai", "overrides": {"a": 1}}]}, ["providers[0].overrides"]),
        (
            {"providers": [{"name": "openai", "body": {"a": 1}, "model_map": {"a": "b"}, "weight": 2}]},
            ["providers[0].body", "providers[0].model_map", "providers[0].weight"],
        ),
        ({"providers": [{"name": "openai", "auth": "passthrough"}]}, ["providers[0].auth: 'passthrough'"]),
    ],
)
def test_what_has_no_effect_yet_is_told(data: dict[str, object], said: list[str]) -> None:
    suffix = " is accepted, and has no effect in this version"
    assert from_mapping(data).warnings() == tuple(text + suffix for text in said)


@pytest.mark.parametrize(
    "data",
    [
        {"sticky": {"ttl": "5m"}, "health": {}, "modes": {}, "store": {}},
        ANTHROPIC | {"routes": [{"to": ["anthropic"], "when": [{"rule": "model", "matches": "*"}]}]},
        {"middleware": [{"use": "a:b"}], "observers": [{"use": "a:b", "x": 1}], "server": {"port": 1}},
    ],
)
def test_what_works_or_says_the_default_is_not_told(data: dict[str, object]) -> None:
    assert from_mapping(data).warnings() == ()
    assert Config().warnings() == ()
