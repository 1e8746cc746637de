"""What a gateway refuses, each time in the dialect of whoever asked."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from ccgate import ApiKey, Auth, Call, Gateway, Limits, Server
from ccgate import Route as CcgateRoute
from ccgate.testing import ScriptedTransport, ask
from ccgate.testing.serve import serving
from gateways import BODIES, CALLER, MESSAGES, PATHS, both_dialects, config, demo, error, gateway, provider
from upstreams import KEY

MODELS = [provider(models=["claude-a", "claude-b"])]


@both_dialects
async def test_a_path_that_nobody_serves_is_404_and_names_what_is(dialect: str) -> None:
    answer = await ask(gateway(), path=PATHS[dialect] + "/batches", body=BODIES[dialect], headers=CALLER)
    assert answer.status == 404
    message = error(answer, dialect)["message"]
    for path in (*PATHS.values(), "/v1/models", "/v1/messages/count_tokens"):
        assert path in message


@both_dialects
async def test_a_model_that_nobody_serves_is_404_and_names_the_known(dialect: str) -> None:
    route = CcgateRoute(when=[{"rule": "model", "matches": "small"}], to=["anthropic,claude-a"])
    app = gateway(providers=MODELS, routes=[route])
    answer = await ask(app, path=PATHS[dialect], body={**BODIES[dialect], "model": "gpt-x"}, headers=CALLER)
    assert answer.status == 404
    message = error(answer, dialect)["message"]
    assert "gpt-x" in message
    assert "small, claude-a, claude-b" in message


@both_dialects
@pytest.mark.parametrize("headers", [{}, {"x-api-key": "sk-wrong"}, {"authorization": "Basic abc"}])
async def test_a_caller_without_the_key_is_401(dialect: str, headers: dict[str, str]) -> None:
    answer = await ask(gateway(), path=PATHS[dialect], body=BODIES[dialect], headers=headers)
    assert answer.status == 401
    assert answer.header("x-should-retry") == "false"
    assert error(answer, dialect)["type"] in {"authentication_error", "invalid_request_error"}
    assert "sk-wrong" not in answer.body.decode()


@pytest.mark.parametrize("header", ["x-api-key", "x-goog-api-key"])
async def test_the_key_may_come_in_several_headers_and_a_wrong_one_beside_it_does_no_harm(header: str) -> None:
    headers = {header: KEY, "authorization": "Bearer sk-something-else"}
    assert (await ask(gateway(), path="/v1/messages", body=MESSAGES, headers=headers)).status == 200


async def test_the_middleware_sees_the_name_of_the_key() -> None:
    seen: list[str | None] = []

    def watch(app: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            seen.append(Call.of(scope).principal)
            await app(scope, receive, send)

        return wrapped

    app = Gateway(config(auth=Auth(api_keys=[ApiKey(KEY, name="ann")])), transport=demo(), middleware=[watch])
    await ask(app, path="/v1/messages", body=MESSAGES, headers=CALLER)
    assert seen == ["ann"]


@pytest.mark.parametrize("client", [("10.0.0.9", 1), None])
async def test_without_keys_only_this_machine_may_call(client: Any) -> None:
    app = gateway(auth=Auth())
    assert (await ask(app, path="/v1/messages", body=MESSAGES)).status == 200
    answer = await ask(app, path="/v1/messages", body=MESSAGES, client=client)
    assert answer.status == 403
    assert error(answer, "anthropic")["type"] == "permission_error"


async def test_a_host_that_authenticates_itself_opens_the_gateway() -> None:
    app = gateway(auth=Auth(open=True))
    answer = await ask(app, path="/v1/messages", body=MESSAGES, client=("10.0.0.9", 1), server=("gw.example", 443))
    assert answer.status == 200


async def test_only_the_allowed_hosts_are_answered_where_they_are_set() -> None:
    app = gateway(server=Server(allowed_hosts=["gw.example"]))
    for name, status in (("gw.example", 200), ("other.example", 403)):
        answer = await ask(app, path="/v1/messages", body=MESSAGES, headers=CALLER, server=(name, 443))
        assert answer.status == status


BAD = {
    "no JSON": b"hello",
    "nothing": b"",
    "no object": b"[]",
    "not UTF-8": b'{"model":"\xff"}',
    "no number": b'{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":NaN}',
    "a key twice": b'{"model":"m","model":"n","messages":[{"role":"user","content":"x"}],"max_tokens":1}',
    "no model": b'{"messages":[{"role":"user","content":"x"}],"max_tokens":1}',
    "an odd model": b'{"model":"a\\nb","messages":[{"role":"user","content":"x"}],"max_tokens":1}',
    "a long model": b'{"model":"' + b"m" * 257 + b'","messages":[{"role":"user","content":"x"}],"max_tokens":1}',
    "no messages": b'{"model":"m","max_tokens":1}',
    "empty messages": b'{"model":"m","messages":[],"max_tokens":1}',
    "messages of a wrong type": b'{"model":"m","messages":"x","max_tokens":1}',
    "too deep": b'{"model":"m","messages":' + b"[" * 101 + b"]" * 101 + b',"max_tokens":1}',
}


@both_dialects
@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_a_bad_body_is_400_and_no_provider_is_asked(dialect: str, body: bytes) -> None:
    transport = ScriptedTransport()
    app = Gateway(config(), transport=transport)
    headers = {**CALLER, "content-type": "application/json"}
    answer = await ask(app, path=PATHS[dialect], body=body, headers=headers)
    assert answer.status == 400
    assert error(answer, dialect)["type"] == "invalid_request_error"
    assert transport.exchanges == []


@both_dialects
async def test_a_body_that_is_not_declared_as_json_is_415(dialect: str) -> None:
    headers = {**CALLER, "content-type": "text/plain"}
    answer = await ask(gateway(), path=PATHS[dialect], body=json.dumps(BODIES[dialect]).encode(), headers=headers)
    assert answer.status == 415
    error(answer, dialect)


@both_dialects
async def test_another_method_is_405(dialect: str) -> None:
    answer = await ask(gateway(), "GET", PATHS[dialect], headers=CALLER)
    assert answer.status == 405
    assert "POST" in error(answer, dialect)["message"]


@both_dialects
async def test_a_web_page_of_another_origin_is_refused(dialect: str) -> None:
    headers = {**CALLER, "origin": "https://evil.example"}
    answer = await ask(gateway(), path=PATHS[dialect], body=BODIES[dialect], headers=headers)
    assert answer.status == 403
    error(answer, dialect)


async def test_a_websocket_is_told_to_come_as_a_post() -> None:
    async def opened(extensions: dict[str, Any]) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": "/v1/responses", "headers": [], "extensions": extensions}
        await gateway()(scope, receive, send)
        return sent

    start, _ = await opened({"websocket.http.response": {}})
    assert start["status"] == 426
    assert await opened({}) == [{"type": "websocket.close", "code": 1008}]


# On a real socket


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5)


def request_head(path: str, *lines: str) -> bytes:
    own = (f"authorization: Bearer {KEY}", "content-type: application/json", "host: 127.0.0.1")
    return "\r\n".join((f"POST {path} HTTP/1.1", *own, *lines, "", "")).encode()


def whole_reply(sock: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and document of a reply with a content-length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += read(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < lengths[0]:
        body += read(sock)
    return int(head.split()[1]), json.loads(body)


def read(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    assert data, "the connection was closed before the whole reply came"
    return data


UPLOADS = {
    "content-length": ("content-length: 4000000", [b" " * 40000] * 100),
    "chunked": ("transfer-encoding: chunked", [b"9c40\r\n" + b" " * 40000 + b"\r\n"] * 100 + [b"0\r\n\r\n"]),
}


@both_dialects
@pytest.mark.parametrize("framing", UPLOADS)
def test_a_413_can_be_read_while_the_upload_goes_on_and_after_it(dialect: str, framing: str) -> None:
    line, pieces = UPLOADS[framing]
    app = gateway(limits=Limits(max_body=10_000))
    with serving(app) as url:
        for before in (1, len(pieces)):
            with connect(url) as sock:
                sock.sendall(request_head(PATHS[dialect], line))
                for piece in pieces[:before]:
                    sock.sendall(piece)
                status, document = whole_reply(sock)
                for piece in pieces[before:]:
                    sock.sendall(piece)
                assert sock.recv(1) == b"", "the connection is closed behind the answer"
            assert status == 413
            assert "10000 bytes" in document["error"]["message"]
            assert ("type" in document) == (dialect == "anthropic")


@both_dialects
@pytest.mark.parametrize("framing", UPLOADS)
def test_a_401_can_be_read_behind_a_whole_upload_and_the_connection_goes_on(dialect: str, framing: str) -> None:
    line, pieces = UPLOADS[framing]
    with serving(gateway()) as url, connect(url) as sock:
        for _ in range(2):
            sock.sendall(request_head(PATHS[dialect], line).replace(KEY.encode(), b"sk-wrong"))
            for piece in pieces:
                sock.sendall(piece)
            assert whole_reply(sock)[0] == 401


def test_a_websocket_upgrade_over_http_is_426() -> None:
    lines = ("upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13", "sec-websocket-key: eA==")
    with serving(gateway()) as url, connect(url) as sock:
        sock.sendall(request_head("/v1/responses", *lines).replace(b"POST", b"GET"))
        assert sock.recv(65536).startswith(b"HTTP/1.1 426")
