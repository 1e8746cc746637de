"""Replies of an upstream of this dialect to events.

    new      --message_start--> open
    open     --content_block_start/delta/stop--> open      every block has an index of its own
    open     --message_delta with a stop_reason--> finished      blocks still open are closed; usage may follow
    open, finished --message_stop--> done      without a stop_reason the answer simply ended
    any      --error--> done

A stream may end when its `stop_reason` was seen: without `message_stop` nothing of the answer is missing. `ping` says
nothing, and an event we do not know is kept. https://platform.claude.com/docs/en/build-with-claude/streaming

A block of a tool that the provider runs comes in one piece, as an `Opaque`, when it is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.translators.anthropic.blocks import read_block, read_citation, read_content
from ccgate.translators.anthropic.failures import read_error
from ccgate.translators.anthropic.fields import DIALECT, Fields, Odd
from ccgate.translators.anthropic.restoring import Changed, restored
from ccgate.translators.anthropic.usage import merge, read_usage
from ccgate.wire import jsontext, sse
from ccgate.wire.jsonstring import FreeText

REASONS: Final[dict[str, ir.Reason]] = {
    "end_turn": "end",
    "max_tokens": "limit",
    "stop_sequence": "stop",
    "tool_use": "tool_use",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_full",
}
KNOWN: Final = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
ENDINGS: Final = frozenset({"stop_details", "container", "context_management", "input_transformations"})
"""Fields that tell of the end of an answer; a stream has them in `message_delta`."""
DONE: Final = b"[DONE]"
GROWING: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})


def finished(stop_reason: Any, stop: Any, rest: Mapping[str, Any]) -> ir.Finished:
    """How the answer ended; a reason without a word of ours stays in the detail."""
    reason = REASONS.get(stop_reason) if isinstance(stop_reason, str) else "end"
    detail = {key: value for key, value in rest.items() if value is not None}
    if reason is None:
        detail["stop_reason"] = stop_reason
    told = ir.Opaque(DIALECT, detail) if detail else None
    return ir.Finished(reason or "other", stop if isinstance(stop, str) else None, told)


def started(message: Mapping[str, Any]) -> ir.Started:
    rest = {key: each for key, each in message.items() if each is not None and key not in KNOWN | ENDINGS}
    name, model = message.get("id"), message.get("model")
    return ir.Started(
        name if isinstance(name, str) else "",
        model if isinstance(model, str) else "",
        ir.Opaque(DIALECT, rest) if rest else None,
    )


@define(eq=False)
class WholeDecoder:
    """Reads a reply that is one JSON document."""

    tools: Changed = field(factory=dict)
    done: bool = False
    _held: list[bytes] = field(factory=list)

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        self._held.append(data)
        return ()

    def close(self) -> Sequence[ir.Event]:
        data = b"".join(self._held)
        if not data.strip():
            raise TruncatedReply("the reply is empty")
        document = jsontext.load(data)
        self.done = True
        try:
            return tuple(ir.unfold(_reply(Fields.of(document, ""), self.tools)))
        except (Odd, RecursionError) as odd:
            raise MalformedReply(str(odd)) from None


def _reply(fields: Fields, tools: Changed) -> ir.Reply:
    document = fields.source
    if document.get("type") == "error":
        return ir.Reply(failure=read_error(document))
    content = document.get("content")
    if not isinstance(content, list):
        raise Odd("/content", "must be an array")
    usage: dict[str, Any] = {}
    merge(usage, document.get("usage"))
    start = started(document)
    ending = {key: document[key] for key in ENDINGS if key in document}
    end = finished(document.get("stop_reason"), document.get("stop_sequence"), ending)
    return ir.Reply(
        id=start.id,
        model=start.model,
        extra=start.extra,
        blocks=tuple(restored(block, tools) for block in read_content(content, "/content")),
        usage=read_usage(usage),
        reason=end.reason,
        stop=end.stop,
        detail=end.detail,
    )


@define(eq=False)
class Growing:
    """A block that is open upstream."""

    block: ir.Block | None
    """None: it is of a kind that comes in one piece, and is gathered here."""
    value: dict[str, Any]
    """As it began."""
    told: bool = False
    """Some of a call's arguments have come."""
    free: FreeText | None = None
    """Of a call with free text: what reads it out of its JSON."""
    partial: list[str] = field(factory=list)


