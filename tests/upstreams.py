"""Upstreams for tests on real sockets: they keep what they were asked, and answer as told."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import anyio
from attrs import define, field, frozen

from ccgate import Auth, Config, Gateway, Provider
from ccgate.testing.serve import serving

PATIENCE = 2.0
"""Seconds within which an upstream must notice that its caller has gone."""
KEY = "sk-caller-0123456789"
PROVIDER_KEY = "sk-provider-0123456789"


@frozen(kw_only=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value.decode() for key, value in self.headers if key == name.encode()), None)

    def json(self) -> Any:
        return json.loads(self.body)


@frozen
class Reply:
    """One whole reply; each of `chunks` is sent by itself."""

    status: int = 200
    chunks: Sequence[bytes] = ()
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),)


def page(document: object, status: int = 200, **headers: str) -> Reply:
    """A JSON document."""
    more = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Reply(status, [json.dumps(document).encode()], [(b"content-type", b"application/json"), *more])


def stream(*frames: bytes) -> Reply:
    """Server-sent events."""
    return Reply(200, frames, [(b"content-type", b"text/event-stream")])


Live = Callable[[Any, Any], Awaitable[None]]


@define(eq=False)
class Recorder:
    """An ASGI app. Replies are given in order, the last again and again; a function plays its part itself."""

    replies: Sequence[Reply | Live]
    seen: list[Seen] = field(factory=list)
    asked: queue.Queue[Seen] = field(factory=queue.Queue)
    gone: threading.Event = field(factory=threading.Event)
    """A function of `replies` has noticed that its caller hung up."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        seen = Seen(
            method=scope["method"],
            path=scope["path"],
            raw_path=scope["raw_path"],
            query=scope["query_string"],
            headers=scope["headers"],
            body=body,
        )
        self.seen.append(seen)
        reply = self.replies[min(len(self.seen), len(self.replies)) - 1]
        self.asked.put(seen)
        if isinstance(reply, Reply):
            await give(reply, send)
        else:
            await reply(self.disconnect(receive), send)

    def disconnect(self, receive: Any) -> Callable[[], Awaitable[None]]:
        async def wait() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.gone.set()

        return wait


async def give(reply: Reply, send: Any) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    for chunk in reply.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def silent(*sent: bytes, content_type: bytes = b"text/event-stream") -> Live:
    """Send this much (nothing: not even a head), then wait until the caller hangs up."""

    async def play(disconnect: Any, send: Any) -> None:
        if sent:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})
        for chunk in sent:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await disconnect()

    return play


def endless(first: bytes, again: bytes) -> Live:
    """Send without end, as fast as the caller reads, until it hangs up."""

    async def play(disconnect: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async with anyio.create_task_group() as group:

            async def talk() -> None:
                with suppress(OSError):
                    while True:
                        await send({"type": "http.response.body", "body": again, "more_body": True})
                        await anyio.lowlevel.checkpoint()

            group.start_soon(talk)
            await disconnect()
            group.cancel_scope.cancel()

    return play


def gateway_before(url: str, kind: str, **more: Any) -> Gateway:
    """A gateway that asks this URL. `kind`: the provider's."""
    provider = Provider(name="upstream", kind=kind, base_url=url, api_key=PROVIDER_KEY, **more)
    return Gateway(Config(providers=[provider], auth=Auth(api_keys=[KEY])))


@contextmanager
def between(upstream: Any, kind: str, **more: Any) -> Iterator[str]:
    """The base URL of a gateway on a real server, which asks `upstream` on another."""
    with serving(upstream) as url, serving(gateway_before(url, kind, **more)) as gateway_url:
        yield gateway_url


FRAMES = {
    "anthropic": (
        (
            b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message",'
            b'"role":"assistant","model":"x","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":0}}}\n\n'
        ),
        b": a comment\n\n",
        b'event: ping\ndata: {"type": "ping"}\n\n',
        (
            b'event: content_block_start\r\ndata: {"type":"content_block_start","index":0,"content_block":'
            b'{"type":"text","text":""}}\r\n\r\n'
        ),
        (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta",'
            b'"text":"caf\\u00e9 \xc3\xa9"},"new":1.00}\n\n'
        ),
        b'event: from_the_future\ndata: {"type":"from_the_future"}\n\n',
        b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
        (
            b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
            b'"stop_sequence":null},"usage":{"output_tokens":3}}\n\n'
        ),
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ),
    "openai_chat": (
        b": OPENROUTER PROCESSING\n\n",
        (
            b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant",'
            b'"content":""}}]}\n\n'
        ),
        b'data: {"id":"c","choices":[{"delta":{"content":"caf\\u00e9 \xc3\xa9"},"index":0}] , "new":1.00}\r\n\r\n',
        b'data: {"id":"c","choices":[{"delta":{},"index":0,"finish_reason":"stop"}]}\n\n',
        b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":3}}\n\n',
        b"data: [DONE]\n\n",
    ),
}
"""One stream in each dialect, with what is odd and allowed: comments, CRLF, escapes, events and fields nobody knows."""

BEGUN = {"anthropic": FRAMES["anthropic"][:5], "openai_chat": FRAMES["openai_chat"][:3]}
"""The first frames of it, as far as its first content."""
