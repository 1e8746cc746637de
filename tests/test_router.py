"""Which pool answers a call."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate.call import Call
from ccgate.errors import RequestRefused
from ccgate.middleware.pool import Member, Pool
from ccgate.router import BoundRoute, Router, Served
from ccgate.rules import Model, Never


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    """An app that is never asked here."""


def served(name: str, dialect: str = "anthropic", models: tuple[str, ...] = (), keys: int = 1) -> Served:
    members = [Member(provider=name, key=f"key-{n}", app=nowhere) for n in range(1, keys + 1)]
    return Served(name=name, dialect=dialect, models=models, members=members)


def route(name: str, *rules: Any) -> BoundRoute:
    return BoundRoute(name=name, rules=rules, pool=Pool(members=served(name).members, route=name))


def call(model: str, path: str = "/v1/messages") -> Call:
    made = Call.of({"type": "http", "path": path, "headers": []})
    made.model = model
    return made


def asked(pool: Pool) -> list[str]:
    return [member.provider + (f",{member.model}" if member.model else "") for member in pool.members]


LISTING = served("listing", "openai_chat", ("gpt-5.5", "shared"))
SAME = served("same", "anthropic", ("claude-x", "shared"))
OPEN = served("open", "openai_chat")


@pytest.mark.parametrize(
    ("model", "path", "expected"),
    [
        ("gpt-5.5", "/v1/messages", ["listing", "same", "open"]),
        ("claude-x", "/v1/messages", ["same", "open"]),
        ("unheard-of", "/v1/messages", ["same", "open"]),
        ("unheard-of", "/v1/chat/completions", ["listing", "open"]),
        ("shared", "/v1/chat/completions", ["listing", "same", "open"]),
    ],
)
def test_without_routes_those_that_list_the_model_or_none_or_speak_the_dialect_are_asked(model, path, expected):
    router = Router(providers=[LISTING, SAME, OPEN])
    assert asked(router.choose(call(model, path))) == expected


def test_all_keys_of_a_provider_are_members():
    router = Router(providers=[served("many", keys=3)])
    assert [member.key for member in router.choose(call("m")).members] == ["key-1", "key-2", "key-3"]


def test_the_first_route_whose_rules_all_hold_is_taken():
    router = Router(
        providers=[LISTING],
        routes=[
            route("never", Never("x")),
            route("both", Model("*haiku*"), Model("claude*")),
            route("haiku", Model("*haiku*")),
            route("always"),
        ],
    )
    assert router.choose(call("claude-haiku")).route == "both"
    assert router.choose(call("my-haiku")).route == "haiku"
    assert router.choose(call("else")).route == "always"


def test_when_no_route_holds_only_providers_that_list_the_model_are_asked():
    router = Router(providers=[LISTING, SAME, OPEN], routes=[route("haiku", Model("*haiku*"))])
    assert asked(router.choose(call("shared"))) == ["listing", "same"]
    with pytest.raises(RequestRefused) as refused:
        router.choose(call("unheard-of"))
    assert refused.value.status == 404


def test_nobody_serving_the_model_is_a_404_that_names_the_known_models():
    router = Router(providers=[LISTING])
    with pytest.raises(RequestRefused) as refused:
        router.choose(call("opus"))
    assert (refused.value.status, refused.value.kind, refused.value.code) == (404, "not_found", "model_not_found")
    assert "'opus'" in refused.value.message
    assert "gpt-5.5, shared" in refused.value.message
    with pytest.raises(RequestRefused, match="none are listed"):
        Router(providers=[]).choose(call("opus"))


@pytest.mark.parametrize("model", ["open,some/model", "open/some/model", "open , some/model"])
def test_a_model_named_with_its_provider_goes_there_past_all_routes(model: str):
    router = Router(providers=[LISTING, OPEN], routes=[route("always")], attempts=2)
    pool = router.choose(call(model))
    assert asked(pool) == ["open,some/model"]
    assert (pool.route, pool.attempts) == (None, 2)


def test_a_slash_in_a_model_is_no_provider_unless_it_is_configured():
    router = Router(providers=[served("p", models=("meta/llama",))])
    assert asked(router.choose(call("meta/llama"))) == ["p"]


def test_an_unknown_provider_before_a_comma_is_a_404_that_names_the_known_ones():
    with pytest.raises(RequestRefused) as refused:
        Router(providers=[LISTING, OPEN]).choose(call("nobody,m"))
    assert refused.value.status == 404
    assert "listing, open" in refused.value.message
    with pytest.raises(RequestRefused, match="known: none"):
        Router(providers=[]).choose(call("nobody,m"))


def test_nothing_behind_the_comma_is_a_400():
    with pytest.raises(RequestRefused) as refused:
        Router(providers=[OPEN]).choose(call("open,"))
    assert refused.value.status == 400


def test_the_models_are_those_of_the_rules_without_globs_then_the_providers_own():
    rules = [route("a", Model("alias"), Model("*haiku*"), Never("x")), route("b", Model("shared"), Model("cl?ude"))]
    assert Router(providers=[LISTING, SAME], routes=rules).models == ("alias", "shared", "gpt-5.5", "claude-x")
    assert Router(providers=[]).models == ()
