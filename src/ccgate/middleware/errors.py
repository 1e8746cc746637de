"""Errors become answers in the caller's dialect.

Errors raised on purpose cost one log line at most. Anything else is a bug of ours: the caller gets a plain 500, the
log the traceback. When the answer has already begun it cannot be replaced: a stream is ended in the dialect's own
way, and an answer that came whole is left unfinished, so that the server breaks the connection and no client takes a
part for the whole.
"""

from __future__ import annotations

import logging

from attrs import define
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.errors import ReplyError, ReplyTimeout, RequestRefused, TransportError
from ccgate.middleware.answers import refuse, send_body
from ccgate.observe import one_line
from ccgate.policy.failover import UNREACHABLE
from ccgate.wire.headers import get

log = logging.getLogger("ccgate")

FRAME_ENDS = (b"\n\n", b"\r\r", b"\n\r\n")


def failure_of(error: Exception) -> ir.Failure:
    """What the caller is told of an error. One that was not raised on purpose tells nothing of itself."""
    if isinstance(error, RequestRefused):
        kind = ir.kind_of(error.status)
        return ir.Failure(kind=kind, message=error.message, status=error.status, code=error.code, retry=False)
    if isinstance(error, TransportError):
        kind = "timeout" if isinstance(error, ReplyTimeout) else "api"
        status = 504 if kind == "timeout" else 502
        return ir.Failure(kind=kind, message=str(error), status=status, code=UNREACHABLE, scope="provider")
    if isinstance(error, ReplyError):
        return ir.Failure(kind="api", message=str(error), status=502, code=UNREACHABLE, scope="provider")
    return ir.Failure.of("api", "the gateway made a mistake; its log says which")


@define
class Errors:
    """Wraps an app; nothing that it raises on purpose gets past."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope)
        answer = Answer(send)
        try:
            await self.app(scope, receive, answer)
        except (RequestRefused, TransportError, ReplyError) as error:
            await self._end(call, answer, error)
        except Exception as error:
            log.exception("%s %s %s failed", call.id, call.method, one_line(call.path))
            await self._end(call, answer, error)

    async def _end(self, call: Call, answer: Answer, error: Exception) -> None:
        failure = failure_of(error)
        if call.gone is not None:
            if answer.status == 0:
                await send_body(answer, 499, b"")
        elif answer.status == 0:
            await refuse(call, answer, failure)
        elif answer.stream and answer.whole and not answer.complete:
            await answer({"type": "http.response.body", "body": call.client.tap(stream=True).end(failure)})
        else:
            log.warning("%s broke after its answer had begun: %s", call.id, failure.message)


class Answer:
    """How far the answer has come."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.stream = False
        self.whole = True
        """No frame of the stream is half out: an error event put behind half an event would be taken for its rest."""
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.stream = is_stream(message)
        else:
            self.complete = not message.get("more_body", False)
            data = message.get("body", b"")
            self.whole = data.endswith(FRAME_ENDS) if data else self.whole
        await self._send(message)


def is_stream(start: Message) -> bool:
    """Whether the head announces server-sent events."""
    return (get(tuple(start.get("headers", ())), b"content-type") or b"").lower().startswith(b"text/event-stream")
