"""A caller and an upstream of one dialect see each other's bytes, and a caller that leaves takes its call with it.

Everything here runs on real sockets: two uvicorn servers, and a client that writes its bytes itself.
"""

from __future__ import annotations

import json
import socket
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount

from ccgate.testing.serve import serving
from upstreams import (
    BEGUN,
    FRAMES,
    KEY,
    PATIENCE,
    PROVIDER_KEY,
    Live,
    Recorder,
    Reply,
    between,
    endless,
    gateway_before,
    silent,
    stream,
)

DIALECTS = {
    "anthropic": ("anthropic", "/v1/messages", "/v1/messages"),
    "openai_chat": ("openai", "/v1/chat/completions", "/v1/chat/completions"),
}
both_dialects = pytest.mark.parametrize(("kind", "path", "asked"), DIALECTS.values(), ids=DIALECTS.keys())

ODD = (
    b'{ "messages" :[{"content":"caf\\u00e9 \\ud83d\\ude00 \\/ \\u0041 \xc3\xa9","role":"user" } ],\r\n\t'
    b'"x-unknown": {"b":1,"a":[1.0,1e5,-0.0,1E+2,12345678901234567890123,0.1000]},"model":"some-model" ,'
    b'"stream":%s,"max_tokens":  17,"metadata":{"user_id":"","k":null}, "":""} \n'
)

WHOLE = {
    "anthropic": b'{"type":"message" , "id":"m\\u0031","role":"assistant","model":"other","content":[{"type":"text",'
    b'"text":"\\ud83d\\ude00 hi","x":1.0}],"stop_reason":"end_turn","usage":{"output_tokens":1,"input_tokens":2}}\n',
    "openai_chat": b'{"object":"chat.completion" , "id":"c","choices":[{"message":{"content":"h\\u0069","role":'
    b'"assistant"},"finish_reason":"stop","index":0}],"usage":{"completion_tokens":1,"prompt_tokens":2},"y":1e3}',
}


