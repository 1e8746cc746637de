"""Somebody to talk to, said once and played two ways: on a socket, or as an ASGI application.

A *setting* opens with the replies to give (one per request, the last again and again) and yields a `Stage`: a
transport, the URL to ask, and what was asked. The checks of `ccgate.testing.transport` run in any setting.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
from attrs import field, frozen

from ccgate.testing.server import Line, forever, hold, request, serving
from ccgate.transport.asgi import App, AsgiTransport, Receive, SendMessage
from ccgate.transport.protocol import Headers, Transport

Piece = bytes | anyio.Event
"""Bytes that are sent at once, or an event that is waited for."""


@frozen(kw_only=True)
class Reply:
    """What is answered to one request."""

    status: int = 200
    headers: Headers = ()
    body: tuple[Piece, ...] = ()
    """On a socket each piece of bytes is one chunk, for an ASGI application one message."""
    silent: bool = False
    """The request is read, and never answered."""
    hanging: bool = False
    """The body never ends: nothing follows its last piece."""


@frozen(kw_only=True)
class Stage:
    """Where a check plays."""

    transport: Transport
    url: str
    requests: list[bytes] = field(repr=False)
    """One for each request that came, in one piece: head and body as on a socket."""
    asked: anyio.Event
    """Set when the first request has come."""
    left: Callable[[], Awaitable[None]]
    """Wait until the first caller has gone: its connection is closed, or its application has ended."""


Setting = Callable[..., AbstractAsyncContextManager[Stage]]
"""Called with `*replies: Reply`, one per request; the last is given again and again."""
Factory = Callable[[], AbstractAsyncContextManager[Transport]]


class _Turns:
    """Which reply is next; it does not depend on the connection."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self._replies = replies
        self._count = 0
        self.asked = anyio.Event()

    def take(self) -> Reply:
        self._count += 1
        self.asked.set()
        return self._replies[min(self._count, len(self._replies)) - 1]


def on_a_socket(factory: Factory) -> Setting:
    """The setting for transports that need a network; `factory` opens and closes the transport."""

    @asynccontextmanager
    async def setting(*replies: Reply) -> AsyncIterator[Stage]:
        turns = _Turns(replies)

        async def answer(line: Line) -> None:
            await request()(line)
            await _write(line, turns.take())

        async with serving([forever([answer])]) as server, factory() as transport:

            async def left() -> None:
                await server.closed()

            yield Stage(
                transport=transport, url=server.url + "/v1", requests=server.requests, asked=turns.asked, left=left
            )

    return setting


async def _write(line: Line, reply: Reply) -> None:
    if reply.silent:
        await hold()(line)
    bodyless = reply.status in (204, 304)
    framing = () if bodyless else ((b"transfer-encoding", b"chunked"),)
    head = b"".join(b"%s: %s\r\n" % pair for pair in (*reply.headers, *framing))
    await line.stream.send(b"HTTP/1.1 %d Said\r\n%s\r\n" % (reply.status, head))
    for piece in reply.body:
        if isinstance(piece, bytes):
            await line.stream.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        else:
            await piece.wait()
    if reply.hanging:
        await hold()(line)
    if not bodyless:
        await line.stream.send(b"0\r\n\r\n")


def in_process(make: Callable[[App], Transport] = AsgiTransport) -> Setting:
    """The setting for transports that ask an ASGI application."""

    @asynccontextmanager
    async def setting(*replies: Reply) -> AsyncIterator[Stage]:
        turns = _Turns(replies)
        requests: list[bytes] = []
        ended = anyio.Event()

        async def app(scope: MutableMapping[str, Any], receive: Receive, send: SendMessage) -> None:
            requests.append(await _request(scope, receive))
            try:
                await _tell(send, turns.take())
            finally:
                ended.set()

        transport = make(app)
        yield Stage(transport=transport, url="http://inside/v1", requests=requests, asked=turns.asked, left=ended.wait)
        await transport.close()

    return setting


async def _request(scope: MutableMapping[str, Any], receive: Receive) -> bytes:
    message = await receive()
    head = b"".join(b"%s: %s\r\n" % pair for pair in scope["headers"])
    return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (scope["method"].encode(), scope["raw_path"], head, message["body"])


async def _tell(send: SendMessage, reply: Reply) -> None:
    if reply.silent:
        await anyio.sleep_forever()
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    for piece in reply.body:
        if isinstance(piece, bytes):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        else:
            await piece.wait()
    if reply.hanging:
        await anyio.sleep_forever()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
