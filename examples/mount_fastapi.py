"""A gateway in a FastAPI service, below a prefix, beside the service's own routes, and without any lifespan.

A mounted app is told of no lifespan: the gateway starts by itself with the first call.

    DEEPSEEK_API_KEY=... GATEWAY_KEY=... python examples/mount_fastapi.py
    ANTHROPIC_BASE_URL=http://127.0.0.1:8000/tools/llm ANTHROPIC_AUTH_TOKEN=<the GATEWAY_KEY> claude
"""

from __future__ import annotations

import os

import uvicorn
from fastapi import FastAPI

from ccgate import Auth, Config, Gateway, Provider, Route, Transport


def build(key: str, caller_key: str, *, transport: Transport | None = None) -> FastAPI:
    """The service. `key` is DeepSeek's, `caller_key` what our own callers must show."""
    config = Config(
        auth=Auth(api_keys=[caller_key]),
        providers=[Provider(name="deepseek", api_key=key, models=["deepseek-v4"])],
        routes=[Route(to=["deepseek"])],  # whatever model a caller asks for
    )
    app = FastAPI()

    @app.get("/hello")
    def hello() -> dict[str, str]:
        return {"hello": "from the service itself"}

    app.mount("/tools/llm", Gateway(config, transport=transport))
    return app


def main() -> None:
    """Serve on 127.0.0.1:8000."""
    missing = [name for name in ("DEEPSEEK_API_KEY", "GATEWAY_KEY") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} must be set: the provider's key, and the key of your own callers")
    app = build(os.environ["DEEPSEEK_API_KEY"], os.environ["GATEWAY_KEY"])
    uvicorn.run(app, port=8000, proxy_headers=False)


if __name__ == "__main__":
    main()
