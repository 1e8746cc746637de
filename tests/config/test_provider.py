from __future__ import annotations

from typing import Any

import pytest

from ccgate.config import Provider
from ccgate.errors import ConfigError

KEY = "sk-0123456789abcdefgh"


def test_a_name_that_is_a_kind_says_all() -> None:
    provider = Provider(name="anthropic", api_key=KEY)
    assert (provider.kind, provider.base_url, provider.dialect) == (
        "anthropic",
        "https://api.anthropic.com",
        "anthropic",
    )
    assert provider.preset.vendor_key == "ANTHROPIC_API_KEY"


def test_what_is_given_wins_over_the_preset() -> None:
    provider = Provider(name="mine", kind="openai-compatible", base_url="http://127.0.0.1:8000/v1", timeout="2m")
    assert (provider.base_url, provider.dialect, provider.timeout) == ("http://127.0.0.1:8000/v1", "openai_chat", 120)
    assert provider.keys == ()


def test_keys_stand_in_their_written_order_and_are_never_shown() -> None:
    assert Provider(name="openai", api_key=KEY).keys == (KEY,)
    many = Provider(name="openai", api_keys=["one-0123456789", "two-0123456789"], headers={"x-key": "0123456789"})
    assert many.keys == ("one-0123456789", "two-0123456789")
    assert "0123456789" not in repr(many)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: is empty"),
    ({"name": 5}, "name: must be a string"),
    ({"name": "a,b"}, "name: must hold no comma, slash or space (`provider,model` is written so)"),
    ({"name": "a/b"}, "name: must hold no comma, slash or space (`provider,model` is written so)"),
    ({"name": "a b"}, "name: must hold no comma, slash or space (`provider,model` is written so)"),
    ({"kind": "deepsek"}, "kind: unknown kind (did you mean 'deepseek'?)"),
    ({"kind": None}, "kind: must be a string"),
    ({"kind": "openai-compatible"}, "base_url: is required for this kind (as in https://api.example.com/v1)"),
    ({"base_url": "ftp://h"}, "base_url: must begin with http:// or https:// (as in https://api.example.com/v1)"),
    ({"base_url": "h:80"}, "base_url: must begin with http:// or https:// (as in https://api.example.com/v1)"),
    ({"base_url": "https://"}, "base_url: names no host (as in https://api.example.com/v1)"),
    ({"base_url": "https://h:99999"}, "base_url: is not a URL (as in https://api.example.com/v1)"),
    ({"base_url": "https://["}, "base_url: is not a URL (as in https://api.example.com/v1)"),
    (
        {"base_url": "https://h/a b"},
        "base_url: holds a character that no URL can carry (as in https://api.example.com/v1)",
    ),
    ({"base_url": 5}, "base_url: must be a string"),
    ({"api_keys": ["a"]}, "api_keys: stands beside api_key (write one of the two)"),
    ({"api_key": ""}, "api_key: is empty (write a key, or leave it out)"),
    ({"api_key": None, "api_keys": ["a", "${B}"]}, "api_keys[1]: the reference ${B} was not resolved (set B)"),
    ({"models": [""]}, "models[0]: is empty"),
    ({"enabled": "yes"}, "enabled: must be true or false"),
    ({"weight": 0}, "weight: must be a number above 0"),
    ({"weight": float("inf")}, "weight: must be a number above 0"),
    ({"auth": "keys"}, "auth: must be one of key, passthrough, none (did you mean 'key'?)"),
    ({"headers": {"a": 5}}, "headers.a: must be a string"),
    ({"headers": ["a"]}, "headers: must be a table"),
    ({"body": []}, "body: must be a table"),
    ({"proxy": ""}, "proxy: is empty"),
    ({"verify": ""}, "verify: is empty"),
    ({"verify": 1}, "verify: must be true or false"),
    ({"timeout": 0}, "timeout: must be a number above 0"),
]


@pytest.mark.parametrize(("wrong", "text"), WRONG)
def test_a_value_that_cannot_be_used_is_told_with_its_place(wrong: dict[str, Any], text: str) -> None:
    right = {"name": "deepseek", "kind": "deepseek", "api_key": KEY, "proxy": "http://p", "verify": True, "timeout": 1}
    with pytest.raises(ConfigError) as caught:
        Provider(**(right | wrong))
    assert str(caught.value) == text


@pytest.mark.parametrize("url", ["https://u:secret1@h/v1", "https://h/v1?key=secret1", "https://h/#secret1"])
def test_a_base_url_that_may_hold_a_key_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="must hold no user, password, query or fragment") as caught:
        Provider(name="openai", base_url=url)
    assert "secret1" not in str(caught.value)


def test_a_name_that_is_no_kind_needs_one() -> None:
    with pytest.raises(ConfigError, match="kind: is required, because the name is not itself a kind"):
        Provider(name="mine")
