"""Answering a caller ourselves, in its own dialect."""

from __future__ import annotations

from attrs import evolve
from starlette.types import Send

from ccgate import ir
from ccgate.call import Call
from ccgate.translators import Headers
from ccgate.wire.headers import get
from ccgate.wire.jsontext import dump

PAUSE = (b"retry-after", b"5")
"""What a 429 that names no time is given: some clients give up at once without one."""


async def answer(send: Send, status: int, document: object, headers: Headers = ()) -> None:
    """Send one JSON document."""
    body = dump(document)
    await send_body(send, status, body, ((b"content-type", b"application/json"), *headers))


async def send_body(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """Send one whole answer, head and body."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def refuse(call: Call, send: Send, failure: ir.Failure, headers: Headers = ()) -> None:
    """Tell the caller of a failure, in its dialect. A 429 always tells for how long."""
    status, own, document = call.client.write_failure(evolve(failure, request_id=call.id))
    if status == 429 and get(own, b"retry-after") is None:
        own = (*own, PAUSE)
    await answer(send, status, document, (*own, *headers, (b"request-id", call.id.encode())))
