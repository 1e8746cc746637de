"""A reply, encoded: a message per piece, or one document.

    text and thoughts   a message per piece; a seal of ours follows as a part of its own with empty text
    calls               one part when they are complete, for their arguments are an object
    the end             one message with the reason and the usage, written when the reply is closed
    a failure           a frame with `error` alone

One block is written at a time (`ir.Sequencer`), since the parts of a content have an order and no index. A reply in
which the model failed has no form of its own here. https://ai.google.dev/api/generate-content#generatecontentresponse
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from attrs import define, field

from ccgate import ir
from ccgate.errors import GrammarBroken, MalformedReply
from ccgate.translators.gemini.failures import error_document
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.losses import merged
from ccgate.translators.gemini.names import full_name
from ccgate.translators.gemini.usage import write_usage
from ccgate.wire import jsonstring, jsontext, sse

REASONS: Final[dict[ir.Reason, str]] = {
    "end": "STOP",
    "limit": "MAX_TOKENS",
    "tool_use": "STOP",
    "stop": "STOP",
    "refusal": "SAFETY",
    "pause": "OTHER",
    "context_full": "MAX_TOKENS",
    "other": "OTHER",
}
BREAK: Final = "\n\n"

Part = dict[str, Any]


@define
class Report:
    """What a reply loses in this dialect, and the pieces both encoders write alike."""

    found: list[ir.Loss] = field(factory=list)

    def lose(self, at: str, why: str, what: ir.What = "dropped", grade: ir.Grade = "hint") -> None:
        self.found.append(ir.Loss(at, what, why, grade))

    def seal(self, seal: ir.Seal | None, at: str) -> Part:
        """A seal of ours; another's cannot be carried."""
        if seal is None or not seal.value:
            return {}
        if seal.maker == DIALECT:
            return {"thoughtSignature": seal.value}
        self.lose(at, f"this dialect cannot carry the {seal.kind} of {seal.maker}")
        return {}

    def call(self, block: ir.ToolUse) -> Part:
        called = {"id": block.id, "name": full_name(block.name, block.namespace), "args": self._arguments(block)}
        return {"functionCall": called} | self.seal(block.seal, block.at)

    def _arguments(self, block: ir.ToolUse) -> dict[str, Any]:
        if block.form == "text":
            return {jsonstring.KEY: block.arguments}
        try:
            value = jsontext.load(block.arguments or "{}")
        except MalformedReply:
            value = block.arguments
        if isinstance(value, dict):
            return value
        self.lose(block.at, "arguments that are no object are told as one with the member input", "changed", "content")
        return {jsonstring.KEY: value}

    def other(self, block: ir.Block) -> list[Part]:
        """A block that is neither text nor thought nor call."""
        if isinstance(block, ir.Opaque) and block.dialect == DIALECT:
            return [dict(block.value)]
        if isinstance(block, ir.Media) and isinstance(block.source, ir.Inline):
            return [{"inlineData": {"mimeType": block.source.media_type, "data": block.source.data}}]
        words = block.says if isinstance(block, ir.Opaque) else None
        self.lose(block.at, "this dialect cannot hold such a block", "changed" if words else "dropped", "content")
        return [{"text": words}] if words else []

    def citation(self, citation: ir.Citation) -> None:
        self.lose(citation.at, "where words come from cannot be told")

    def head(self, started: ir.Started) -> Part:
        extra = started.extra
        top: Part = {}
        if extra is not None and extra.dialect == DIALECT:
            top = dict(extra.value)
        elif extra is not None:
            for key in extra.value:
                self.lose(ir.child(extra.at, key), "this dialect has no such field")
        return top | {"modelVersion": started.model, "responseId": started.id}

    def kept(self, opaque: ir.Opaque) -> Part:
        """Fields of a candidate; what another dialect has for events cannot be told."""
        if opaque.dialect == DIALECT:
            return dict(opaque.value)
        self.lose(opaque.at, "only its own dialect has such an event")
        return {}

    def end(self, finished: ir.Finished) -> tuple[Part, Part]:
        """The fields of the candidate that ends, and those beside it."""
        if finished.stop is not None:
            self.lose("", "this dialect does not tell which stop sequence was hit")
        detail = finished.detail
        if detail is not None and detail.dialect == DIALECT:
            told = dict(detail.value)
            feedback = {key: told.pop(key) for key in ("promptFeedback",) if key in told}
            return ({} if feedback else {"finishReason": REASONS[finished.reason]} | told), feedback
        candidate: Part = {"finishReason": REASONS[finished.reason]}
        if detail is not None and detail.says is not None:
            candidate["finishMessage"] = detail.says
        elif detail is not None:
            self.lose(detail.at, "this dialect gives no details of an end")
        return candidate, {}


