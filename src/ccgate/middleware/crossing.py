"""One reply carried from the upstream's dialect into the caller's: bytes in, events, bytes out.

Nothing goes out before there is something to say, so that an upstream that fails at once can still be refused with a
status. The reply is over at the upstream's last event. An answer that came whole to a caller who wanted a stream is
streamed, and one that was streamed to a caller who did not want that is gathered: the events are the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from starlette.types import Message, Send

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import ReplyError, ReplyTooLarge
from ccgate.middleware.answers import refuse, send_body
from ccgate.middleware.errors import is_stream
from ccgate.middleware.provenance import marked
from ccgate.middleware.relay import refuse_other
from ccgate.policy.tokens import count, estimate
from ccgate.translators import Decoder, Headers, UpstreamSide

MAX_ERROR_BODY = 2**20


class Crossing:
    """An ASGI `send` for the upstream's reply; what it makes of it goes to `send`."""

    def __init__(self, call: Call, target: Target, speaks: UpstreamSide, send: Send) -> None:
        self._call = call
        self._target = target
        self._speaks = speaks
        self._send = send
        self._encoder = call.client.encoder(stream=call.stream, asked=call.request)
        self._decoder: Decoder | None = None
        self._status = 0
        self._headers: Headers = ()
        self._error = b""
        self._written = 0
        self._started = False
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            refuse_other(message)
            self._status = message["status"]
            self._headers = tuple(message["headers"])
            if self._status < 400:
                self._decoder = self._speaks.decoder(stream=is_stream(message), asked=self._call.request)
        elif self._decoder is None:
            await self._refusal(message)
        elif not self._ended:
            await self._reply(self._decoder, message.get("body", b""), last=not message.get("more_body", False))

    async def _refusal(self, message: Message) -> None:
        self._error += message.get("body", b"")
        if len(self._error) > MAX_ERROR_BODY:
            raise ReplyTooLarge("the upstream's error is too long to be one")
        if not message.get("more_body", False):
            await refuse(self._call, self._send, self._speaks.read_failure(self._status, self._headers, self._error))

    async def _reply(self, decoder: Decoder, data: bytes, *, last: bool) -> None:
        out = self._write(decoder.feed(data))
        ends = last or decoder.done
        if ends and self._target.failure is None:
            out += await self._close(decoder, out)
        if self._target.failure is not None and not self._started:
            self._ended = self._target.over = True
            await refuse(self._call, self._send, self._target.failure)
        elif ends or self._target.failure is not None:
            await self._finish(out)
        elif out:
            await self._pass(out, last=False)

    async def _close(self, decoder: Decoder, out: bytes) -> bytes:
        """What the decoder still held. When the reply may not end here, what came with its end still goes out."""
        try:
            return self._write(decoder.close())
        except ReplyError:
            if out:
                await self._pass(out, last=False)
            raise

    def _write(self, events: Iterable[ir.Event]) -> bytes:
        out = []
        for each in events:
            event = marked(each, self._target.provider)
            if isinstance(event, ir.Started):
                event = evolve(event, id=self._call.id.removeprefix("req_"), model=self._call.model)
            elif isinstance(event, ir.Delta):
                self._written += count(event.piece) if isinstance(event.piece, str) else 0
            elif isinstance(event, ir.Metered):
                self._target.usage = event.usage
            elif isinstance(event, ir.Failed):
                self._target.failure = event.failure
            out.append(self._encoder.feed(event))
        return b"".join(out)

    async def _finish(self, out: bytes) -> None:
        if self._target.failure is None:
            if self._target.usage is None:
                prompt = estimate(self._call.request)
                self._target.usage = ir.Usage(input=prompt, output=self._written, estimated=True)
                out += self._encoder.feed(ir.Metered(self._target.usage))
            out += self._encoder.close()
        await self._pass(out, last=True)
        # Behind the head: its header tells of the request's losses only.
        self._target.losses += self._encoder.losses

    async def _pass(self, data: bytes, *, last: bool) -> None:
        if last:
            self._ended = self._target.over = True
        if not self._call.stream:
            await send_body(self._send, 200, data, ((b"content-type", b"application/json"),))
            return
        if not self._started:
            self._started = True
            headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    async def end(self, failure: ir.Failure) -> bool:
        """End a reply that broke, in the caller's dialect. False: it is not ours to end."""
        if self._decoder is None or self._ended or self._call.gone is not None:
            return False
        try:
            rest = self._write(self._decoder.close())
        except ReplyError:
            rest = None
        if rest is not None:  # all that matters had come
            await self._finish(rest)
            return True
        if self._started:
            self._target.failure = failure
            await self._finish(self._encoder.feed(ir.Failed(failure)))
        return self._started
