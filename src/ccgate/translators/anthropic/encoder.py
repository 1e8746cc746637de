"""Events to replies that clients of this dialect read.

A stream has one block open at a time (`ir.Sequencer`), with indexes in a row. What Claude Code needs is kept: every
event has its `event:` line, the input of a call comes in `input_json_delta` pieces only, thinking without a signature
has an empty one, an answer with a call in it stops with `tool_use`. A block is begun with its first
piece, so that no empty text or thinking is ever sent: clients send it back, and the vendor refuses it. Only a seal of
another provider has a thinking block of its own, before its block if it is known by then, else behind it. Counts may
come behind the end, so `message_delta` is written when the reply is closed; those that come right behind the start
are told in `message_start`, which therefore waits for one event more.
https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import define, evolve, field

from ccgate import ir
from ccgate.errors import GrammarBroken
from ccgate.translators.anthropic.answers import Answer, redacted, silent
from ccgate.translators.anthropic.failures import document
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.tap import error_frame
from ccgate.translators.anthropic.usage import write_usage
from ccgate.wire import jsonstring, jsontext, seals, sse

IN_DELTA: Final = frozenset({"stop_details", "container"})
"""Fields of the end that stand in the `delta` of a `message_delta`; the others stand beside it."""
DELTA: Final = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":"%b","%b":%b}}\n\n'
)
UNFINISHED: Final = "the reply was closed before it was finished"


@define(eq=False)
class WholeEncoder:
    """Writes one JSON document."""

    answer: Answer = field(factory=Answer)
    _folder: ir.Folder = field(factory=ir.Folder)

    @property
    def losses(self) -> Sequence[ir.Loss]:
        return tuple(self.answer.losses)

    def feed(self, event: ir.Event) -> bytes:
        self._folder.feed(event)
        return b""

    def close(self) -> bytes:
        reply, answer = self._folder.reply, self.answer
        if reply.failure is not None:
            return jsontext.dump(document(reply.failure))
        if reply.reason is None:
            raise GrammarBroken(UNFINISHED)
        for opaque in reply.kept:
            answer.lose(opaque.at, "a whole answer has no events", "hint")
        out = answer.message(ir.Started(reply.id, reply.model, reply.extra))
        out["content"] = answer.content(reply.blocks)
        end = ir.Finished(reply.reason, reply.stop, reply.detail)
        out["stop_reason"], detail = answer.ending(end)
        out["stop_sequence"] = reply.stop
        out["usage"] = write_usage(reply.usage)
        return jsontext.dump({**out, **detail})


@define(eq=False)
class StreamEncoder:
    """Writes server-sent events."""

    answer: Answer = field(factory=Answer)
    _sequencer: ir.Sequencer = field(factory=ir.Sequencer)
    _message: dict[str, Any] | None = None
    """A message_start that waits for its counts."""
    _usage: ir.Usage | None = None
    _finished: ir.Finished | None = None
    _failed: bool = False
    _block: ir.Block | None = None
    _pending: dict[str, Any] | None = None
    """The open block as it begins, not written yet."""
    _begun: bool = False
    """The beginning of the open block is written."""
    _seal: ir.Seal | None = None
    """The seal of the open text or call, which a block of its own will carry."""
    _index: int = 0

    @property
    def losses(self) -> Sequence[ir.Loss]:
        return tuple(self.answer.losses)

    def feed(self, event: ir.Event) -> bytes:
        out: list[bytes] = []
        for each in self._sequencer.feed(event):
            if not self._failed:
                EVENTS[type(each)](self, each, out)
        return b"".join(out)

    def close(self) -> bytes:
        if self._failed:
            return b""
        if self._finished is None:
            raise GrammarBroken(UNFINISHED)
        out: list[bytes] = []
        self._introduce(out)
        word, detail = self.answer.ending(self._finished)
        delta = {"stop_reason": word, "stop_sequence": self._finished.stop}
        delta |= {key: value for key, value in detail.items() if key in IN_DELTA}
        beside = {key: value for key, value in detail.items() if key not in IN_DELTA}
        out += (
            _frame("message_delta", {"delta": delta, "usage": write_usage(self._usage), **beside}),
            _frame("message_stop", {}),
        )
        return b"".join(out)

    def started(self, event: ir.Started, _out: list[bytes]) -> None:
        self._message = self.answer.message(event)

    def _introduce(self, out: list[bytes]) -> None:
        if self._message is not None:
            self._message["usage"] = write_usage(self._usage)
            out += (_frame("message_start", {"message": self._message}), _frame("ping", {}))
            self._message = None

    def metered(self, event: ir.Metered, out: list[bytes]) -> None:
        self._usage = event.usage
        self._introduce(out)

    def opened(self, event: ir.Opened, out: list[bytes]) -> None:
        self._introduce(out)
        self._end_block(out)  # only a failure can leave one open
        self._block = block = event.block
        if isinstance(block, ir.Text | ir.ToolUse):
            self._seal, block = block.seal, evolve(block, seal=None)
        if isinstance(block, ir.ToolUse):
            self._pending = self.answer.call(block)
            self._ready(out)
            if block.form == "text":
                out.append(self._piece(b"input_json_delta", b"partial_json", jsonstring.HEAD))
        elif isinstance(block, ir.Text | ir.Thinking):
            self._pending = self.answer.opened(block)
        elif (whole := self.answer.whole(block)) is not None:
            self._whole(whole, out)
        if isinstance(block, ir.Text | ir.Thinking | ir.ToolUse):
            # What the block already holds comes as pieces, like all that follows.
            for each in ir.unfold(ir.Reply(blocks=(block,))):
                if isinstance(each, ir.Delta):
                    self.delta(each, out)

    def delta(self, event: ir.Delta, out: list[bytes]) -> None:
        PIECES[type(self._block), type(event.piece)](self, event.piece, out)

    def closed(self, _event: ir.Closed, out: list[bytes]) -> None:
        if isinstance(self._block, ir.ToolUse) and self._block.form == "text":
            out.append(self._piece(b"input_json_delta", b"partial_json", jsonstring.TAIL))
        self._end_block(out)

    def _end_block(self, out: list[bytes]) -> None:
        of: seals.Of = "last" if self._begun else "text"
        self._stop(out)
        self._carry(of, out)  # one that came too late, or for a text without words
        self._block, self._pending = None, None

    def _stop(self, out: list[bytes]) -> None:
        if self._begun:
            out.append(_frame("content_block_stop", {"index": self._index}))
            self._index += 1
            self._begun = False

    def _carry(self, of: seals.Of, out: list[bytes]) -> None:
        if self._seal is not None and not silent(self._seal):
            carrier = self.answer.carrier(self._seal, of)
            self._begin({**carrier, "signature": ""}, out)
            out.append(self._piece(b"signature_delta", b"signature", carrier["signature"]))
            self._stop(out)
        self._seal = None

    def _begin(self, block: dict[str, Any], out: list[bytes]) -> None:
        out.append(_frame("content_block_start", {"index": self._index, "content_block": block}))
        self._begun = True

    def _ready(self, out: list[bytes]) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self._carry("next", out)
            self._begin(pending, out)

    def _piece(self, kind: bytes, key: bytes, text: str) -> bytes:
        """A delta: written by hand, for nearly all of a stream is made of them."""
        return DELTA % (self._index, kind, key, jsontext.dump(text))

    def _whole(self, block: dict[str, Any], out: list[bytes]) -> None:
        """A block that has no pieces; but the input of a call, and words, are read from pieces only."""
        value, text = block.get("input"), block.get("text")
        if isinstance(value, dict):
            self._begin({**block, "input": {}}, out)
            out.append(self._piece(b"input_json_delta", b"partial_json", jsontext.dump(value).decode()))
        elif block.get("type") == "text" and isinstance(text, str):
            self._begin({**block, "text": ""}, out)
            out.append(self._piece(b"text_delta", b"text", text))
        else:
            self._begin(block, out)

    def words(self, piece: str, out: list[bytes]) -> None:
        if piece:
            self._ready(out)
            out.append(self._piece(b"text_delta", b"text", piece))

    def citation(self, piece: ir.Citation, out: list[bytes]) -> None:
        cited = self.answer.citation(piece)
        if cited is not None:
            self._ready(out)
            delta = {"type": "citations_delta", "citation": cited}
            out.append(_frame("content_block_delta", {"index": self._index, "delta": delta}))

    def thought(self, piece: str, out: list[bytes]) -> None:
        redacted = isinstance(self._block, ir.Thinking) and self._block.form == "redacted"
        if piece and not redacted:  # that has no words
            self._ready(out)
            out.append(self._piece(b"thinking_delta", b"thinking", piece))

    def paragraph(self, _piece: ir.Break, out: list[bytes]) -> None:
        if self._begun:
            self.thought("\n\n", out)

    def signed(self, seal: ir.Seal, out: list[bytes]) -> None:
        block = self._block
        if not isinstance(block, ir.Thinking) or (silent(seal) and not self._begun):
            return
        signature = self.answer.signature(block, seal)
        if redacted(block, seal):
            self._begin(self.answer.put(block.extra, block.at, {"type": "redacted_thinking", "data": signature}), out)
        else:
            self._ready(out)
            out.append(self._piece(b"signature_delta", b"signature", signature))

    def sealed(self, seal: ir.Seal, _out: list[bytes]) -> None:
        self._seal = seal

    def arguments(self, piece: str, out: list[bytes]) -> None:
        if isinstance(self._block, ir.ToolUse) and self._block.form == "text":
            piece = jsonstring.escaped(piece)
        if piece:
            out.append(self._piece(b"input_json_delta", b"partial_json", piece))

    def kept(self, event: ir.Kept, out: list[bytes]) -> None:
        """An event of our own goes on. One that is about a block means the open block, whose number may be another."""
        self._introduce(out)
        opaque = event.opaque
        if opaque.dialect != DIALECT:
            self.answer.lose(opaque.at, "only its own dialect knows this event", "hint")
        elif "index" not in opaque.value:
            out.append(_frame(str(opaque.value.get("type", "")), opaque.value))
        elif self._begun:
            out.append(_frame(str(opaque.value.get("type", "")), {**opaque.value, "index": self._index}))
        else:
            self.answer.lose(opaque.at, "the block that this event is about is not open", "hint")

    def finished(self, event: ir.Finished, out: list[bytes]) -> None:
        self._introduce(out)
        self._finished = event

    def failed(self, event: ir.Failed, out: list[bytes]) -> None:
        self._introduce(out)
        self._failed = True
        out.append(error_frame(event.failure))


def _frame(kind: str, value: dict[str, Any]) -> bytes:
    return sse.frame(jsontext.dump({"type": kind, **value}), kind)


Write = Callable[[StreamEncoder, Any, list[bytes]], None]
EVENTS: Final[dict[type, Write]] = {
    ir.Delta: StreamEncoder.delta,
    ir.Opened: StreamEncoder.opened,
    ir.Closed: StreamEncoder.closed,
    ir.Metered: StreamEncoder.metered,
    ir.Started: StreamEncoder.started,
    ir.Finished: StreamEncoder.finished,
    ir.Failed: StreamEncoder.failed,
    ir.Kept: StreamEncoder.kept,
}
PIECES: Final[dict[tuple[type, type], Write]] = {
    (ir.Text, str): StreamEncoder.words,
    (ir.Text, ir.Citation): StreamEncoder.citation,
    (ir.Text, ir.Seal): StreamEncoder.sealed,
    (ir.ToolUse, str): StreamEncoder.arguments,
    (ir.ToolUse, ir.Seal): StreamEncoder.sealed,
    (ir.Thinking, str): StreamEncoder.thought,
    (ir.Thinking, ir.Break): StreamEncoder.paragraph,
    (ir.Thinking, ir.Seal): StreamEncoder.signed,
}
