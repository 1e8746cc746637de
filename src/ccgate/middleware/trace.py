"""What happened: the outermost of our apps makes the call, times it, and tells the observers at its end.

It also puts on every answer what was decided: `x-ccgate-provider`, `x-ccgate-model`, `x-ccgate-route` and, where a
request could not be said whole in the upstream's dialect, `x-ccgate-loss: <count>; <pointer>=<what>, ...` (ASCII, at
most 1 KiB; the log has them all).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from attrs import define
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccgate import ir
from ccgate.call import Call
from ccgate.clock import Clock
from ccgate.observe import CallEnded, Observer
from ccgate.surfaces import Surfaces
from ccgate.translators import Headers
from ccgate.wire.headers import merge

LOSS_HEADER_LIMIT = 1024


@define(kw_only=True)
class Trace:
    """Wraps everything. `observers` are told of each call's end, `surfaces` says which paths mean what."""

    app: ASGIApp
    observers: tuple[Observer, ...] = ()
    surfaces: Surfaces | None = None
    clock: Clock = time.monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call.of(scope, self.surfaces, self.observers)
        seen = Seen(call, send, self.clock)
        try:
            await self.app(scope, receive, seen)
        finally:
            call.tell(seen.ended())


class Seen:
    """What the client saw of one call."""

    def __init__(self, call: Call, send: Send, clock: Clock) -> None:
        self._call = call
        self._send = send
        self._clock = clock
        self._began = clock()
        self._first: float | None = None
        self._status = 0
        self._complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = merge(tuple(message.get("headers", ())), decided(self._call))
            message = {**message, "headers": list(headers)}
        elif message["type"] == "http.response.body":
            if self._first is None and message.get("body"):
                self._first = self._clock() - self._began
            self._complete = self._complete or not message.get("more_body", False)
        await self._send(message)

    def ended(self) -> CallEnded:
        """The whole story, for the observers."""
        call, target = self._call, self._call.target
        return CallEnded(
            call=call.id,
            dialect=call.client.dialect,
            method=call.method,
            path=call.path,
            principal=call.principal,
            session=call.session,
            asked_model=call.model or None,
            route=call.route,
            provider=target.provider if target else None,
            model=target.model if target else None,
            status=self._status,
            outcome=self._outcome(),
            first_byte=self._first,
            duration=self._clock() - self._began,
            attempts=call.attempts,
            usage=target.usage if target else None,
            losses=tuple(target.losses) if target else (),
        )

    def _outcome(self) -> str:
        call = self._call
        if call.gone is not None:
            return "hung up"
        if self._status == 0 or not self._complete or (call.target and call.target.failure and self._status < 400):
            return "failed"
        return "refused" if self._status >= 400 else "answered"


def decided(call: Call) -> Headers:
    """The headers that tell what was decided."""
    target = call.target
    if target is None:
        return ()
    words = {b"provider": target.provider, b"model": target.model, b"route": call.route}
    headers = tuple((b"x-ccgate-" + name, plain(word)) for name, word in words.items() if word)
    return (*headers, (b"x-ccgate-loss", loss_header(target.losses))) if target.losses else headers


def loss_header(losses: Sequence[ir.Loss]) -> bytes:
    """The count, then as many losses as fit."""
    text = plain(f"{len(losses)}")
    for n, loss in enumerate(losses):
        more = (b"; " if n == 0 else b", ") + plain(f"{loss.at}={loss.what}")
        if len(text) + len(more) > LOSS_HEADER_LIMIT:
            break
        text += more
    return text


def plain(word: str) -> bytes:
    """A word as a header may hold it: printable ASCII."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in word).encode()
