"""A middleware of your own, to change what happens, and an observer of your own, to watch it.

The middleware stands behind authentication: `Call.of(scope)` tells who calls, in which dialect and for what. What it
raises as `RequestRefused` is told to the caller in the caller's dialect.

    ANTHROPIC_API_KEY=... GATEWAY_KEY=... python examples/own_middleware.py
"""

from __future__ import annotations

import os
from collections import Counter

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ccgate import ApiKey, Auth, Call, CallEnded, Config, Gateway, Provider, RequestRefused, Transport
from ccgate.observe import Happening


class Quota:
    """So many calls for each principal, as long as the process lives."""

    def __init__(self, app: ASGIApp, calls: int = 100) -> None:
        self.app = app
        self.calls = calls
        self.made: Counter[str | None] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, and pass on or refuse."""
        principal = Call.of(scope).principal
        self.made[principal] += 1
        if self.made[principal] > self.calls:
            raise RequestRefused(f"{principal} has made its {self.calls} calls", kind="rate_limit", status=429)
        await self.app(scope, receive, send)


class Spending:
    """Adds up the tokens of each principal. An observer is called when a call is over, and cannot change it."""

    def __init__(self) -> None:
        self.tokens: Counter[str | None] = Counter()

    def __call__(self, happening: Happening) -> None:
        """Count the tokens of a call that ended."""
        if isinstance(happening, CallEnded) and happening.usage is not None:
            self.tokens[happening.principal] += happening.usage.prompt + happening.usage.output


def build(key: str, caller_key: str, spending: Spending, *, transport: Transport | None = None) -> Gateway:
    """A gateway is an ASGI app by itself: it needs no host. `middleware` are functions from app to app."""
    config = Config(
        auth=Auth(api_keys=[ApiKey(caller_key, name="ann")]),
        providers=[Provider(name="anthropic", api_key=key)],
    )
    return Gateway(config, middleware=[lambda app: Quota(app, calls=2)], observers=[spending], transport=transport)


def main() -> None:
    """Serve on 127.0.0.1:8000; say what was spent at the end."""
    missing = [name for name in ("ANTHROPIC_API_KEY", "GATEWAY_KEY") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be set: the provider's key, and the key of your own callers")
    spending = Spending()
    app = build(os.environ["ANTHROPIC_API_KEY"], os.environ["GATEWAY_KEY"], spending)
    uvicorn.run(app, port=8000, proxy_headers=False)
    print(dict(spending.tokens))


if __name__ == "__main__":
    main()
