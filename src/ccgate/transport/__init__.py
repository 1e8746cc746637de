"""The door to the network: the contract, and the transports that keep it.

`HttpxTransport` is loaded when it is asked for: importing this package does not import an HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccgate.transport.asgi import AsgiTransport
from ccgate.transport.protocol import Exchange, Head, Headers, Outbound, Transport

if TYPE_CHECKING:
    from ccgate.transport.httpx import HttpxTransport

__all__ = ["AsgiTransport", "Exchange", "Head", "Headers", "HttpxTransport", "Outbound", "Transport"]


def __getattr__(name: str) -> object:
    if name == "HttpxTransport":
        from ccgate.transport.httpx import HttpxTransport  # noqa: PLC0415 costs 60 ms, paid by who uses it

        return HttpxTransport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
