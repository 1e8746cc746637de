"""A gateway in a Starlette service, below /llm. The service's lifespan closes the gateway's connections at its end.

ANTHROPIC_API_KEY=... python examples/mount_starlette.py
ANTHROPIC_BASE_URL=http://127.0.0.1:8000/llm claude
"""

from __future__ import annotations

import os

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from ccgate import Config, Gateway, Provider, Transport


def build(key: str, *, transport: Transport | None = None) -> Starlette:
    """The service. `key` is Anthropic's; a test passes a transport, nobody else needs to."""
    gateway = Gateway(Config(providers=[Provider(name="anthropic", api_key=key)]), transport=transport)
    return Starlette(routes=[Mount("/llm", app=gateway)], lifespan=gateway.lifespan)


def main() -> None:
    """Serve on 127.0.0.1:8000. Without keys of its own a gateway answers this machine only."""
    key = os.environ.get("ANTHROPIC_API_KEY")
    if not key:
        raise SystemExit("ANTHROPIC_API_KEY is not set: the gateway needs it to ask Anthropic")
    uvicorn.run(build(key), port=8000, proxy_headers=False)


if __name__ == "__main__":
    main()