class Client:
    """A client that writes and reads bytes."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._sock = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5)
        self._data = b""

    def ask(self, target: str, body: bytes, *headers: str) -> None:
        own = ("host: gateway", "content-type: application/json", f"content-length: {len(body)}")
        key = f"authorization: Bearer {KEY}"
        self._sock.sendall("\r\n".join((f"POST {target} HTTP/1.1", *own, key, *headers, "", "")).encode() + body)

    def until(self, mark: bytes) -> bytes:
        """Read to behind this mark."""
        while mark not in self._data:
            data = self._sock.recv(65536)
            assert data, f"closed before {mark!r} came: {self._data!r}"
            self._data += data
        found, _, self._data = self._data.partition(mark)
        return found + mark

    def head(self) -> tuple[int, dict[str, str]]:
        status, *lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        return int(status.split()[1]), dict(line.split(": ", 1) for line in lines if line)

    def body(self, headers: dict[str, str]) -> bytes:
        """All of the body, chunked or counted."""
        if "content-length" in headers:
            return self.counted(int(headers["content-length"]))
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self.counted(size)
            self.until(b"\r\n")
        return body

    def counted(self, size: int) -> bytes:
        while len(self._data) < size:
            data = self._sock.recv(65536)
            assert data
            self._data += data
        found, self._data = self._data[:size], self._data[size:]
        return found

    def close(self) -> None:
        self._sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@both_dialects
@pytest.mark.parametrize("streaming", [True, False])
def test_bodies_pass_byte_for_byte_both_ways(kind: str, path: str, asked: str, streaming: bool) -> None:
    name = next(name for name, row in DIALECTS.items() if row[0] == kind)
    reply = stream(*FRAMES[name]) if streaming else Reply(200, [WHOLE[name]])
    upstream = Recorder([reply])
    body = ODD % (b"true" if streaming else b"false")
    with between(upstream, kind) as url, Client(url) as client:
        client.ask(f"{path}?beta=true&x=%20%7E", body)
        status, headers = client.head()
        assert status == 200
        assert client.body(headers) == b"".join(reply.chunks)
    [seen] = upstream.seen
    assert seen.body == body
    assert seen.path == asked
    assert seen.query == b"beta=true&x=%20%7E"


@pytest.mark.parametrize("cut", [1, 7, 61])
def test_frames_that_come_in_pieces_pass_byte_for_byte(cut: int) -> None:
    data = b"".join(FRAMES["anthropic"])
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    with between(Recorder([stream(*pieces)]), "anthropic") as url, Client(url) as client:
        client.ask("/v1/messages", ODD % b"true")
        assert client.body(client.head()[1]) == data


def test_only_the_model_is_spliced_where_another_is_asked() -> None:
    upstream = Recorder([Reply(200, [WHOLE["anthropic"]])])
    body = ODD % b"false"
    with between(upstream, "anthropic", models=["claude-a"]) as url, Client(url) as client:
        client.ask("/v1/messages", body.replace(b'"some-model"', b'"upstream,claude-a"'))
        status, headers = client.head()
        client.body(headers)
    assert status == 200
    assert headers["x-ccgate-model"] == "claude-a"
    assert upstream.seen[0].body == body.replace(b'"some-model"', b'"claude-a"')


def test_headers_go_up_less_what_is_the_callers_own_and_come_down_less_what_is_the_providers_own() -> None:
    down = {
        "content-type": "application/json; charset=utf-8",
        "request-id": "req_1",
        "x-request-id": "req_2",
        "x-new": "new",
        "set-cookie": "a=b",
        "via": "1.1 cache",
        "cf-ray": "1",
        "anthropic-organization-id": "org",
        "anthropic-ratelimit-requests-remaining": "1",
        "openai-model": "other",
        "strict-transport-security": "max-age=1",
        "access-control-allow-origin": "*",
    }
    headers = tuple((name.encode(), value.encode()) for name, value in down.items())
    upstream = Recorder([Reply(200, [WHOLE["anthropic"]], headers)])
    sent = {
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "one-2025-01-01,two",
        "user-agent": "claude-cli/2",
        "x-claude-code-session-id": "s-1",
        "x-new": "new",
        "accept": "application/json",
        "accept-encoding": "gzip, br",
        "x-api-key": KEY,
        "cookie": "a=b",
        "x-forwarded-for": "10.0.0.1",
        "x-my-token": "t",
        "x-innocent": f"key={KEY}",
        "connection": "keep-alive, x-hop",
        "x-hop": "1",
    }
    with between(upstream, "anthropic") as url, Client(url) as client:
        client.ask("/v1/messages", ODD % b"false", *(f"{name}: {value}" for name, value in sent.items()))
        status, got = client.head()
        client.body(got)
    assert status == 200
    seen = upstream.seen[0]
    for name in (
        "anthropic-version",
        "anthropic-beta",
        "user-agent",
        "x-claude-code-session-id",
        "x-new",
        "accept",
    ):
        assert seen.header(name) == sent[name]
    for name in ("authorization", "cookie", "x-forwarded-for", "x-my-token", "x-innocent", "x-hop"):
        assert seen.header(name) is None
    assert seen.header("x-api-key") == PROVIDER_KEY
    assert seen.header("accept-encoding") == "identity"
    assert KEY not in str(seen.headers)
    assert {name for name in down if name in got} == {"content-type", "request-id", "x-request-id", "x-new"}
    assert got["x-ccgate-provider"] == "upstream"


@both_dialects
def test_an_upstreams_error_passes_as_it_said_it(kind: str, path: str, asked: str) -> None:
    body = b'{"type":"error", "error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8","new":1}}'
    upstream = Recorder([Reply(400, [body], [(b"content-type", b"application/json"), (b"request-id", b"req_9")])])
    with between(upstream, kind) as url, Client(url) as client:
        client.ask(path, ODD % b"true")
        status, headers = client.head()
        assert (status, headers["request-id"]) == (400, "req_9")
        assert client.body(headers) == body


def test_a_key_that_an_upstream_repeats_becomes_stars() -> None:
    body = json.dumps({"error": {"message": f"bad: {PROVIDER_KEY} of {KEY}"}}).encode()
    with between(Recorder([Reply(400, [body])]), "anthropic") as url, Client(url) as client:
        client.ask("/v1/messages", ODD % b"false")
        assert client.body(client.head()[1]) == b'{"error": {"message": "bad: *** of ***"}}'


PHASES: dict[str, tuple[bytes, bytes | None, dict[str, Live]]] = {
    "waiting for the head of a stream": (b"true", None, dict.fromkeys(DIALECTS, silent())),
    "waiting for the head of a whole reply": (b"false", None, dict.fromkeys(DIALECTS, silent())),
    "waiting for the first content": (b"true", None, {name: silent(BEGUN[name][0]) for name in DIALECTS}),
    "in a silent gap": (b"true", b"\xc3\xa9", {name: silent(*BEGUN[name]) for name in DIALECTS}),
    "in the middle of a stream": (
        b"true",
        b"\xc3\xa9",
        {name: endless(b"".join(BEGUN[name]), BEGUN[name][-1]) for name in DIALECTS},
    ),
    "in the middle of a whole reply": (
        b"false",
        b'{"part',
        dict.fromkeys(DIALECTS, silent(b'{"part":', content_type=b"application/json")),
    ),
}


@both_dialects
@pytest.mark.parametrize("phase", PHASES)
def test_a_caller_that_hangs_up_takes_its_call_with_it(kind: str, path: str, asked: str, phase: str) -> None:
    streaming, mark, live = PHASES[phase]
    upstream = Recorder([live["anthropic" if kind == "anthropic" else "openai_chat"]])
    with between(upstream, kind) as url:
        client = Client(url)
        client.ask(path, ODD % streaming)
        assert upstream.asked.get(timeout=PATIENCE).path == asked
        if mark is not None:
            assert client.head()[0] == 200
            client.until(mark)
        assert not upstream.gone.is_set()
        client.close()
        assert upstream.gone.wait(PATIENCE), "the upstream was not told"


@pytest.mark.parametrize("phase", [phase for phase in PHASES if "whole" not in phase])
def test_a_caller_of_another_dialect_that_hangs_up_takes_its_call_with_it(phase: str) -> None:
    _, mark, live = PHASES[phase]
    upstream = Recorder([live["openai_chat"]])
    question = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}'
    with between(upstream, "openai") as url:
        client = Client(url)
        client.ask("/v1/messages", question)
        upstream.asked.get(timeout=PATIENCE)
        if mark is not None:
            client.until(b"caf")
        assert not upstream.gone.is_set()
        client.close()
        assert upstream.gone.wait(PATIENCE), "the upstream was not told"


@pytest.mark.parametrize("phase", ["waiting for the head of a stream", "in a silent gap", "in the middle of a stream"])
def test_behind_a_hosts_middleware_a_hang_up_ends_the_call_all_the_same(phase: str) -> None:
    async def dispatch(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    streaming, mark, live = PHASES[phase]
    upstream = Recorder([live["anthropic"]])
    with serving(upstream) as upstream_url:
        gateway = gateway_before(upstream_url, "anthropic")
        host = Starlette(
            routes=[Mount("/llm", app=gateway)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)]
        )
        with serving(host) as url:
            client = Client(url)
            client.ask("/llm/v1/messages", ODD % streaming)
            upstream.asked.get(timeout=PATIENCE)
            if mark is not None:
                client.until(mark)
            client.close()
            assert upstream.gone.wait(PATIENCE), "the upstream was not told"
