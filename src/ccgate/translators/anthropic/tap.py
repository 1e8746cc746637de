"""Watches a reply of this dialect that is relayed untouched.

A piece of a stream is only searched for the few events that count (their type stands in quotes, which text cannot
hold unescaped); those are parsed, everything else passes unread.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.anthropic.failures import document, read_error
from ccgate.translators.anthropic.usage import merge, read_usage
from ccgate.wire import jsontext, sse

COUNTS: Final = (b'"message_', b'"error"')
CONTENT: Final = frozenset({"content_block_start", "message_delta", "message_stop"})


def error_frame(failure: ir.Failure) -> bytes:
    """The event that ends a stream which failed."""
    return sse.frame(jsontext.dump(document(failure)), "error")


@define(eq=False)
class StreamTap:
    """Sees whole frames of a stream."""

    content: bool = False
    complete: bool = False
    endable: bool = False
    """A stop_reason has passed: without `message_stop` nothing of the answer is missing."""
    failure: ir.Failure | None = None
    _usage: dict[str, Any] = field(factory=dict)

    @property
    def usage(self) -> ir.Usage | None:
        return read_usage(self._usage)

    def feed(self, data: bytes) -> None:
        if not self.content or any(word in data for word in COUNTS):
            frames = sse.Frames()
            for frame in (*frames.feed(data), *frames.close()):
                self._see(frame.data)

    def _see(self, data: bytes) -> None:
        event = _object(data) if not self.content or any(word in data for word in COUNTS) else None
        if event is None or self.complete or self.failure is not None:
            return
        kind = event.get("type")
        if kind == "error":
            self.failure = read_error(event)
        elif kind == "message_start":
            message = event.get("message")
            merge(self._usage, message.get("usage") if isinstance(message, dict) else None)
        elif kind == "message_delta":
            merge(self._usage, event.get("usage"))
            delta = event.get("delta")
            self.endable = self.endable or (isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str))
        self.complete = kind == "message_stop"
        self.endable = self.endable or self.complete
        self.content = self.content or (isinstance(kind, str) and kind in CONTENT)

    def end(self, failure: ir.Failure) -> bytes:
        """The error event; nothing behind the last event, which an error event is too."""
        return b"" if self.complete or self.failure is not None else error_frame(failure)


@define(eq=False)
class WholeTap:
    """Keeps a whole reply and reads it when somebody asks."""

    _held: list[bytes] = field(factory=list)
    _read: dict[str, Any] | None = None

    def feed(self, data: bytes) -> None:
        self._held.append(data)
        self._read = None

    def end(self, failure: ir.Failure) -> bytes:
        """Nothing can be added to a document that was cut."""
        del failure
        return b""

    @property
    def content(self) -> bool:
        return any(self._held)

    @property
    def endable(self) -> bool:
        return self.complete

    @property
    def complete(self) -> bool:
        return isinstance(self._document.get("content"), list)

    @property
    def failure(self) -> ir.Failure | None:
        document = self._document
        return read_error(document) if document.get("type") == "error" else None

    @property
    def usage(self) -> ir.Usage | None:
        seen: dict[str, Any] = {}
        merge(seen, self._document.get("usage"))
        return read_usage(seen)

    @property
    def _document(self) -> dict[str, Any]:
        if self._read is None:
            self._read = _object(b"".join(self._held)) or {}
        return self._read


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = jsontext.load(data)
    except MalformedReply:
        return None  # whoever reads the reply will say so; a tap only watches
    return value if isinstance(value, dict) else None
