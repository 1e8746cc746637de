"""The table of "Who may call"."""

from __future__ import annotations

from typing import Any

import pytest

from ccgate.middleware.answers import answer
from ccgate.middleware.origin_guard import OriginGuard
from ccgate.testing import Answer, ask
from scripted import PATHS, in_dialect


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 200, {})


async def tried(
    method: str = "POST", *, guard: dict[str, Any], client: Any = ("127.0.0.1", 5), **headers: str
) -> Answer:
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    written = {"content-type": "application/json", **written}
    return await ask(OriginGuard(hello, **guard), method, "/v1/messages", headers=written, client=client)


LOCAL: dict[str, Any] = {"local_only": True}
KEYED: dict[str, Any] = {}
both = pytest.mark.parametrize("guard", [LOCAL, KEYED], ids=["without keys", "with keys"])


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.53", "::1", "::ffff:127.0.0.1", "::1%lo"])
async def test_without_keys_a_peer_on_loopback_may_call(peer: str):
    assert (await tried(guard=LOCAL, client=(peer, 5))).status == 200


@pytest.mark.parametrize(
    "peer",
    ["10.0.0.1", "192.168.1.5", "0.0.0.0", "::", "::ffff:10.0.0.1", "2001:db8::1", "localhost", "testclient", ""],
)
async def test_without_keys_no_other_peer_may(peer: str):
    got = await tried(guard=LOCAL, client=(peer, 5))
    assert got.status == 403
    assert "localhost" in got.json()["error"]["message"]


async def test_without_keys_a_caller_without_an_address_may_not():
    assert (await tried(guard=LOCAL, client=None)).status == 403


@pytest.mark.parametrize("peer", [("10.0.0.1", 5), None])
async def test_with_keys_the_peer_does_not_matter(peer):
    assert (await tried(guard=KEYED, client=peer)).status == 200


@pytest.mark.parametrize(
    "name",
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-real-ip"],
)
async def test_without_keys_nothing_that_came_through_a_proxy_is_taken(name: str):
    header = {name.replace("-", "_"): "127.0.0.1"}
    assert (await tried(guard=LOCAL, **header)).status == 403
    assert (await tried(guard=KEYED, **header)).status == 200


LOOPBACK_NAMES = ["localhost", "LOCALHOST", "localhost:3456", "127.0.0.1", "127.0.0.1:3456", "[::1]", "[::1]:3456"]
STRANGE_NAMES = [
    "evil.test",
    "evil.test:3456",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "localhost:x",
    "0.0.0.0",
    "::1",
    "[::2]",
    "",
    "localhost@evil.test",
]


@pytest.mark.parametrize("host", LOOPBACK_NAMES)
async def test_without_keys_the_host_is_a_name_of_loopback(host: str):
    assert (await tried(guard=LOCAL, host=host)).status == 200


@pytest.mark.parametrize("host", STRANGE_NAMES)
async def test_without_keys_no_other_host_will_do(host: str):
    assert (await tried(guard=LOCAL, host=host)).status == 403


@pytest.mark.parametrize("host", STRANGE_NAMES)
async def test_with_keys_the_host_is_not_checked(host: str):
    assert (await tried(guard=KEYED, host=host)).status == 200


@pytest.mark.parametrize("local_only", [True, False])
async def test_where_hosts_are_named_they_and_loopback_are_insisted_on(local_only: bool):
    guard = {"local_only": local_only, "allowed_hosts": ["Box.test"]}
    assert (await tried(guard=guard, host="box.test:99")).status == 200
    assert (await tried(guard=guard, host="localhost")).status == 200
    assert (await tried(guard=guard, host="evil.test")).status == 403


@both
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.test",
        "https://127.0.0.1:99",
        "http://localhost",
        "file://",
        "http://[",
        "chrome-extension://x",
    ],
)
async def test_a_foreign_or_null_origin_is_refused(origin: str, guard: dict[str, Any]):
    got = await tried(guard=guard, host="127.0.0.1:3456", origin=origin)
    assert got.status == 403
    assert in_dialect("anthropic", got.json())["type"] == "permission_error"


@both
async def test_a_null_origin_is_refused_where_no_host_is_named_too(guard: dict[str, Any]):
    assert (await tried(guard=guard, host="", origin="null")).status == 403


@both
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
async def test_a_foreign_origin_is_refused_whatever_the_method(method: str, guard: dict[str, Any]):
    assert (await tried(method, guard=guard, origin="http://evil.test")).status == 403


@both
async def test_a_page_of_the_same_origin_may_call(guard: dict[str, Any]):
    assert (await tried(guard=guard, host="localhost:3456", origin="http://LOCALHOST:3456")).status == 200


@both
@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_a_browser_says_where_its_page_is_from(site: str, status: int, guard: dict[str, Any]):
    assert (await tried(guard=guard, sec_fetch_site=site)).status == status


@both
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON ;charset=UTF-8", 200),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
async def test_a_body_is_declared_as_json(kind: str, status: int, guard: dict[str, Any]):
    got = await tried(guard=guard, content_type=kind)
    assert got.status == status


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_so_is_every_body(method: str):
    assert (await tried(method, guard=KEYED, content_type="text/plain")).status == 415


async def test_a_request_without_a_body_declares_nothing():
    assert (await tried("GET", guard=LOCAL, content_type="")).status == 200


@pytest.mark.parametrize(("dialect", "path"), PATHS.items())
async def test_refusals_are_in_the_callers_dialect(dialect: str, path: str):
    got = await ask(OriginGuard(hello), "POST", path)
    assert got.status == 415
    in_dialect(dialect, got.json())
    assert got.header("x-should-retry") == "false"


async def test_there_is_no_cors():
    got = await tried(guard=KEYED, host="localhost", origin="http://localhost")
    assert not [name for name, _ in got.headers if name.startswith(b"access-control-")]
