"""Reading a request: once, within a limit, and strictly, before anybody is asked."""

from __future__ import annotations

from anyio import move_on_after
from attrs import evolve
from starlette.types import Message, Receive, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.errors import Aborted, RequestRefused
from ccgate.translators import Headers
from ccgate.wire.headers import get
from ccgate.wire.jsontext import JsonText, dump

DEFAULT_MAX_BODY = 32 * 2**20
LONGEST_NUMBER = 18
"""Digits of a length that are read as a number; no body is that long."""
DISCARD_SECONDS = 5.0
DISCARD_BYTES = 256 * 2**20
"""How long, and how much, a refused upload is listened to, so that its sender comes to read the refusal."""


class TooLarge(RequestRefused):
    """The body is over the limit. Most of it has not been read."""


async def read_call(call: Call, receive: Receive, max_body: int) -> None:
    """Fill in the call's body, model, session and wish to stream.

    Raises `RequestRefused`, or `Aborted` when the client hangs up meanwhile: the call is stopped then.
    """
    if get(call.headers, b"content-encoding") not in {None, b"", b"identity"}:
        raise RequestRefused("compressed request bodies are not understood", kind="unsupported_media", status=415)
    try:
        raw = await read_body(receive, call.headers, max_body)
    except Aborted as gone:
        call.stop(str(gone))
        raise
    text = JsonText.read(raw)
    surface = call.surface
    operation = surface.operation if surface else "generate"
    call.client.check(text.value, operation)
    call.body = text
    call.session = call.client.session(text.value, call.headers)
    if surface is not None and surface.model is not None:
        call.model, call.stream = surface.model, surface.stream
    else:
        call.model = model_of(call, text)
        call.stream = operation == "generate" and call.client.streams(text.value)


def model_of(call: Call, text: JsonText) -> str:
    """The model a body names. The clients of some dialects name it in the path, and this is no path of theirs."""
    model = text.value.get("model")
    if not isinstance(model, str):
        raise RequestRefused(f"neither the body nor {call.path} names a model")
    return model


async def read_body(receive: Receive, headers: Headers, max_body: int) -> bytes:
    """All of the body. One that says it is too large is not read at all, any other up to the limit.

    Raises `TooLarge`, or `Aborted` when the client hangs up before its end.
    """
    declared = get(headers, b"content-length") or b""
    if declared.isdigit() and (len(declared) > LONGEST_NUMBER or int(declared) > max_body):
        raise too_large(max_body)
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Aborted("the client hung up while it sent its request")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > max_body:
            raise too_large(max_body)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(max_body: int) -> TooLarge:
    message = f"Request too large: the body may have at most {max_body} bytes ([limits] max_body)"
    return TooLarge(message, kind="too_large", status=413)


async def refuse_upload(call: Call, receive: Receive, send: Send, failure: ir.Failure) -> None:
    """Answer while the client is still sending.

    A server that closes on unread bytes resets the connection, and the client never sees why. So the whole answer goes
    out first, then what still comes is thrown away for a while, and only then is the answer declared finished.
    """
    status, own, document = call.client.write_failure(evolve(failure, request_id=call.id))
    body = dump(document)
    length = str(len(body)).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", length),
        (b"connection", b"close"),
        *own,
        (b"request-id", call.id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    with move_on_after(DISCARD_SECONDS):
        await discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def discard(receive: Receive) -> None:
    left = DISCARD_BYTES
    more = True
    while more and left > 0:
        message: Message = await receive()
        left -= len(message.get("body", b""))
        more = message.get("more_body", False)
