"""What a transport is: the one door to the network.

A transport turns an `Outbound` into an `Exchange`. An exchange belongs to the task that calls `head()` and
`read()`; `abort()` may be called by any task of the same event loop, in any phase, any number of times, and makes
the pending or next `head()`/`read()` raise `ccgate.errors.Aborted` at once. `close()` must always be awaited at the
end (also after errors and cancellation) and never raises; after it, no socket, slot or task of the exchange is left.
An exchange that was read to its end gives its connection back for reuse, any other closes it.

No transport follows redirects, keeps cookies, reads the environment, or adds a credential.
"""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

Headers = tuple[tuple[bytes, bytes], ...]


@frozen(kw_only=True)
class Outbound:
    """One request that leaves the house. Times are seconds; `None` waits for ever."""

    method: str = "POST"
    url: str
    headers: Headers = field(default=(), repr=False)
    """Names lower case. `host` and framing are the transport's business."""
    body: bytes = field(default=b"", repr=False)
    connect_timeout: float | None = 5.0
    """For each step on its own: a free slot, the connection, TLS."""
    first_byte_timeout: float | None = 300.0
    """From the request sent to the head of the reply."""
    idle_timeout: float | None = 300.0
    """Between two reads of the body. There is no total timeout."""


@frozen(kw_only=True)
class Head:
    """The head of a reply. 1xx heads are never shown. Header names are lower case, order and repeats kept."""

    status: int
    headers: Headers = ()


class Exchange(Protocol):
    """One request and its reply."""

    async def head(self) -> Head:
        """Send the request and wait for the head. Raises `TransportError`."""
        ...

    async def read(self) -> tuple[bytes, bool]:
        """The next bytes of the body as they come (decoded from gzip, deflate ...), and whether more may follow.

        Bytes are only empty together with false, at the end. After an error or a cancellation every later call
        raises, so that a cut reply is never taken for a whole one.

        Raises `TransportError`, or `ReplyTooLarge` when a compressed body grows beyond the transport's limit.
        """
        ...

    def abort(self) -> None:
        """Stop now. Safe from any task of the loop, in any phase, repeatedly."""
        ...

    async def close(self) -> None:
        """Let go of everything. Never raises; safe under cancellation, repeatedly."""
        ...


class Transport(Protocol):
    """The door. One transport may serve several event loops: what is bound to a loop is kept per running loop."""

    def exchange(self, outbound: Outbound) -> Exchange:
        """A new exchange. Nothing is sent before its `head()`."""
        ...

    async def close(self) -> None:
        """Close what belongs to the running loop."""
        ...
