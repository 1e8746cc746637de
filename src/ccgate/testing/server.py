"""A server whose every byte is scripted, on a real socket.

A script is what one connection does, step by step; behind its last step the connection is closed. The n-th connection
plays the n-th script, later ones the last::

    async with serving([request(), send(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok")]) as server:
        ...                      # ask server.url
        server.requests          # every request as it came, to the byte

A peer that hangs up ends the script; that is no error. The server runs on asyncio and trio.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream
from attrs import define, field

_HUNG_UP = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError, OSError)


@define(eq=False)
class Line:
    """One connection that was made."""

    server: ScriptedServer
    stream: ByteStream
    received: bytearray = field(factory=bytearray, repr=False)
    """All bytes that came (decrypted), less those of whole requests."""
    closed: anyio.Event = field(factory=anyio.Event)
    """The script is over: it was played to its end, or the peer hung up."""

    async def more(self) -> None:
        """Wait for bytes. Raises `anyio.EndOfStream` when the peer has closed."""
        self.received += await self.stream.receive()


Step = Callable[[Line], Awaitable[None]]
Script = Sequence[Step]


@define(eq=False)
class ScriptedServer:
    """What `serving` gives."""

    url: str
    """`http://127.0.0.1:port` or `https://localhost:port`, without a slash."""
    scripts: Sequence[Script] = field(repr=False)
    requests: list[bytes] = field(factory=list, repr=False)
    """Every whole request that a `request()` step has read, head and body."""
    lines: list[Line] = field(factory=list)
    """Every connection, in order."""

    _accepted: anyio.Event = field(factory=anyio.Event, init=False, repr=False)

    async def closed(self, number: int = 0) -> None:
        """Wait until that connection was made and is over."""
        while len(self.lines) <= number:
            await self._accepted.wait()
        await self.lines[number].closed.wait()

    async def accept(self, stream: SocketStream, tls: ssl.SSLContext | None) -> None:
        """Play the next script on this connection."""
        line = Line(self, stream)
        self.lines.append(line)
        script = self.scripts[min(len(self.lines), len(self.scripts)) - 1]
        self._accepted.set()
        self._accepted = anyio.Event()
        try:
            with suppress(*_HUNG_UP):
                if tls is not None:
                    line.stream = await TLSStream.wrap(
                        stream, server_side=True, ssl_context=tls, standard_compatible=False
                    )
                for step in script:
                    await step(line)
                await line.stream.aclose()
        finally:
            await anyio.aclose_forcefully(stream)
            line.closed.set()


@asynccontextmanager
async def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """A server on a free port of 127.0.0.1, gone at the end of the block. `tls`: a server's context."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)  # noqa: S610 not Django's
    server = ScriptedServer(f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}", scripts)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, partial(server.accept, tls=tls))
        yield server
        group.cancel_scope.cancel()


def request() -> Step:
    """Read one whole request (its body by content-length) and keep it in `requests`."""

    async def step(line: Line) -> None:
        while (end := line.received.find(b"\r\n\r\n")) < 0:
            await line.more()
        end += 4
        for header in bytes(line.received[:end]).lower().split(b"\r\n"):
            name, _, value = header.partition(b":")
            if name == b"content-length":
                end += int(value)
        while len(line.received) < end:
            await line.more()
        line.server.requests.append(bytes(line.received[:end]))
        del line.received[:end]

    return step


def send(data: bytes) -> Step:
    """Send these bytes."""

    async def step(line: Line) -> None:
        await line.stream.send(data)

    return step


def wait(event: anyio.Event) -> Step:
    """Do nothing until the event is set."""

    async def step(_line: Line) -> None:
        await event.wait()

    return step


def hold() -> Step:
    """Say nothing until the peer hangs up."""

    async def step(line: Line) -> None:
        while True:
            await line.more()

    return step


def reset() -> Step:
    """Break the connection with a RST."""

    async def step(line: Line) -> None:
        linger = struct.pack("ii", 1, 0)
        raw = line.stream.extra(SocketAttribute.raw_socket)  # noqa: S610 not Django's
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        await line.stream.aclose()

    return step


def forever(script: Script) -> Step:
    """Play the script again and again."""

    async def step(line: Line) -> None:
        while True:
            for inner in script:
                await inner(line)

    return step
