"""Compressed replies, inflated step by step.

A reply of half a megabyte can hold half a gigabyte. What comes out here is at most `STEP` bytes at a time, and never
more than the limit in all, whatever went in; the client library's own decoders are not used.
Codings: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
"""

from __future__ import annotations

import zlib

from ccgate.errors import ConnectionLost, ReplyTooLarge
from ccgate.transport.protocol import Headers

STEP = 64 * 1024
"""The most bytes that one step puts out."""

_GZIP = 16 + zlib.MAX_WBITS
_BITS = {b"gzip": _GZIP, b"x-gzip": _GZIP, b"deflate": zlib.MAX_WBITS}


def inflating(headers: Headers, limit: int) -> tuple[Headers, Inflate | None]:
    """The head's headers as they are after decoding, and what decodes the body.

    A coding that is not gzip or deflate (or is several of them) passes: headers unchanged, nothing to decode.
    """
    codings = b",".join(value for name, value in headers if name == b"content-encoding").strip().lower()
    bits = _BITS.get(codings)
    if bits is None:
        return headers, None
    kept = tuple(pair for pair in headers if pair[0] not in (b"content-encoding", b"content-length"))
    return kept, Inflate(bits, limit)


class Inflate:
    """`feed` bytes, then `step` until it has nothing more; `finish` at the end of the body."""

    __slots__ = ("_bits", "_done", "_engine", "_fed", "_input", "_left", "_limit")

    def __init__(self, bits: int, limit: int) -> None:
        self._bits = bits
        self._engine = zlib.decompressobj(bits)
        self._input = b""
        self._fed = False  # bytes of the current member were seen
        self._done = False  # a member has ended and no other follows: what still comes is padding
        self._limit = limit
        self._left = limit

    def feed(self, data: bytes) -> None:
        """More compressed bytes, when `step` has nothing more to give."""
        if self._done or not data:
            return
        if not self._fed and self._bits == zlib.MAX_WBITS and data[0] & 0x0F != zlib.DEFLATED:
            # "deflate" is zlib's format, yet some servers send it bare: its first byte tells.
            self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
        self._fed = True
        self._input += data

    def step(self) -> bytes:
        """At most `STEP` bytes; empty when more input is needed. Raises `ReplyTooLarge`, `ConnectionLost`."""
        data = self._decompress()
        while not data and self._engine.eof and self._next_member():
            data = self._decompress()
        self._left -= len(data)
        if self._left < 0:
            raise ReplyTooLarge(f"the reply is more than {self._limit} bytes when decompressed")
        return data

    def finish(self) -> None:
        """The body has ended. Raises `ConnectionLost` when it should not have."""
        if self._fed and not self._engine.eof:
            raise ConnectionLost("the compressed reply ended too early")

    def _decompress(self) -> bytes:
        if self._engine.eof:
            return b""
        try:
            data = self._engine.decompress(self._input, STEP)
        except zlib.error:
            raise ConnectionLost("the reply is not what its content-encoding says") from None
        self._input = self._engine.unused_data or self._engine.unconsumed_tail
        return data

    def _next_member(self) -> bool:
        """A gzip body may be several gzip files in a row; anything else behind the end is ignored."""
        rest, self._input = self._input, b""
        if self._bits != _GZIP or not rest.startswith(b"\x1f"):
            self._done = bool(rest) or self._bits != _GZIP
            return False
        self._engine = zlib.decompressobj(self._bits)
        self._input = rest
        return True
