"""The transport to an ASGI application in the same process: no socket, the same contract.

The application runs in a bare task beside the exchange, one message of its reply at a time: a `send` waits until the
message before it was taken. Lifespan is not run. When the exchange is aborted, or closed before the reply was read to
its end, the application is told `http.disconnect`, its `send` raises `OSError`, and it is cancelled. An application
that has answered in full may finish what it does behind its answer, for one second.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio
from anyio.lowlevel import checkpoint

from ccgate.errors import ConnectionLost, TransportError
from ccgate.tasks import spawn
from ccgate.transport.failures import Phase, late, origin_of
from ccgate.transport.guard import Guard
from ccgate.transport.inflate import Inflate, inflating
from ccgate.transport.protocol import Exchange, Head, Outbound

log = logging.getLogger("ccgate")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
SendMessage = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, SendMessage], Awaitable[None]]

_CLOSE_SECONDS = 1.0
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})


class AsgiTransport:
    """Asks `app`. `max_decoded`: the most bytes a compressed reply may grow to; default 64 MiB."""

    def __init__(self, app: App, *, max_decoded: int = 64 * 2**20) -> None:
        self._app = app
        self._max_decoded = max_decoded

    def exchange(self, outbound: Outbound) -> Exchange:
        """A new exchange. Nothing is asked before its `head()`."""
        return AsgiExchange(self._app, outbound, self._max_decoded)

    async def close(self) -> None:
        """Nothing is kept."""
        await checkpoint()


class _Conversation:
    """Both ends of one call of the application; it knows nothing of the exchange."""

    def __init__(self, app: App, outbound: Outbound) -> None:
        self._app = app
        self._scope = _scope(outbound)
        self._body: bytes | None = outbound.body
        self._slot: Message | None = None
        self._put = anyio.Event()
        self._taken = anyio.Event()
        self._gone = anyio.Event()
        self.finished = anyio.Event()
        self.error: Exception | None = None

    async def run(self) -> None:
        """The application, from its start to its end."""
        try:
            await self._app(self._scope, self._receive, self._send)
        finally:
            self.finished.set()
            self._put.set()

    def fail(self, error: Exception) -> None:
        """The application raised."""
        if self._gone.is_set():
            log.debug("an application failed after its caller was gone", exc_info=error)
        self.error = error

    def hang_up(self) -> None:
        """From now on the application sees a caller that is gone."""
        self._gone.set()
        self._taken.set()

    async def take(self) -> Message | None:
        """The next message of the reply, or None when the application has ended without one."""
        await self._put.wait()
        message, self._slot = self._slot, None
        if message is not None and not self.finished.is_set():
            self._put = anyio.Event()
        taken, self._taken = self._taken, anyio.Event()
        taken.set()
        return message

    async def _receive(self) -> Message:
        body, self._body = self._body, None
        if body is not None:
            await checkpoint()
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        while self._slot is not None and not self._gone.is_set():
            await self._taken.wait()
        if self._gone.is_set():
            raise OSError("the caller is gone")
        self._slot = message
        self._put.set()
        await checkpoint()


class AsgiExchange:
    """One call of the application; see `ccgate.transport.protocol.Exchange`."""

    __slots__ = ("_app", "_cancel", "_ended", "_guard", "_inflate", "_max_decoded", "_outbound", "_started", "_talk")

    def __init__(self, app: App, outbound: Outbound, max_decoded: int) -> None:
        self._app = app
        self._outbound = outbound
        self._max_decoded = max_decoded
        self._guard = Guard()
        self._talk: _Conversation | None = None
        self._cancel: Callable[[], None] | None = None
        self._inflate: Inflate | None = None
        self._started = False
        self._ended = False

    async def head(self) -> Head:
        """Call the application and wait for the head. Raises `TransportError`."""
        return await self._guard.run(self._ask, self._outbound.first_byte_timeout, self._late)

    async def read(self) -> tuple[bytes, bool]:
        """The body of the next message, and whether more may follow. Raises `TransportError`, `ReplyTooLarge`."""
        return await self._guard.run(self._next, self._outbound.idle_timeout, self._late)

    def abort(self) -> None:
        """Stop now."""
        self._guard.abort()
        self._hang_up()

    async def close(self) -> None:
        """Wait for the application's end, cancelling it if it has not answered in full or takes its time."""
        talk, cancel = self._talk, self._cancel
        if talk is None or cancel is None or talk.finished.is_set():
            return
        talk.hang_up()
        if self._ended:
            with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
                await talk.finished.wait()
        cancel()
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True) as late_end:
            await talk.finished.wait()
        if late_end.cancelled_caught:
            log.warning("an application goes on although it was cancelled")

    def _hang_up(self) -> None:
        if self._talk is not None and self._cancel is not None:
            self._talk.hang_up()
            self._cancel()

    async def _ask(self) -> Head:
        talk = self._talk = _Conversation(self._app, self._outbound)
        self._cancel = spawn(talk.run, on_error=talk.fail)
        message = await self._take(talk, "http.response.start")
        self._started = True
        headers = tuple((bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ()))
        headers, self._inflate = inflating(headers, self._max_decoded)
        return Head(status=message["status"], headers=headers)

    async def _next(self) -> tuple[bytes, bool]:
        inflate = self._inflate
        if inflate is None:
            data = await self._raw()
            while not data and not self._ended:
                data = await self._raw()
            return data, not self._ended
        while not (data := inflate.step()):
            if self._ended:
                inflate.finish()
                return b"", False
            inflate.feed(await self._raw())
        await checkpoint()  # a small reply may inflate for long without waiting for anything
        return data, True

    async def _raw(self) -> bytes:
        if self._talk is None:
            raise RuntimeError("read() comes after head()")
        if self._ended:
            return b""
        message = await self._take(self._talk, "http.response.body")
        if not message.get("more_body", False):
            self._ended = True
            self._talk.hang_up()
        return b"" if self._outbound.method == "HEAD" else bytes(message.get("body", b""))

    async def _take(self, talk: _Conversation, kind: str) -> Message:
        message = await talk.take()
        while message is not None and message["type"] != kind:
            message = await talk.take()
        if message is None:
            where = "in the middle of" if self._started else "before the head of"
            name = "" if talk.error is None else f": {type(talk.error).__name__}"
            raise ConnectionLost(f"the application ended {where} its reply{name}") from talk.error
        return message

    def _late(self) -> TransportError:
        return late(Phase(origin_of(self._outbound.url), sent=True, headed=self._started))


def _scope(outbound: Outbound) -> MutableMapping[str, Any]:
    """https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope"""
    url = urlsplit(outbound.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    headers = [(b"host", url.netloc.rpartition("@")[2].encode("ascii"))]
    headers += [pair for pair in outbound.headers if pair[0] not in _FRAMING]
    if outbound.body:
        headers.append((b"content-length", b"%d" % len(outbound.body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": outbound.method.upper(),
        "scheme": url.scheme,
        "path": unquote(url.path or "/"),
        "raw_path": (url.path or "/").encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (url.hostname or "", port),
    }
