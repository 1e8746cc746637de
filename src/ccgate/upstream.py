"""The upstream: the place where a call leaves the house.

An ASGI app that sends the request it is given to one provider, with one of its keys, and the reply back as it comes.
It works alone as a careful reverse proxy:

- the caller's credentials, cookies and forwarding headers stay here, the provider's key is added, and goes to the
  configured base URL and nowhere else: nothing in a request chooses a host;
- neither the key nor the caller's credential shows in a body (`***`);
- when the call is stopped, so is the exchange, in whatever phase it is.

What the network does wrong is raised as `TransportError`: `Errors`, `Translate` or a pool know what to make of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from anyio import move_on_after
from attrs import define, field
from starlette.types import Receive, Scope, Send

from ccgate.call import Call
from ccgate.errors import TransportError
from ccgate.translators import Headers
from ccgate.transport import Exchange, Outbound, Transport
from ccgate.urls import join
from ccgate.wire import headers as wire_headers
from ccgate.wire.redact import Redactor, redact

LINGER = 1.0
"""Seconds to wait for the end of a reply whose last event was already passed on, so that its connection can be used
again."""


KEY_WORDS = frozenset({b"key", b"api_key", b"api-key", b"apikey", b"access_token", b"token"})


@define(kw_only=True)
class Upstream:
    """`authorize` holds the headers with the key, `secrets` what must never show in a body; times are seconds."""

    transport: Transport
    base_url: str
    default_path: str = ""
    version: str = ""
    endpoint: str = ""
    authorize: Headers = field(default=(), repr=False)
    secrets: Sequence[bytes] = field(default=(), repr=False)
    headers: Headers = field(default=(), repr=False)
    """What the user wants sent along."""
    query: bytes = b""
    connect_timeout: float | None = 5.0
    first_byte_timeout: float | None = 300.0
    idle_timeout: float | None = 300.0
    linger: float = LINGER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        secrets = (*self.secrets, *call.credentials)
        outbound = self._outbound(scope, redact(await whole(receive), call.credentials), secrets)
        exchange = self.transport.exchange(outbound)
        try:
            call.watch(exchange)
            call.attempts += 1
            head = await exchange.head()
            headers = wire_headers.down(head.headers)
            await send({"type": "http.response.start", "status": head.status, "headers": list(headers)})
            await self._relay(call, exchange, send, Redactor(secrets))
        finally:
            call.watch(None)
            await exchange.close()

    async def _relay(self, call: Call, exchange: Exchange, send: Send, redactor: Redactor) -> None:
        more = True
        while more and not over(call):
            data, more = await exchange.read()
            data = redactor.feed(data)
            if not more:
                data += redactor.close()
            if data or not more:
                await send({"type": "http.response.body", "body": data, "more_body": more})
        if more and (call.target is None or call.target.failure is None):
            await drain(exchange, self.linger)

    def _outbound(self, scope: Scope, body: bytes, secrets: Sequence[bytes]) -> Outbound:
        query = b"&".join(part for part in (without_keys(scope.get("query_string", b"")), self.query) if part)
        path: str = scope["path"]
        url = join(self.base_url, path, default_path=self.default_path, version=self.version, endpoint=self.endpoint)
        if query:
            url += ("&" if "?" in path else "?") + query.decode("latin-1")
        headers = wire_headers.up(tuple(scope["headers"]), secrets=secrets)
        for extra in (((b"accept-encoding", b"identity"),), self.headers, self.authorize):
            headers = wire_headers.merge(headers, extra)
        return Outbound(
            method=scope["method"],
            url=url,
            headers=headers,
            body=body,
            connect_timeout=self.connect_timeout,
            first_byte_timeout=self.first_byte_timeout,
            idle_timeout=self.idle_timeout,
        )


def without_keys(query: bytes) -> bytes:
    """A query without what looks like a credential: some clients put theirs there, and no provider is to see it."""
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[0].lower() not in KEY_WORDS)


async def whole(receive: Receive) -> bytes:
    """The body of a request that is already limited."""
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts) if len(parts) != 1 else parts[0]


def over(call: Call) -> bool:
    """The last event of the reply has passed; that it was the last, only those above can know."""
    return call.finished or (call.target is not None and call.target.over)


async def drain(exchange: Exchange, linger: float) -> None:
    """Read what follows a reply's last event, for a moment. Nobody waits for it, so nobody minds how it ends."""
    with move_on_after(linger), suppress(TransportError):
        more = True
        while more:
            _, more = await exchange.read()
