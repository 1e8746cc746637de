"""The transport on httpx2; a client of httpx2 or of httpx 0.28 can be given instead.

An exchange of its own pool goes through the library's transport and not through its client: a client would keep
cookies, add default headers, and log every URL with its query. A client that is given is used as a client, for the
sake of its hooks, mounts and limits, but its default headers, auth, cookies and redirects are left out.
"""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, cast

import anyio
import httpx2
from anyio.lowlevel import RunVar, checkpoint
from attrs import define

from ccgate.errors import TransportError
from ccgate.transport.failures import Phase, failure, late, origin_of
from ccgate.transport.guard import Guard
from ccgate.transport.inflate import Inflate, inflating
from ccgate.transport.protocol import Exchange, Head, Outbound

log = logging.getLogger("ccgate")

_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})
_CLOSE_SECONDS = 1.0
_KEEPALIVE_SECONDS = 30.0
_KEPT_CONNECTIONS = 200
_CONNECT_STEPS = 3
_DRAINED_CHUNKS = 100_000

Send = Callable[[httpx2.Request], Awaitable[httpx2.Response]]


class Client(Protocol):
    """What is used of `httpx2.AsyncClient` and `httpx.AsyncClient`."""

    send: Callable[..., Awaitable[object]]


class HttpxTransport:
    """Asks the network. May serve several loops: each has its own pool, which ends with its loop at the latest.

    `client`: an `AsyncClient` of httpx2 or httpx to use instead of an own pool. It stays its owner's: it is not closed
    here and serves only the loop it belongs to, and the other arguments but `max_decoded` do not touch it. A client of
    httpx 0.28 leaks pool slots when calls are cancelled (https://github.com/encode/httpcore/issues/1093).
    `verify`: false accepts any certificate, a context decides itself. `proxy`: `http://user:password@host:port`.
    `max_connections`: per loop; beyond it a call waits for a slot, at most as long as for a connection.
    `max_decoded`: the most bytes a compressed reply may grow to; default 64 MiB.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        verify: bool | ssl.SSLContext = True,
        proxy: str | None = None,
        max_connections: int | None = 1000,
        max_decoded: int = 64 * 2**20,
    ) -> None:
        self._client = client
        self._library = _library_of(client)
        self._verify = verify
        self._proxy = proxy
        self._max_connections = max_connections
        self._max_decoded = max_decoded
        self._pools: RunVar[_Pool | None] = RunVar("ccgate.transport.httpx")

    def __repr__(self) -> str:
        return f"HttpxTransport({'own pool' if self._client is None else 'given client'})"

    def exchange(self, outbound: Outbound) -> Exchange:
        """A new exchange. Nothing is sent before its `head()`."""
        return HttpxExchange(self._library, self._send, outbound, self._max_decoded)

    async def close(self) -> None:
        """Close the running loop's pool; the next exchange makes a new one. A given client stays open."""
        pool = self._pools.get(None)
        if pool is not None:
            self._pools.set(None)
            await pool.life.aclose()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        if self._client is not None:
            # An explicit `Auth()` adds nothing; none at all would make the user part of a URL into a credential.
            auth = self._library.Auth()
            response = await self._client.send(request, stream=True, auth=auth, follow_redirects=False)
            return cast("httpx2.Response", response)
        pool = self._pools.get(None) or await self._open()
        return await pool.transport.handle_async_request(request)

    async def _open(self) -> _Pool:
        if not isinstance(self._verify, ssl.SSLContext):  # loading the certificates takes a while: once is enough
            self._verify = httpx2.create_ssl_context(verify=self._verify, trust_env=False)
        transport = httpx2.AsyncHTTPTransport(
            verify=self._verify,
            trust_env=False,
            proxy=self._proxy,
            limits=httpx2.Limits(
                max_connections=self._max_connections,
                max_keepalive_connections=_KEPT_CONNECTIONS,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
        )
        pool = _Pool(transport=transport, life=_life(transport))
        self._pools.set(pool)
        await anext(pool.life)  # does not suspend, so no other task sees a pool half made
        return pool


async def _life(transport: httpx2.AsyncHTTPTransport) -> AsyncGenerator[None, None]:
    """Close the pool when its loop ends, even if nobody else does (a mounted gateway has no lifespan).

    Both asyncio and trio close, as their last deed, the async generators that were begun in them.
    """
    try:
        yield
    finally:
        await transport.aclose()


@define(eq=False, kw_only=True)
class _Pool:
    """What is bound to one loop."""

    transport: httpx2.AsyncHTTPTransport
    life: AsyncGenerator[None, None]


class _Closable(Protocol):
    async def aclose(self) -> None: ...


class _Library(Protocol):
    """The names of the client's module that are used; httpx and httpx2 have them alike."""

    Request: type[httpx2.Request]
    Auth: type[httpx2.Auth]
    HTTPError: type[httpx2.HTTPError]
    InvalidURL: type[httpx2.InvalidURL]


def _library_of(client: Client | None) -> _Library:
    """The module whose client this is, maybe through a subclass; httpx2 for anything else."""
    roots = (cls.__module__.partition(".")[0] for cls in type(client).__mro__)
    name = next((root for root in roots if root in ("httpx", "httpx2")), "httpx2")
    return cast("_Library", sys.modules[name])


@define(eq=False, slots=True)
class _Progress:
    """Hears from the library how far the request is, and sets the deadline for what comes next.

    It knows the guard and not the exchange, so that an exchange is no reference cycle.
    https://www.encode.io/httpcore/extensions/#trace
    """

    guard: Guard
    first_byte_timeout: float | None
    heard: bool = False
    sent: bool = False
    tunnel: bool = False
    socket: _Closable | None = None

    async def __call__(self, name: str, info: dict[str, Any]) -> None:
        self.heard = True
        step = name.partition(".")[2]
        if step == "send_request_headers.started":
            request = info.get("request")
            self.tunnel = getattr(request, "method", b"") == b"CONNECT"  # to the proxy: not ours yet
            self.sent = not self.tunnel
            self.guard.expire_in(self.first_byte_timeout)
        elif step == "send_request_headers.failed":
            # Not even the head could be written: the peer had closed a kept connection. The library still looks for
            # an early reply; if there is none, nothing was asked.
            self.sent = False
        elif step == "connect_tcp.complete":
            self.socket = info.get("return_value")
        elif step == "start_tls.failed" and self.socket is not None:
            # A cancelled handshake would leave the socket under it open: the library closes it on errors only.
            with anyio.CancelScope(shield=True):
                await self.socket.aclose()
        elif step == "send_request_body.complete":
            self.guard.expire_in(self.first_byte_timeout)

    @property
    def may_be_sent(self) -> bool:
        """A client whose transport tells nothing may have sent everything."""
        return self.sent or not self.heard


class HttpxExchange:
    """One request and its reply; see `ccgate.transport.protocol.Exchange`."""

    __slots__ = (
        "_chunks",
        "_ended",
        "_guard",
        "_inflate",
        "_library",
        "_max_decoded",
        "_outbound",
        "_progress",
        "_response",
        "_send",
    )

    def __init__(self, library: _Library, send: Send, outbound: Outbound, max_decoded: int) -> None:
        self._library = library
        self._send = send
        self._outbound = outbound
        self._max_decoded = max_decoded
        self._guard = Guard()
        self._progress = _Progress(self._guard, outbound.first_byte_timeout)
        self._response: httpx2.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._inflate: Inflate | None = None
        self._ended = False

    async def head(self) -> Head:
        """Send the request and wait for the head. Raises `TransportError`."""
        asked = self._outbound
        connect, reply = asked.connect_timeout, asked.first_byte_timeout
        # Held to by a client that tells nothing of its progress; with any other the deadline moves on the way.
        total = None if connect is None or reply is None else _CONNECT_STEPS * connect + reply
        return await self._guard.run(self._ask, total, self._late)

    async def read(self) -> tuple[bytes, bool]:
        """The next bytes, and whether more may follow. Raises `TransportError`, `ReplyTooLarge`."""
        return await self._guard.run(self._next, self._outbound.idle_timeout, self._late)

    def abort(self) -> None:
        """Stop now."""
        self._guard.abort()

    async def close(self) -> None:
        """Let go of everything; a connection whose reply was read to its end has gone back to the pool by then."""
        response, chunks = self._response, self._chunks
        self._response = self._chunks = None
        if response is None or self._ended:
            return
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
            try:
                await response.aclose()
            except Exception:  # `close` never raises, and there is nothing left to do about it
                log.debug("closing a connection failed", exc_info=True)
            await _exhaust(chunks)

    async def _ask(self) -> Head:
        try:
            response = self._response = await self._send(self._request())
        except self._errors as error:
            raise failure(error, self._phase) from None
        headers = tuple((name.lower(), value) for name, value in response.headers.raw)
        headers, self._inflate = inflating(headers, self._max_decoded)
        self._chunks = response.aiter_raw()
        return Head(status=response.status_code, headers=headers)

    async def _next(self) -> tuple[bytes, bool]:
        inflate = self._inflate
        if inflate is None:
            data = await self._raw()
            return data or b"", data is not None
        while not (data := inflate.step()):
            raw = await self._raw()
            if raw is None:
                inflate.finish()
                return b"", False
            inflate.feed(raw)
        await checkpoint()  # a small reply may inflate for long without waiting for anything
        return data, True

    async def _raw(self) -> bytes | None:
        """The bytes of the next read that are not none, or None at the end."""
        if self._chunks is None:
            raise RuntimeError("read() comes after head() and before close()")
        if self._ended:
            return None
        try:
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except self._errors as error:
            raise failure(error, self._phase) from None
        self._ended = True
        return None

    def _request(self) -> httpx2.Request:
        asked = self._outbound
        connect = asked.connect_timeout
        return self._library.Request(
            asked.method,
            asked.url,
            headers=[pair for pair in asked.headers if pair[0] not in _FRAMING],
            content=asked.body or None,
            extensions={
                "timeout": {"connect": connect, "pool": connect, "read": None, "write": None},
                "trace": self._progress,
            },
        )

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        # RuntimeError: the client was closed. The others come through where the library forgets to translate.
        library = self._library
        return (
            library.HTTPError,
            library.InvalidURL,
            OSError,
            RuntimeError,
            anyio.BrokenResourceError,
            anyio.ClosedResourceError,
        )

    @property
    def _phase(self) -> Phase:
        headed = self._response is not None
        return Phase(origin_of(self._outbound.url), sent=headed or self._progress.may_be_sent, headed=headed)

    def _late(self) -> TransportError:
        return late(self._phase)


async def _exhaust(chunks: AsyncIterator[bytes] | None) -> None:
    """Run the body's generators to their end, now that the connection below them is closed.

    The library nests several, and closing the outermost would leave the inner ones to the garbage collector, of which
    trio warns. They still hold at most what was read from the socket already.
    """
    if chunks is not None:
        with suppress(Exception):  # reading from a closed connection is an error, and the end
            for _ in range(_DRAINED_CHUNKS):
                await anext(chunks)
