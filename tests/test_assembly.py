"""From a configuration to the parts."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from ccgate import Auth, Config, Gateway, Limits, Provider, Route
from ccgate.assembly import certificates, default_transport, providers, routes
from ccgate.store import MemoryStore
from ccgate.testing import ScriptedReply, ScriptedTransport, ask
from ccgate.transport import Transport

JSON_PAGE = ((b"content-type", b"application/json"),)
QUESTION = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}


def provider(**more: Any) -> Provider:
    return Provider(**{"name": "anthropic", "api_key": "sk-provider-0123456789", **more})


def test_providers_with_the_same_proxy_and_certificates_share_a_transport() -> None:
    made: dict[tuple[str, str], Transport] = {}
    first = default_transport(made, provider())
    assert default_transport(made, provider(name="other", kind="openai")) is first
    assert default_transport(made, provider(proxy="http://127.0.0.1:1")) is not first
    assert default_transport(made, provider(verify=False)) is not first
    assert len(made) == 3


def test_certificates_are_checked_against_the_authorities_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    context = certificates(str(path))
    assert isinstance(context, ssl.SSLContext)
    assert len(context.get_ca_certs()) == 1
    assert certificates(verify=True) is True
    assert certificates(verify=False) is False


def test_a_provider_has_a_member_for_each_key_and_one_where_there_is_none() -> None:
    config = Config(
        providers=[
            provider(name="two", kind="anthropic", api_key=None, api_keys=["sk-a", "sk-b"]),
            provider(name="none", kind="anthropic", api_key=None),
            provider(name="off", kind="anthropic", enabled=False),
        ]
    )
    served = providers(config, lambda _: ScriptedTransport())
    assert [(each.name, [member.key for member in each.members]) for each in served] == [
        ("two", ["key-1", "key-2"]),
        ("none", ["key-1"]),
    ]


def test_a_route_asks_who_is_enabled_and_is_left_out_when_nobody_is() -> None:
    config = Config(
        providers=[provider(), provider(name="off", kind="anthropic", enabled=False)],
        routes=[
            Route(name="gone", to=["off"]),
            Route(name="left", to=["off,x", "anthropic,y"], select="ordered", on_loss="refuse"),
        ],
    )
    served = providers(config, lambda _: ScriptedTransport())
    [route] = routes(config, served, MemoryStore())
    assert (route.name, route.pool.select) == ("left", "ordered")
    [member] = route.pool.members
    assert (member.provider, member.model, member.on_loss) == ("anthropic", "y", "refuse")


@pytest.mark.parametrize("auth", ["key", "none"])
async def test_headers_query_and_times_of_the_configuration_reach_the_network(auth: str) -> None:
    transport = ScriptedTransport([ScriptedReply(200, JSON_PAGE, (b"{}",))])
    asked = provider(
        auth=auth,
        base_url="http://127.0.0.1:1/base",
        headers={"X-Team": "blue", "anthropic-beta": "ours"},
        query={"version": "2 b"},
        timeout="7s",
    )
    limits = Limits(connect_timeout="3s", idle_timeout="9s")
    gateway = Gateway(Config(providers=[asked], limits=limits, auth=Auth(open=True)), transport=transport)
    headers = {"anthropic-beta": "theirs"}
    await ask(gateway, path="/v1/messages", body=QUESTION, headers=headers, query=b"beta=true")
    [sent] = transport.sent
    assert sent.url == "http://127.0.0.1:1/base/v1/messages?beta=true&version=2+b"
    assert (sent.connect_timeout, sent.first_byte_timeout, sent.idle_timeout) == (3.0, 7.0, 9.0)
    shown = dict(sent.headers)
    assert (shown[b"x-team"], shown[b"anthropic-beta"]) == (b"blue", b"ours")
    assert (b"x-api-key" in shown) == (auth == "key")
