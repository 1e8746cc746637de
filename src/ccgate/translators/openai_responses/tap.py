"""Watches a reply of this dialect that is relayed untouched.

A piece of a stream is only searched for the few events that count (their type stands in quotes, which text cannot
hold unescaped); those are parsed, everything else passes unread. What must be known to end a stream that broke is its
id, told by its first event, and the number of the last event that passed.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.openai_responses.answers import Answer
from ccgate.translators.openai_responses.failures import read_error
from ccgate.translators.openai_responses.usage import read_usage
from ccgate.wire import jsontext, sse
from ccgate.wire.errors_openai import is_failure

ENDS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
COUNTS: Final = (b'"response.completed"', b'"response.incomplete"', b'"response.failed"', b'"error"')
PRELUDE: Final = frozenset({"response.created", "response.queued", "response.in_progress", "keepalive"})
NUMBER: Final = b'"sequence_number":'


@define(eq=False)
class StreamTap:
    """Sees whole frames of a stream."""

    usage: ir.Usage | None = None
    content: bool = False
    complete: bool = False
    failure: ir.Failure | None = None
    counted: int = -1
    """The number of the last event."""
    answer: Answer = field(factory=Answer)

    @property
    def endable(self) -> bool:
        """Clients wait for the end of the response, and for nothing less."""
        return self.complete

    def feed(self, data: bytes) -> None:
        self._count(data)
        if not self.content or any(word in data for word in COUNTS):
            frames = sse.Frames()
            for frame in (*frames.feed(data), *frames.close()):
                self._see(frame)

    def _count(self, data: bytes) -> None:
        _, found, rest = data.rpartition(NUMBER)
        digits = rest.lstrip()[:20].replace(b"}", b",").partition(b",")[0].strip() if found else b""
        if digits.isdigit():
            self.counted = int(digits)

    def _see(self, frame: sse.Frame) -> None:
        if self.content and not any(word in frame.data for word in COUNTS):
            return
        event = _object(frame.data)
        kind = event.get("type")
        if not event or not isinstance(kind, str) or self.complete:
            return
        if self.failure is not None:
            self.complete = kind in ENDS
            return
        told = event.get("response")
        response = told if isinstance(told, dict) else {}
        self._known(response)
        self.content = self.content or kind not in PRELUDE
        if kind in ENDS:
            self.complete = True
            self.usage = read_usage(response)
        if kind == "response.failed" or (kind in ENDS and is_failure(response)):
            self.failure = read_error(response)
        elif kind == "error":
            self.failure = read_error(event)

    def _known(self, response: dict[str, Any]) -> None:
        id_, model = response.get("id"), response.get("model")
        if isinstance(id_, str) and id_:
            self.answer.reply = id_
        if isinstance(model, str):
            self.answer.model = model

    def end(self, failure: ir.Failure) -> bytes:
        """The event that clients understand; nothing where the stream has ended. An `error` event is no end for them:
        Codex does not read it."""
        if self.complete:
            return b""
        kind = "response.failed"
        event = {"type": kind, "sequence_number": self.counted + 1, "response": self.answer.failed(failure)}
        return sse.frame(jsontext.dump(event), kind)


@define(eq=False)
class WholeTap:
    """A document can only be read when it is whole."""

    held: bytearray = field(factory=bytearray)
    document: dict[str, Any] = field(factory=dict)

    def feed(self, data: bytes) -> None:
        self.held += data
        self.document = {}

    def _whole(self) -> dict[str, Any]:
        if not self.document and self.held.rstrip().endswith(b"}"):
            self.document = _object(bytes(self.held))
        return self.document

    @property
    def usage(self) -> ir.Usage | None:
        document = self._whole()
        return None if self.failure is not None else read_usage(document)

    @property
    def content(self) -> bool:
        return bool(self.held)

    @property
    def complete(self) -> bool:
        return isinstance(self._whole().get("output"), list)

    @property
    def endable(self) -> bool:
        return self.complete

    @property
    def failure(self) -> ir.Failure | None:
        document = self._whole()
        failed = is_failure(document) or document.get("status") in ("failed", "cancelled")
        return read_error(document) if failed else None

    def end(self, failure: ir.Failure) -> bytes:  # noqa: ARG002  # a document has no place for it
        return b""


def _object(data: bytes) -> dict[str, Any]:
    """The object these bytes are; an empty one where they are none, for a tap is not the judge."""
    try:
        value = jsontext.load(data)
    except MalformedReply:
        return {}
    return value if isinstance(value, dict) else {}
