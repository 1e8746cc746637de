"""Watching a reply in this dialect go by. It costs a search or two per piece: JSON is read only where there is news.

What the searches look for cannot stand inside a string of JSON, since quotes are escaped there.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.openai_chat.failures import error_document
from ccgate.translators.openai_chat.usage import read_usage
from ccgate.wire import jsontext, sse
from ccgate.wire.errors_openai import failure_of, is_failure

_news = re.compile(rb'"(?:usage|error)"\s*:\s*[^\s,}n]|"object"\s*:\s*"error"|event: ?error').search
_finish = re.compile(rb'"finish_reason"\s*:\s*"').search
_content = re.compile(
    rb'"(?:content|reasoning_content|reasoning|refusal|finish_reason|text|summary|data)"\s*:\s*"[^"]'
    rb'|"(?:tool_calls|content|annotations)"\s*:\s*\[\s*\{|"function_call"\s*:\s*\{'
).search


@define
class StreamTap:
    """`content`: words, a call or an end have passed. A chunk with a role alone is prelude."""

    usage: ir.Usage | None = None
    content: bool = False
    complete: bool = False
    """`[DONE]` has passed."""
    endable: bool = False
    """A `finish_reason` has passed: the stream may end here, `[DONE]` or not."""
    failure: ir.Failure | None = None

    def feed(self, data: bytes) -> None:
        if not self.content:
            self.content = _content(data) is not None
        if not self.endable:
            self.endable = _finish(data) is not None
        if _news(data):
            self._read(data)
        if b"[DONE]" in data and b"data: [DONE]" in data.replace(b"data:[", b"data: ["):
            self.complete = True

    def _read(self, data: bytes) -> None:
        frames = sse.Frames()
        for frame in (*frames.feed(data), *frames.close()):
            chunk = _object(frame.data)
            if is_failure(chunk) or (frame.event == "error" and frame.data):
                self.failure = failure_of(chunk)
            elif isinstance(chunk.get("usage"), dict) and chunk["usage"]:
                self.usage = read_usage(chunk["usage"], chunk.get("service_tier"))

    def end(self, failure: ir.Failure) -> bytes:
        """The error frame; nothing where the stream may end as it is."""
        if self.endable or self.complete or self.failure is not None:
            return b""
        return sse.frame(jsontext.dump(error_document(failure)))


@define
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
        usage = document.get("usage")
        return read_usage(usage, document.get("service_tier")) if isinstance(usage, dict) and usage else None

    @property
    def content(self) -> bool:
        return bool(self.held)

    @property
    def complete(self) -> bool:
        return bool(self._whole().get("choices"))

    @property
    def endable(self) -> bool:
        return self.complete

    @property
    def failure(self) -> ir.Failure | None:
        document = self._whole()
        return failure_of(document) if is_failure(document) else None

    def end(self, failure: ir.Failure) -> bytes:  # noqa: ARG002  # a document has no place for it
        return b""


def _object(data: bytes) -> dict[str, Any]:
    """The object these bytes are; an empty one where they are none, for a tap is not the judge."""
    try:
        value = jsontext.load(data)
    except MalformedReply:
        return {}
    return value if isinstance(value, dict) else {}
