"""The parts put together by hand: no Config, no Gateway. Every part is an ASGI app and takes plain arguments.

This service answers Anthropic and OpenAI-Chat callers from two upstreams that stand in for each other.

    ANTHROPIC_API_KEY=... DEEPSEEK_API_KEY=... GATEWAY_KEY=... python examples/compose_parts.py
"""

from __future__ import annotations

import os

import uvicorn
from starlette.types import ASGIApp

from ccgate import (
    AuthMiddleware,
    Endpoint,
    Errors,
    HttpxTransport,
    LogObserver,
    Member,
    OriginGuard,
    Pool,
    Trace,
    Translate,
    Transport,
    Upstream,
    translator,
)
from ccgate.router import BoundRoute, Router, Served
from ccgate.rules import Model


def anthropic(key: str, transport: Transport) -> Member:
    """A place to ask that speaks Anthropic Messages."""
    speaks = translator("anthropic")
    upstream = Upstream(
        transport=transport,
        base_url="https://api.anthropic.com",
        version="/v1",
        endpoint="/v1/messages",
        authorize=speaks.authorize(key),
        secrets=[key.encode()],
    )
    return Member(provider="anthropic", app=Translate(app=upstream, speaks=speaks, provider="anthropic"))


def deepseek(key: str, transport: Transport) -> Member:
    """A place to ask that speaks OpenAI Chat, whatever the caller speaks."""
    speaks = translator("openai_chat")
    upstream = Upstream(
        transport=transport,
        base_url="https://api.deepseek.com",
        endpoint="/chat/completions",
        authorize=speaks.authorize(key),
        secrets=[key.encode()],
    )
    app = Translate(app=upstream, speaks=speaks, provider="deepseek")
    return Member(provider="deepseek", model="deepseek-v4", app=app)


def build(anthropic_key: str, deepseek_key: str, caller_key: str, *, transport: Transport | None = None) -> ASGIApp:
    """Small models are asked of DeepSeek first, all others of Anthropic first."""
    transport = transport or HttpxTransport()
    large, small = anthropic(anthropic_key, transport), deepseek(deepseek_key, transport)
    router = Router(
        providers=[
            Served(name="anthropic", dialect="anthropic", members=[large]),
            Served(name="deepseek", dialect="openai_chat", models=["deepseek-v4"], members=[small]),
        ],
        routes=[
            BoundRoute(name="fast", rules=[Model("*haiku*")], pool=Pool(members=[small, large], route="fast")),
            BoundRoute(name="rest", pool=Pool(members=[large, small], route="rest")),
        ],
    )
    app = OriginGuard(Errors(AuthMiddleware(Endpoint(router=router), {"me": caller_key})))
    return Trace(app=app, observers=(LogObserver(),))


def main() -> None:
    """Serve on 127.0.0.1:8000."""
    names = ("ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "GATEWAY_KEY")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be set: two providers' keys, and the key of your own callers")
    # Without a Gateway nobody answers the server's lifespan messages: it is told not to send any.
    uvicorn.run(build(*(os.environ[name] for name in names)), port=8000, lifespan="off", proxy_headers=False)


if __name__ == "__main__":
    main()
