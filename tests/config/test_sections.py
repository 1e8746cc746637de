from __future__ import annotations

from collections.abc import Callable

import pytest

from ccgate.config import (
    ApiKey,
    Auth,
    CircuitBreakerOptions,
    Compare,
    Health,
    LedgerOptions,
    Limits,
    Modes,
    Plugin,
    RateLimitOptions,
    Server,
    StickyOptions,
    StoreOptions,
)
from ccgate.errors import ConfigError


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert (Server().host, Server().port) == ("127.0.0.1", 3456)
    assert Limits() == Limits(
        max_body="32MiB",
        max_concurrent=1000,
        connect_timeout="5s",
        first_byte_timeout="300s",
        idle_timeout="300s",
        keepalive="15s",
        head_after="30s",
        drain_timeout="30s",
        attempts=4,
    )
    assert StickyOptions().ttl == 300
    assert CircuitBreakerOptions(window="60s", open_for="30s") == CircuitBreakerOptions()
    assert Health().interval is None
    assert Health(interval="5m").interval == 300


def test_keys_are_given_as_texts_or_with_a_name_and_are_never_shown() -> None:
    auth = Auth(api_keys=["sk-0123456789abcdefgh", ApiKey("other-0123456789", name="team")])
    assert [(key.name, str(key.key)) for key in auth.api_keys] == [
        ("key-1", "sk-0123456789abcdefgh"),
        ("team", "other-0123456789"),
    ]
    assert "0123456789" not in repr(auth)


def test_a_url_that_may_hold_a_password_is_not_shown() -> None:
    assert "pw" not in repr((StoreOptions(url="redis://u:pw@h/0"), LedgerOptions(url="postgresql://u:pw@h/d")))


def test_a_port_of_zero_means_any_free_one() -> None:
    assert Server(port=0).port == 0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Server(host=""), "host: is empty"),
        (lambda: Server(port=65536), "port: must be between 0 and 65535, not 65536"),
        (lambda: Server(port=-1), "port: must be between 0 and 65535, not -1"),
        (lambda: Server(port=True), "port: must be a whole number"),
        (lambda: Server(port="80"), "port: must be a whole number"),
        (lambda: Server(allowed_hosts="h"), "a list is needed (write [...] around a single value)"),
        (lambda: Server(allowed_hosts=["a", ""]), "allowed_hosts[1]: is empty"),
        (lambda: Server(forward=["v1"]), "forward[0]: must be a path that begins with a slash (as in /v1/files)"),
        (lambda: Server(forward=["/"]), "forward[0]: must be a path that begins with a slash (as in /v1/files)"),
        (lambda: Auth(api_keys=[None]), "a key must be a string"),
        (lambda: Auth(api_keys=[""]), "key: is empty (write a key, or leave it out)"),
        (lambda: Auth(api_keys=5), "a list is needed (write [...] around a single value)"),
        (lambda: Auth(open=1), "open: must be true or false"),
        (lambda: Limits(max_body=0), "max_body: must be at least 1, not 0"),
        (lambda: Limits(attempts=0), "attempts: must be at least 1, not 0"),
        (lambda: Limits(idle_timeout=0), "idle_timeout: must be a number above 0"),
        (lambda: CircuitBreakerOptions(ratio=1.5), "ratio: must be at most 1"),
        (lambda: CircuitBreakerOptions(ratio=0), "ratio: must be a number above 0"),
        (
            lambda: RateLimitOptions(by="adress"),
            "by: must be one of principal, key, address, route (did you mean 'address'?)",
        ),
        (lambda: RateLimitOptions(by=5), "by: must be a string"),
        (lambda: RateLimitOptions(by="?"), "by: must be one of principal, key, address, route"),
        (lambda: RateLimitOptions(tokens_per_minute=0), "tokens_per_minute: must be at least 1, not 0"),
        (lambda: Compare(to=""), "to: is empty"),
        (lambda: Compare(to=3), "to: must be a string"),
        (lambda: Modes(anthropic=""), "anthropic: is empty"),
        (lambda: StoreOptions(url="mysql://"), "url: must begin with one of memory://, redis://, rediss://"),
        (lambda: LedgerOptions(url=""), "url: is empty"),
        (lambda: Health(interval=0), "interval: must be a number above 0"),
        (lambda: Plugin(use="pkg.mod"), "use: names no object (as in pkg.mod:Name or ./file.py:Name)"),
        (lambda: Plugin(use=":Name"), "use: names no object (as in pkg.mod:Name or ./file.py:Name)"),
        (lambda: Plugin(use=5), "use: names no object (as in pkg.mod:Name or ./file.py:Name)"),
        (lambda: Plugin(use="a:b", options=5), "options: must be a table"),
        (lambda: Plugin(use="a:b", options={1: 2}), "options: must be a string"),
        (lambda: Server(host="", port=-1), "host: is empty\nport: must be between 0 and 65535, not -1"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_place(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value) == text


def test_a_plug_in_may_be_a_file_or_an_attribute_of_an_attribute() -> None:
    assert Plugin(use="./mine.py:Thing", options={"a": 1}).options == {"a": 1}
    assert Plugin(use="pkg.mod:Outer.Inner").use == "pkg.mod:Outer.Inner"
    assert RateLimitOptions(tokens_per_minute=5, by="key").by == "key"
    assert Modes(anthropic="a").anthropic == "a"
    assert Server(allowed_hosts=["a"], forward=["/v1/files"]).forward == ("/v1/files",)
