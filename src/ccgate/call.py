"""The call: one request of one client, and what was decided about it.

There is one `Call` per request. It stands in the ASGI scope under `ccgate`, and that is the only thing we put there:
`Call.of(scope)` finds it, or makes it, so that each of our apps also works alone in anybody's service.

A call can be stopped: `stop(why)` remembers why and aborts the exchange that is under way. After `finish()` (the
answer is complete) a stop changes nothing: a client that hangs up after the last event has got what it wanted.
"""

from __future__ import annotations

import secrets as random
from collections.abc import MutableMapping
from functools import cache
from typing import Any

from attrs import define, evolve, field

from ccgate import ir
from ccgate.errors import Aborted
from ccgate.observe import Happening, Observer, tell
from ccgate.surfaces import Surface, Surfaces
from ccgate.translators import ClientSide, Headers
from ccgate.transport import Exchange
from ccgate.wire.headers import credentials
from ccgate.wire.jsontext import JsonText

KEY = "ccgate"

Scope = MutableMapping[str, Any]


@cache
def default_surfaces() -> Surfaces:
    """The table used where no gateway brought its own."""
    return Surfaces.of()


@define(kw_only=True)
class Target:
    """Where one attempt goes, and what became of it."""

    provider: str
    model: str
    on_loss: str = "report"
    losses: list[ir.Loss] = field(factory=list)
    usage: ir.Usage | None = None
    failure: ir.Failure | None = None
    """Why a stream that had begun did not end well."""
    over: bool = False
    """The last event of its reply has passed: what the upstream still sends matters to nobody."""


@define(kw_only=True, eq=False)
class Call:
    """One request. What is None has not been read or decided yet."""

    id: str
    method: str
    path: str
    """Without the prefix the gateway is mounted under."""
    query: bytes = b""
    headers: Headers = field(default=(), repr=False)
    peer: str | None = None
    surface: Surface | None = None
    client: ClientSide
    """The dialect the caller speaks; for a path nobody serves, our best guess."""
    observers: tuple[Observer, ...] = field(default=(), repr=False)

    principal: str | None = None
    body: JsonText | None = field(default=None, repr=False)
    model: str = ""
    session: str | None = None
    stream: bool = False
    route: str | None = None
    target: Target | None = None
    attempts: int = 0

    gone: str | None = None
    finished: bool = False
    _exchange: Exchange | None = field(default=None, init=False, repr=False)
    _request: ir.Request | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(cls, scope: Scope, surfaces: Surfaces | None = None, observers: tuple[Observer, ...] = ()) -> Call:
        """The call of this scope; made and put there if there is none yet."""
        call = scope.get(KEY)
        if isinstance(call, cls):
            return call
        surfaces = surfaces or default_surfaces()
        headers: Headers = tuple((name.lower(), value) for name, value in scope["headers"])
        path = route_path(scope)
        client = scope.get("client")
        call = cls(
            id="req_" + random.token_hex(8),
            method=scope.get("method", "GET"),
            path=path,
            query=scope.get("query_string", b""),
            headers=headers,
            peer=client[0] if client else None,
            surface=surfaces.match(path, headers),
            client=surfaces.speaker(path, headers),
            observers=observers,
        )
        scope[KEY] = call
        return call

    @property
    def credentials(self) -> tuple[bytes, ...]:
        """Every credential the caller offered."""
        return credentials(self.headers)

    @property
    def request(self) -> ir.Request:
        """The request in our words; read once, however many upstreams are asked. Raises `RequestRefused`."""
        if self._request is None:
            request = self.client.read_request(self.body.value if self.body else {})
            if self.surface is not None and self.surface.model is not None:
                request = evolve(request, model=self.model, stream=self.stream)
            self._request = request
        return self._request

    def tell(self, happening: Happening) -> None:
        """Tell the observers of this call."""
        tell(self.observers, happening)

    def watch(self, exchange: Exchange | None) -> None:
        """From now on a stop aborts this exchange. Raises `Aborted` when the call is already stopped."""
        self._exchange = exchange
        if exchange is not None and self.gone is not None:
            exchange.abort()
            raise Aborted(self.gone)

    def finish(self) -> None:
        """The answer is complete."""
        self.finished = True

    def stop(self, why: str) -> None:
        """Nobody waits for the answer any more."""
        if self.finished or self.gone is not None:
            return
        self.gone = why
        if self._exchange is not None:
            self._exchange.abort()


def route_path(scope: Scope) -> str:
    """The path below the prefix a host mounted us under; a doubled `/v1` counts once.

    A client whose base URL ends in `/v1` asks for `/v1/v1/messages`.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :] or "/"
    return path[3:] if path.startswith("/v1/v1/") else path