@define(eq=False)
class StreamDecoder:
    """Reads a stream."""

    tools: Changed = field(factory=dict)
    done: bool = False
    _frames: sse.Frames = field(factory=sse.Frames)
    _begun: bool = False
    _finished: bool = False
    _open: dict[int, Growing] = field(factory=dict)
    _used: set[int] = field(factory=set)
    _usage: dict[str, Any] = field(factory=dict)
    _ending: dict[str, Any] = field(factory=dict)

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        return self._read(self._frames.feed(data))

    def close(self) -> Sequence[ir.Event]:
        events = self._read(self._frames.close())
        if not self.done and not self._finished:
            raise TruncatedReply("the stream ended before its message_stop")
        self.done = True
        return events

    def _read(self, frames: Sequence[sse.Frame]) -> list[ir.Event]:
        out: list[ir.Event] = []
        for frame in frames:
            if self.done:
                break
            if frame.data and frame.data != DONE:
                self._event(jsontext.load(frame.data), frame.event, out)
        return out

    def _event(self, event: Any, name: str, out: list[ir.Event]) -> None:
        if not isinstance(event, dict):
            raise MalformedReply("an event is not a JSON object")
        kind = event.get("type", name)
        handler = EVENTS.get(kind) if isinstance(kind, str) else None
        try:
            if handler is not None:
                handler(self, event, out)
            elif self._begun:
                out.append(ir.Kept(ir.Opaque(DIALECT, event)))
        except (Odd, RecursionError) as odd:
            raise MalformedReply(str(odd)) from None

    def ping(self, _event: dict[str, Any], _out: list[ir.Event]) -> None:
        """It only keeps the connection alive."""

    def message_start(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        if self._begun:
            raise MalformedReply("a second message_start")
        message = Fields(event, "").object("message")
        if message is None:
            raise MalformedReply("a message_start without its message")
        self._begun = True
        out.append(started(message))
        self._metered(message.get("usage"), out)

    def _metered(self, usage: Any, out: list[ir.Event]) -> None:
        merge(self._usage, usage)
        told = read_usage(self._usage)
        if told is not None:
            out.append(ir.Metered(told))

    def block_start(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        index = event.get("index")
        if not self._begun or self._finished or not isinstance(index, int) or isinstance(index, bool):
            raise MalformedReply("a block starts where none can")
        if index in self._used:
            raise MalformedReply(f"block {index} starts twice")
        value = dict(Fields.of(event.get("content_block"), "/content_block").source)
        self._used.add(index)
        kind = value.get("type")
        block = read_block(value, "/content_block") if isinstance(kind, str) and kind in GROWING else None
        self._open[index] = growing = Growing(block, value)
        if isinstance(block, ir.ToolUse):
            block = restored(attrs.evolve(block, arguments=""), self.tools)  # its input follows, or counts if none does
            growing.free = FreeText() if isinstance(block, ir.ToolUse) and block.form == "text" else None
        if block is not None:
            out += _begin(index, block)

    def block_delta(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        index, delta = event.get("index"), event.get("delta")
        growing = self._open.get(index) if isinstance(index, int) else None
        if growing is None or not isinstance(index, int) or not isinstance(delta, dict):
            raise MalformedReply("a delta for a block that is not open")
        if growing.block is None:
            _gather(growing, delta)
            return
        kind = delta.get("type")
        grows, read = PIECES.get(kind, NO_PIECE) if isinstance(kind, str) else NO_PIECE
        if not isinstance(growing.block, grows):
            out.append(ir.Kept(ir.Opaque(DIALECT, event)))
        elif piece := read(delta):
            growing.told = True
            told = growing.free.feed(str(piece)) if growing.free is not None else piece
            if told:
                out.append(ir.Delta(index, told))

    def block_stop(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        index = event.get("index")
        if not isinstance(index, int) or index not in self._used:
            raise MalformedReply("a block ends that never began")
        if index in self._open:  # else it was closed with the answer
            self._close(index, out)

    def _close(self, index: int, out: list[ir.Event]) -> None:
        growing = self._open.pop(index)
        if growing.block is None:
            out += _begin(index, _gathered(growing))
        elif isinstance(growing.block, ir.ToolUse) and (rest := _rest(growing, growing.block)):
            out.append(ir.Delta(index, rest))
        out.append(ir.Closed(index))

    def message_delta(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        if not self._begun:
            raise MalformedReply("a message_delta before its message_start")
        delta = Fields(event, "").object("delta") or {}
        self._metered(event.get("usage"), out)
        for source, known in ((delta, TOLD), (event, FRAMED)):
            self._ending.update((key, each) for key, each in source.items() if key not in known)
        if isinstance(delta.get("stop_reason"), str):
            self._finish(delta, out)

    def _finish(self, delta: Mapping[str, Any], out: list[ir.Event]) -> None:
        if self._finished:
            return
        for index in sorted(self._open):
            self._close(index, out)
        self._finished = True
        out.append(finished(delta.get("stop_reason"), delta.get("stop_sequence"), self._ending))

    def message_stop(self, _event: dict[str, Any], out: list[ir.Event]) -> None:
        if not self._begun:
            raise MalformedReply("a message_stop before its message_start")
        self._finish({}, out)
        self.done = True

    def error(self, event: dict[str, Any], out: list[ir.Event]) -> None:
        self.done = True
        out.append(ir.Failed(read_error(event)))


TOLD: Final = frozenset({"stop_reason", "stop_sequence"})
FRAMED: Final = frozenset({"type", "delta", "usage"})
EVENTS: Final[dict[str, Callable[[StreamDecoder, dict[str, Any], list[ir.Event]], None]]] = {
    "content_block_delta": StreamDecoder.block_delta,
    "content_block_start": StreamDecoder.block_start,
    "content_block_stop": StreamDecoder.block_stop,
    "message_start": StreamDecoder.message_start,
    "message_delta": StreamDecoder.message_delta,
    "message_stop": StreamDecoder.message_stop,
    "ping": StreamDecoder.ping,
    "error": StreamDecoder.error,
}


def _text_of(key: str) -> Callable[[Mapping[str, Any]], ir.Piece]:
    def read(delta: Mapping[str, Any]) -> ir.Piece:
        value = delta.get(key)
        if not isinstance(value, str):
            raise Odd(f"/delta/{key}", "must be a string")
        return value

    return read


def _signature(delta: Mapping[str, Any]) -> ir.Piece:
    value = delta.get("signature")
    return ir.Seal(DIALECT, "signature", value) if isinstance(value, str) and value else ""


def _citation(delta: Mapping[str, Any]) -> ir.Piece:
    return read_citation(delta.get("citation"), "/delta/citation")


Reader = Callable[[Mapping[str, Any]], ir.Piece]
PIECES: Final[dict[str, tuple[type[Any] | tuple[()], Reader]]] = {
    "text_delta": (ir.Text, _text_of("text")),
    "input_json_delta": (ir.ToolUse, _text_of("partial_json")),
    "thinking_delta": (ir.Thinking, _text_of("thinking")),
    "signature_delta": (ir.Thinking, _signature),
    "citations_delta": (ir.Text, _citation),
}
NO_PIECE: Final[tuple[type[Any] | tuple[()], Reader]] = ((), _signature)
"""For a delta we do not know: no block grows by it."""


def _begin(index: int, block: ir.Block) -> list[ir.Event]:
    """Open a block, and tell what it already holds."""
    inner = list(ir.unfold(ir.Reply(blocks=(block,))))[1:-1]
    return [attrs.evolve(event, index=index) for event in inner if isinstance(event, ir.Opened | ir.Delta)]


def _rest(growing: Growing, call: ir.ToolUse) -> str:
    """What is still to be told of a call's arguments: all, where none came in pieces; what its free text held back."""
    words = "" if growing.told else call.arguments
    return words if growing.free is None else growing.free.feed(words) + growing.free.close()


def _gather(growing: Growing, delta: Mapping[str, Any]) -> None:
    """More of a block that comes in one piece: strings grow, anything else is set."""
    for key, each in delta.items():
        if key == "partial_json" and isinstance(each, str):
            growing.partial.append(each)
        elif key != "type":
            held = growing.value.get(key)
            growing.value[key] = held + each if isinstance(held, str) and isinstance(each, str) else each


def _gathered(growing: Growing) -> ir.Block:
    partial = "".join(growing.partial)
    if partial.strip():
        growing.value["input"] = jsontext.load(partial)
    return read_block(growing.value, "/content_block")
