"""A relay before the gateway that keeps what the client sends and what it gets, byte by byte."""

from __future__ import annotations

from typing import Any

import httpx2
from attrs import define, field

from clients.upstream import Heard, whole_body

OWN = {b"host", b"connection", b"content-length", b"transfer-encoding", b"keep-alive"}
"""Headers of one connection only."""


@define
class Relay:
    """An ASGI app. Bodies pass as they are; nothing is unpacked."""

    url: str
    heard: list[Heard] = field(factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body, got = await whole_body(receive), b""
        headers = [pair for pair in scope["headers"] if pair[0] not in OWN]
        target = f"{self.url}{scope['path']}?{scope['query_string'].decode()}".rstrip("?")
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=60) as client,
            client.stream(scope["method"], target, content=body, headers=headers) as response,
        ):
            down = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in OWN]
            await send({"type": "http.response.start", "status": response.status_code, "headers": down})
            async for data in response.aiter_raw():
                got += data
                await send({"type": "http.response.body", "body": data, "more_body": True})
        names = {name.decode(): value.decode() for name, value in headers}
        self.heard.append(Heard(scope["path"], scope["query_string"], names, body, response.status_code, got))
        await send({"type": "http.response.body", "body": b"", "more_body": False})
