"""A transport that answers from a script: no socket, nothing to start, everything it was asked is kept.

    transport = ScriptedTransport([ScriptedReply(429), ScriptedReply(200, chunks=(b"data: ", ConnectionLost("cut")))])

Each reply is given to one exchange, in order; a function gets the `Outbound` and answers with its reply. What is
scripted is `ScriptedReply`, or an `Exception` that `head()` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio
from anyio.lowlevel import checkpoint
from attrs import define, field, frozen

from ccgate.errors import ReplyTimeout, TransportError
from ccgate.transport.guard import Guard
from ccgate.transport.protocol import Exchange, Head, Headers, Outbound

Cue = bytes | Exception | anyio.Event
"""What happens next: these bytes are read, this is raised, or this is waited for."""


@frozen
class ScriptedReply:
    """One reply. `before` happens before its head: events to wait for, an exception to raise."""

    status: int = 200
    headers: Headers = ()
    chunks: tuple[Cue, ...] = field(default=(), converter=tuple)
    before: tuple[Exception | anyio.Event, ...] = field(default=(), converter=tuple, kw_only=True)


Answering = ScriptedReply | Exception


@define(eq=False, init=False)
class ScriptedTransport:
    """See the module. `sent` is every request that left, in order; `exchanges` every exchange that was made."""

    sent: list[Outbound]
    exchanges: list[ScriptedExchange]
    closed: int
    """How often the transport itself was closed."""
    _answer: Callable[[Outbound], Answering]

    def __init__(self, replies: Iterable[Answering] | Callable[[Outbound], Answering] = ()) -> None:
        self.sent = []
        self.exchanges = []
        self.closed = 0
        self._answer = replies if callable(replies) else _in_order(list(replies))

    def exchange(self, outbound: Outbound) -> Exchange:
        """A new exchange. Nothing is sent before its `head()`."""
        exchange = ScriptedExchange(outbound, self)
        self.exchanges.append(exchange)
        return exchange

    async def close(self) -> None:
        """Counted in `closed`."""
        self.closed += 1
        await checkpoint()

    @property
    def aborted(self) -> list[Outbound]:
        """What was asked by exchanges that were aborted."""
        return [exchange.outbound for exchange in self.exchanges if exchange.aborted]

    @property
    def unclosed(self) -> list[Outbound]:
        """What was asked by exchanges that nobody closed: empty when all is well."""
        return [exchange.outbound for exchange in self.exchanges if not exchange.closed]

    def take(self, outbound: Outbound) -> Answering:
        """Note that it was sent, and find its reply. Raises `AssertionError` behind the end of the script."""
        self.sent.append(outbound)
        return self._answer(outbound)


def _in_order(replies: list[Answering]) -> Callable[[Outbound], Answering]:
    left = iter(replies)

    def answer(outbound: Outbound) -> Answering:
        for reply in left:
            return reply
        raise AssertionError(f"the script has {len(replies)} replies, but another was asked: {outbound}")

    return answer


@define(eq=False)
class ScriptedExchange:
    """One request and its scripted reply; see `ccgate.transport.protocol.Exchange`."""

    outbound: Outbound
    _transport: ScriptedTransport = field(repr=False)
    closed: bool = field(default=False, init=False)
    complete: bool = field(default=False, init=False)
    """It was read to its end."""
    _guard: Guard = field(factory=Guard, init=False, repr=False)
    _cues: list[Cue] | None = field(default=None, init=False, repr=False)

    @property
    def aborted(self) -> bool:
        """Whether `abort` was called."""
        return self._guard.aborted

    async def head(self) -> Head:
        """The scripted head. Raises what is scripted, `Aborted`, or `ReplyTimeout`."""
        return await self._guard.run(self._head, self.outbound.first_byte_timeout, self._late)

    async def read(self) -> tuple[bytes, bool]:
        """The next scripted bytes, and whether more is scripted. Raises as `head` does."""
        return await self._guard.run(self._read, self.outbound.idle_timeout, self._late)

    def abort(self) -> None:
        """Stop now."""
        self._guard.abort()

    async def close(self) -> None:
        """Noted in `closed`."""
        self.closed = True

    async def _head(self) -> Head:
        reply = self._transport.take(self.outbound)
        await checkpoint()
        if isinstance(reply, Exception):
            raise reply
        for cue in reply.before:
            await _play(cue)
        self._cues = list(reply.chunks)
        return Head(status=reply.status, headers=reply.headers)

    async def _read(self) -> tuple[bytes, bool]:
        if self._cues is None:
            raise RuntimeError("read() comes after head()")
        await checkpoint()
        data = b""
        while self._cues and not data:
            data = await _play(self._cues.pop(0))
        self.complete = not self._cues
        return data, not self.complete

    def _late(self) -> TransportError:
        return ReplyTimeout("the script was silent for too long")


async def _play(cue: Cue) -> bytes:
    if isinstance(cue, bytes):
        return cue
    if isinstance(cue, Exception):
        raise cue
    await cue.wait()
    return b""
