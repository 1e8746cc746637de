"""Watching a reply in this dialect go by. JSON is read where usage, an end or an error may stand in it.

What the searches look for cannot stand inside a string of JSON, since quotes are escaped there.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.translators.gemini.decoder import FAILED, not_answered
from ccgate.translators.gemini.failures import error_document, failure_of, is_failure
from ccgate.translators.gemini.usage import read_usage
from ccgate.wire import jsontext, sse

_news = re.compile(rb'"(?:usageMetadata|error|finishReason|blockReason)"\s*:\s*[{"]').search
_content = re.compile(
    rb'"(?:text|thoughtSignature|finishReason|blockReason)"\s*:\s*"[^"]'
    rb'|"(?:functionCall|inlineData|fileData|executableCode|codeExecutionResult|functionResponse)"\s*:\s*\{'
).search


@define
class Seen:
    """What the messages so far have told."""

    usage: ir.Usage | None = None
    finished: bool = False
    failure: ir.Failure | None = None

    def message(self, message: dict[str, Any]) -> None:
        if is_failure(message):
            self.failure = failure_of(message)
            return
        candidates = message.get("candidates")
        for candidate in candidates if isinstance(candidates, list) else ():
            if isinstance(candidate, dict) and candidate.get("index") in (0, None):
                self._candidate(candidate)
        feedback = message.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason"):
            self.finished = True
        usage = message.get("usageMetadata")
        if isinstance(usage, dict) and usage and self.failure is None:
            self.usage = read_usage(usage)

    def _candidate(self, candidate: dict[str, Any]) -> None:
        told = candidate.get("finishReason")
        if isinstance(told, str) and told in FAILED and not self.finished:
            self.failure = not_answered(candidate, told)
        elif told and told != "FINISH_REASON_UNSPECIFIED":
            self.finished = True


@define
class StreamTap:
    """`content`: words, a call or an end have passed."""

    content: bool = False
    seen: Seen = field(factory=Seen)

    @property
    def usage(self) -> ir.Usage | None:
        return self.seen.usage

    @property
    def failure(self) -> ir.Failure | None:
        return self.seen.failure

    @property
    def endable(self) -> bool:
        return self.seen.finished

    @property
    def complete(self) -> bool:
        """There is no last event: the end and the usage have been told."""
        return self.seen.finished and self.seen.usage is not None

    def feed(self, data: bytes) -> None:
        if not self.content:
            self.content = _content(data) is not None
        if _news(data):
            frames = sse.Frames()
            for frame in (*frames.feed(data), *frames.close()):
                self.seen.message(_object(frame.data))

    def end(self, failure: ir.Failure) -> bytes:
        """The error frame; nothing where the stream may end as it is."""
        if self.endable or self.failure is not None:
            return b""
        return sse.frame(jsontext.dump(error_document(failure)))


@define
class WholeTap:
    """A document can only be read when it is whole."""

    held: bytearray = field(factory=bytearray)
    known: Seen | None = None

    def feed(self, data: bytes) -> None:
        self.held += data
        self.known = None

    def _whole(self) -> Seen:
        if self.known is None:
            self.known = Seen()
            if self.held.rstrip().endswith((b"}", b"]")):
                value = _value(bytes(self.held))
                for message in value if isinstance(value, list) else [value]:
                    self.known.message(message if isinstance(message, dict) else {})
                self.known.finished |= isinstance(value, dict) and bool(value.get("candidates"))
        return self.known

    @property
    def usage(self) -> ir.Usage | None:
        return self._whole().usage

    @property
    def content(self) -> bool:
        return bool(self.held)

    @property
    def complete(self) -> bool:
        return self._whole().finished

    @property
    def endable(self) -> bool:
        return self.complete

    @property
    def failure(self) -> ir.Failure | None:
        return self._whole().failure

    def end(self, failure: ir.Failure) -> bytes:  # noqa: ARG002  # a document has no place for it
        return b""


def _value(data: bytes) -> ir.JSON:
    """What these bytes say; nothing where they are no JSON, for a tap is not the judge."""
    try:
        return jsontext.load(data)
    except MalformedReply:
        return None


def _object(data: bytes) -> dict[str, Any]:
    value = _value(data)
    return value if isinstance(value, dict) else {}
