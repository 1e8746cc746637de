"""One reply relayed untouched, because both sides speak one dialect.

Bytes pass as they came, in whole frames: both SDKs choke on half an event that is followed by an error. A tap watches
a copy, for the usage and for the end: the stream is over at its last event, not when the upstream gets round to
closing it (a client waits for the end of the body), and one that stops short is ended with the dialect's own error.
An error event of the upstream's passes as it came; where the dialect's clients wait for more than that, it follows.
"""

from __future__ import annotations

from starlette.types import Message, Send

from ccgate import ir
from ccgate.call import Call, Target
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.middleware.errors import is_stream
from ccgate.translators import Tap
from ccgate.wire.headers import get
from ccgate.wire.sse import Frames, Splitter


class Relay:
    """An ASGI `send` for the upstream's reply; what it lets through goes to `send`."""

    def __init__(self, call: Call, target: Target, send: Send) -> None:
        self._call = call
        self._target = target
        self._send = send
        self._tap: Tap | None = None
        self._splitter: Splitter | None = None
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
            await self._send(message)
        elif not self._ended:
            await self._more(message.get("body", b""), last=not message.get("more_body", False))

    def _begin(self, start: Message) -> None:
        refuse_other(start)
        if start["status"] < 400:  # an error is passed on as it is, whatever it calls itself
            stream = is_stream(start)
            self._splitter = Splitter() if stream else None
            self._tap = self._call.client.tap(stream=stream)

    async def _more(self, data: bytes, *, last: bool) -> None:
        if self._tap is None:
            await self._pass(data, last=last)
        elif self._splitter is None:
            await self._whole(self._tap, data, last=last)
        else:
            await self._frames(self._tap, self._splitter, data, last=last)

    async def _whole(self, tap: Tap, data: bytes, *, last: bool) -> None:
        tap.feed(data)
        if last:
            self._watch(tap)
        await self._pass(data, last=last)

    async def _frames(self, tap: Tap, splitter: Splitter, data: bytes, *, last: bool) -> None:
        data = splitter.feed(data)
        tap.feed(data)
        rest = remainder(splitter.rest) if last and not splitter.inside else b""
        if rest and not over(tap):
            tap.feed(rest)
        self._watch(tap)
        if over(tap):
            await self._pass(followed(data + rest, ending(tap)), last=True)
        elif last and tap.endable:
            await self._pass(data + rest, last=True)
        elif last:
            await self._pass(data + rest + b"\n\n" if rest else data, last=False)
            raise TruncatedReply("the upstream ended its stream too early")
        else:
            await self._pass(data, last=False)

    def _watch(self, tap: Tap) -> None:
        self._target.usage = tap.usage
        self._target.failure = tap.failure

    async def _pass(self, data: bytes, *, last: bool) -> None:
        if last:
            self._ended = self._target.over = True
        if data or last:
            await self._send({"type": "http.response.body", "body": data, "more_body": not last})

    async def end(self, failure: ir.Failure) -> bool:
        """End a stream that broke, in the caller's dialect. False: it is not ours to end."""
        if self._tap is None or self._splitter is None or self._ended or self._call.gone is not None:
            return False
        if self._splitter.inside:  # half of a giant event is out: nothing but a broken connection can follow it
            return False
        if self._tap.endable:
            await self._pass(b"", last=True)
        else:
            self._target.failure = failure
            await self._pass(self._tap.end(failure), last=True)
        return True


def over(tap: Tap) -> bool:
    """The dialect's last event has passed, or an error event, behind which nothing follows."""
    return tap.complete or tap.failure is not None


def ending(tap: Tap) -> bytes:
    """What clients of the dialect need behind the error event that has passed, to know that their stream has failed.
    Nothing, where that event is an end for them."""
    return b"" if tap.failure is None else tap.end(tap.failure)


def followed(data: bytes, frame: bytes) -> bytes:
    """One more frame behind `data`, whose own last frame may have forgotten its blank line."""
    return data + b"\n\n" + frame if frame and not data.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")) else data + frame


def remainder(rest: bytes) -> bytes:
    """The last frame of a stream that forgot its blank line, if it is whole but for that."""
    frames = Frames()
    frames.feed(rest)
    return rest if frames.close() else b""


def refuse_other(start: Message) -> None:
    """A page is not an answer: a login form, a firewall's notice. Nor is a redirect, which would lead the caller, and
    its credential, to another place."""
    content_type = get(tuple(start["headers"]), b"content-type") or b""
    if start["status"] < 400 and content_type.lower().startswith(b"text/html"):
        raise MalformedReply("the upstream answered with a web page")
    if 300 <= start["status"] < 400:
        raise MalformedReply(f"the upstream answered with a redirect ({start['status']}), which is not followed")