@define
class StreamEncoder:
    """Events to messages."""

    report: Report = field(factory=Report)
    head: Part = field(factory=dict)
    sequencer: ir.Sequencer = field(factory=ir.Sequencer)
    block: ir.Block = field(factory=lambda: ir.Text(""))
    """The block that is written now."""
    held: list[str] = field(factory=list)
    """The arguments of the call that is written now."""
    seal: ir.Seal | None = None
    broken: bool = False
    """The next words begin a new paragraph."""
    usage: ir.Usage | None = None
    finished: ir.Finished | None = None
    failed: bool = False

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.report.found)

    def feed(self, event: ir.Event) -> bytes:
        return b"".join([WRITERS[type(each)](self, each) for each in self.sequencer.feed(event)])

    def close(self) -> bytes:
        if self.failed:
            return b""
        if self.finished is None:
            raise GrammarBroken("the reply is not finished")
        candidate, beside = self.report.end(self.finished)
        if self.usage is not None:
            beside["usageMetadata"] = write_usage(self.usage)
        last = {"content": {"role": "model"}} | candidate | {"index": 0}
        return self._message(({"candidates": [last]} if candidate else {}) | beside)

    def started(self, event: ir.Event) -> bytes:
        self.head = self.report.head(cast("ir.Started", event))
        return b""

    def opened(self, event: ir.Event) -> bytes:
        self.block = block = cast("ir.Opened", event).block
        self.held, self.seal, self.broken = [], getattr(block, "seal", None), False
        if isinstance(block, ir.ToolUse):
            self.held = [block.arguments]
            return b""
        if isinstance(block, ir.Thinking):
            return self._words(BREAK.join(block.parts))
        if isinstance(block, ir.Text):
            for citation in block.citations:
                self.report.citation(citation)
            return self._words(block.text)
        return b"".join([self._part(part) for part in self.report.other(block)])

    def delta(self, event: ir.Event) -> bytes:
        piece = cast("ir.Delta", event).piece
        if isinstance(piece, ir.Seal):
            self.seal = piece
        elif isinstance(piece, ir.Break):
            self.broken = True
        elif isinstance(piece, ir.Citation):
            self.report.citation(piece)
        elif isinstance(self.block, ir.ToolUse):
            self.held.append(piece)
        else:
            return self._words(piece)
        return b""

    def closed(self, event: ir.Event) -> bytes:
        del event
        block = self.block
        if isinstance(block, ir.ToolUse):
            arguments = "".join(self.held)
            called = ir.ToolUse(block.id, block.name, arguments, block.namespace, block.form, self.seal, at=block.at)
            return self._part(self.report.call(called))
        seal = self.report.seal(self.seal, getattr(block, "at", ""))
        if not seal:
            return b""
        thought = {"thought": True} if isinstance(block, ir.Thinking) else {}
        return self._part({"text": ""} | thought | seal)

    def _words(self, said: str) -> bytes:
        if not said:
            return b""
        if self.broken:
            self.broken, said = False, BREAK + said
        return self._part({"text": said} | ({"thought": True} if isinstance(self.block, ir.Thinking) else {}))

    def _part(self, part: Part) -> bytes:
        return self._message({"candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}]})

    def _message(self, message: Part) -> bytes:
        return sse.frame(jsontext.dump(message | self.head))

    def metered(self, event: ir.Event) -> bytes:
        self.usage = cast("ir.Metered", event).usage
        return b""

    def kept(self, event: ir.Event) -> bytes:
        fields = self.report.kept(cast("ir.Kept", event).opaque)
        return self._message({"candidates": [fields | {"index": 0}]}) if fields else b""

    def ended(self, event: ir.Event) -> bytes:
        self.finished = cast("ir.Finished", event)
        return b""

    def failure(self, event: ir.Event) -> bytes:
        self.failed = True
        return sse.frame(jsontext.dump(error_document(cast("ir.Failed", event).failure)))


WRITERS: Final[dict[type, Callable[[StreamEncoder, ir.Event], bytes]]] = {
    ir.Started: StreamEncoder.started,
    ir.Opened: StreamEncoder.opened,
    ir.Delta: StreamEncoder.delta,
    ir.Closed: StreamEncoder.closed,
    ir.Metered: StreamEncoder.metered,
    ir.Kept: StreamEncoder.kept,
    ir.Finished: StreamEncoder.ended,
    ir.Failed: StreamEncoder.failure,
}


@define
class WholeEncoder:
    """Events to one document, written at the end."""

    folder: ir.Folder = field(factory=ir.Folder)
    report: Report = field(factory=Report)

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.report.found)

    def feed(self, event: ir.Event) -> bytes:
        self.folder.feed(event)
        return b""

    def close(self) -> bytes:
        reply, started, finished = self.folder.reply, self.folder.started, self.folder.finished
        if reply.failure is not None:
            return jsontext.dump(error_document(reply.failure))
        if started is None or finished is None:
            raise GrammarBroken("the reply is not finished")
        head = self.report.head(started)
        parts = [part for block in reply.blocks for part in self._parts(block)]
        candidate, beside = self.report.end(finished)
        for opaque in reply.kept:
            candidate = merged(candidate, self.report.kept(opaque))
        if reply.usage is not None:
            beside["usageMetadata"] = write_usage(reply.usage)
        content = {"content": {"parts": parts, "role": "model"}} if candidate else {}
        told = {"candidates": [content | candidate | {"index": 0}]} if candidate else {}
        return jsontext.dump(told | beside | head)

    def _parts(self, block: ir.Block) -> list[Part]:
        if isinstance(block, ir.ToolUse):
            return [self.report.call(block)]
        if isinstance(block, ir.Thinking):
            words = BREAK.join(block.parts)
            thought: Part = {"text": words, "thought": True} | self.report.seal(block.seal, block.at)
            return [thought] if words or len(thought) > 2 else []
        if isinstance(block, ir.Text):
            for citation in block.citations:
                self.report.citation(citation)
            part: Part = {"text": block.text} | self.report.seal(block.seal, block.at)
            return [part] if block.text or len(part) > 1 else []
        return self.report.other(block)
