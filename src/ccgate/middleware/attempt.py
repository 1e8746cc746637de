"""One member's answer, held back until it is known to be one.

    held  --content of a stream, last event, or the status of anything else-->  committed: everything passes
    held  --a status of 400 or more, an error event, an exception-->            refused: nothing passes, unless released

What is held is at most `HOLD` bytes of a stream: a prelude that long is taken for an answer. Of a refusal it is
`LONGEST_REFUSAL` bytes: one that is longer is none.
"""

from __future__ import annotations

from attrs import evolve
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.errors import ReplyError, ReplyTooLarge, RequestRefused, TransportError
from ccgate.middleware.answers import PAUSE
from ccgate.middleware.errors import failure_of, is_stream
from ccgate.translators import Headers, Tap
from ccgate.wire.headers import get

HOLD = 64 * 2**10
LONGEST_REFUSAL = 2**20


def scope_of(status: int) -> ir.Scope:
    """Whom a status is about: 5xx the provider, 401, 402, 403 and 429 the key, every other 4xx the request."""
    if status >= 500:
        return "provider"
    return "key" if status in {401, 402, 403, 429} else "request"


class Attempt:
    """An ASGI `send` for one member; `run` asks it."""

    def __init__(self, call: Call, send: Send) -> None:
        self.call = call
        self.asked = False
        self.committed = False
        """The answer is out, or has begun to go out."""
        self._send = send
        self._held: list[Message] = []
        self._size = 0
        self._status = 0
        self._complete = False
        self._tap: Tap | None = None

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> ir.Failure | None:
        """Ask. None: the answer is out. Errors of an answer that is already out are raised, as is a hang-up."""
        before = self.call.attempts
        try:
            await app(scope, receive, self)
        except RequestRefused as error:
            if self.committed:
                raise
            return ir.Failure(kind="invalid_request", message=error.message, status=error.status, scope="model")
        except (TransportError, ReplyError) as error:
            if self.committed or self.call.gone is not None:
                raise
            return failure_of(error)
        finally:
            self.asked = self.call.attempts > before
        return None if self.committed else self._failure()

    async def __call__(self, message: Message) -> None:
        if self.committed:
            await self._send(message)
            return
        self._held.append(message)
        if message["type"] == "http.response.start":
            self._begin(message)
        else:
            self._see(message)
        if self._answers():
            await self._commit()

    def _begin(self, start: Message) -> None:
        self._status = start["status"]
        if self._status < 400 and is_stream(start):
            self._tap = self.call.client.tap(stream=True)

    def _see(self, message: Message) -> None:
        data = message.get("body", b"")
        self._complete = not message.get("more_body", False)
        self._size += len(data)
        if self._status >= 400 and self._size > LONGEST_REFUSAL:
            raise ReplyTooLarge("the upstream's error is too long to be one")
        if self._tap is not None:
            self._tap.feed(data)

    def _answers(self) -> bool:
        if self._status >= 400:
            return False
        if self._tap is None:
            return True
        if self._tap.failure is not None:
            return False
        return self._tap.content or self._tap.complete or self._size > HOLD

    async def _commit(self) -> None:
        self.committed = True
        held, self._held = self._held, []
        for message in held:
            await self._send(message)

    def _failure(self) -> ir.Failure:
        if self._status >= 400:
            start = self._held[0]
            body = b"".join(message.get("body", b"") for message in self._held[1:])
            failure = self.call.client.read_failure(self._status, tuple(start["headers"]), body)
            return evolve(failure, scope=scope_of(self._status))
        told = self.call.target.failure if self.call.target else None
        if told is None and self._tap is not None:
            told = self._tap.failure
        if told is not None:
            return told
        return failure_of(ReplyError("the upstream's answer held nothing"))

    async def release(self) -> bool:
        """Send the refusal as the upstream said it. False: it did not say it with a status, or not to its end."""
        if self._status < 400 or not self._complete:
            return False
        start = self._held[0]
        headers: Headers = tuple(start["headers"])
        if self._status == 429 and get(headers, b"retry-after") is None:
            self._held[0] = {**start, "headers": [*headers, PAUSE]}
        await self._commit()
        return True
