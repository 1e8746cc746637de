"""The gateway: a configuration, built into one ASGI app.

    gateway = Gateway(Config(providers=[Provider(name="anthropic", api_key="sk-...")]))
    app = Starlette(routes=[Mount("/llm", app=gateway)], lifespan=gateway.lifespan)

It starts lazily, with the first call of each event loop, because a mounted app is given no lifespan; where there is
one, `gateway.lifespan` (or `async with gateway`, or being the server's own app) closes its connections at the end. No
state is shared between gateways, and what belongs to an event loop is kept for that loop.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from ccgate.assembly import default_transport, named_middleware, named_observers, providers, routes
from ccgate.call import route_path
from ccgate.clock import Clock
from ccgate.config import Config
from ccgate.endpoint import Endpoint
from ccgate.middleware.answers import answer, send_body
from ccgate.middleware.auth import Auth
from ccgate.middleware.errors import Errors
from ccgate.middleware.origin_guard import OriginGuard
from ccgate.middleware.trace import Trace
from ccgate.observe import Observer
from ccgate.router import Router
from ccgate.store import MemoryStore, Store
from ccgate.surfaces import Surfaces
from ccgate.transport import Transport
from ccgate.version import __version__

Wrap = Callable[[ASGIApp], ASGIApp]


class Gateway:
    """One gateway. `config` is all it needs; the rest is for hosts and tests.

    `middleware`: functions from app to app (a class that takes the app will do), the first outermost; they stand
    behind authentication and see the same `Call`. `observers` are told what happened. `transport` serves every
    provider; without one, each pair of proxy and certificate settings gets its own. `store` is what calls share.
    """

    def __init__(
        self,
        config: Config,
        *,
        middleware: Sequence[Wrap] = (),
        observers: Iterable[Observer] = (),
        transport: Transport | None = None,
        store: Store | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.config = config
        self.instance = secrets.token_hex(8)
        """Tells this gateway from another that answers at the same place."""
        self.draining = False
        self._transports = {("", "True"): transport} if transport else {}
        self._surfaces = Surfaces.of()
        store = store or MemoryStore(ttl=config.sticky.ttl, clock=clock)
        served = providers(config, lambda provider: transport or default_transport(self._transports, provider))
        self._router = Router(
            providers=served, routes=routes(config, served, store), attempts=config.limits.attempts, store=store
        )
        self._app = self._build([*middleware, *named_middleware(config)], (*observers, *named_observers(config)), clock)

    def _build(self, middleware: Sequence[Wrap], observers: tuple[Observer, ...], clock: Clock) -> ASGIApp:
        config = self.config
        app: ASGIApp = Endpoint(router=self._router, surfaces=self._surfaces, max_body=config.limits.max_body)
        for wrap in reversed(middleware):
            app = wrap(app)
        keys = {key.name: str(key.key) for key in config.auth.api_keys}
        app = Errors(Auth(app, keys))
        app = OriginGuard(app, local_only=not keys and not config.auth.open, allowed_hosts=config.server.allowed_hosts)
        return Trace(app=app, observers=observers, surfaces=self._surfaces, clock=clock)

    @property
    def models(self) -> tuple[str, ...]:
        """Every model a caller can name."""
        return self._router.models

    def __repr__(self) -> str:
        names = ", ".join(provider.name for provider in self.config.providers)
        return f"<Gateway {self.instance} [{names}]>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)
        elif kind == "websocket":
            await refuse_websocket(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if path == "/health" and scope["method"] in {"GET", "HEAD"}:
            await answer(send, 503 if self.draining else 200, self.health())
        elif scope["method"] == "HEAD" and path in {"/", "/api/hello"}:
            await send_body(send, 200, b"")
        elif any(name == b"upgrade" and value.lower() == b"websocket" for name, value in scope["headers"]):
            await send_body(send, 426, b"", ((b"connection", b"close"),))
        else:
            await self._app(scope, receive, send)

    def health(self) -> dict[str, str]:
        """What `/health` says: calls are accepted, and by whom."""
        configured = any(provider.enabled for provider in self.config.providers)
        status = "draining" if self.draining else "ok" if configured else "unconfigured"
        return {"status": status, "version": __version__, "instance": self.instance}

    async def close(self) -> None:
        """Close what belongs to the running event loop. Calls that come later open it again."""
        for transport in self._transports.values():
            await transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:  # noqa: ARG002 the host passes itself
        """For `Starlette(lifespan=gateway.lifespan)`. A host with a lifespan of its own uses `async with gateway`."""
        async with self:
            yield

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        async with self:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.draining = True
        await send({"type": "lifespan.shutdown.complete"})
        self.draining = False


async def refuse_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """426 tells Codex to fall back to POST at once; any other refusal costs it seconds of retries."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": 426, "headers": [(b"content-length", b"0")]})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": 1008})
