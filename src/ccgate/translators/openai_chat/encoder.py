"""A reply, encoded: chunks, or one document.

    role chunk, then a chunk per piece, the finish chunk, a chunk with usage and no choices, [DONE]
    a failure: a frame with `error` alone, which both the SDKs and OpenRouter's clients know; nothing after it

The chunk with usage goes to who asked for it (`stream_options.include_usage`): it has no choices, and clients that did
not ask read the first choice of every chunk. No clock is known here: `created` is 0. Several calls may be open at once,
so nothing is ever held back. Reasoning is told as `reasoning_content`. Seals of other providers ride in the ids of
calls, which clients send back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from attrs import define, field

from ccgate import ir
from ccgate.errors import GrammarBroken
from ccgate.translators.openai_chat.failures import error_document
from ccgate.translators.openai_chat.messages import CALLS
from ccgate.translators.openai_chat.names import full_name
from ccgate.translators.openai_chat.replies import ReplyLosses, finish_reason
from ccgate.translators.openai_chat.usage import write_usage
from ccgate.wire import jsontext, sse

BREAK = "\n\n"
FORMS = {form: (kind, key) for kind, (form, key) in CALLS.items()}


def wants_usage(asked: ir.Request) -> bool:
    """Whether a request of this dialect asks for usage in its stream."""
    options = asked.extra.value.get("stream_options") if asked.extra is not None else None
    return isinstance(options, dict) and options.get("include_usage") is True


@define
class Line:
    """One block that is being written: its kind, and for a call its place among the calls."""

    block: ir.Block
    n: int = 0
    wrote: bool = False


@define
class StreamEncoder:
    """Events to chunks. `tells_usage` False: the client did not ask for usage."""

    tells_usage: bool = True
    report: ReplyLosses = field(factory=ReplyLosses)
    head: bytes = b""
    """A chunk up to its delta: all chunks of a reply begin alike."""
    base: dict[str, Any] = field(factory=dict)
    lines: dict[int, Line] = field(factory=dict)
    calls: int = 0
    refused: bool = False
    said: set[str] = field(factory=set)
    """The fields that have words."""
    breaks: set[str] = field(factory=set)
    """The fields whose next words begin a new paragraph."""
    last: type = object
    """What kind of block was opened last: texts that follow each other are one text."""
    usage: ir.Usage | None = None
    state: str = "new"

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.report.found)

    def feed(self, event: ir.Event) -> bytes:
        return WRITERS[type(event)](self, event)

    def close(self) -> bytes:
        if self.state == "failed":
            return b""
        if self.state != "finished":
            raise GrammarBroken("the reply is not finished")
        last = b""
        if self.usage is not None and self.tells_usage:
            chunk = {**self.base, "choices": [], "usage": write_usage(self.usage)}
            if self.usage.tier is not None:
                chunk["service_tier"] = self.usage.tier
            last = sse.frame(jsontext.dump(chunk))
        return last + sse.frame(b"[DONE]")

    def started(self, event: ir.Event) -> bytes:
        event = cast("ir.Started", event)
        self.report.head(event.extra)
        self.base = {"id": event.id, "object": "chat.completion.chunk", "created": 0, "model": event.model}
        self.head = b"data: " + jsontext.dump(self.base)[:-1] + b',"choices":[{"index":0,"delta":'
        self.state = "open"
        return self._delta({"role": "assistant", "content": ""})

    def opened(self, event: ir.Event) -> bytes:
        event = cast("ir.Opened", event)
        block = event.block
        line = self.lines[event.index] = Line(block)
        runs_on = isinstance(block, ir.Text) and self.last is ir.Text
        self.last = type(block)
        if isinstance(block, ir.ToolUse):
            return self._call(line, block)
        if isinstance(block, ir.Thinking):
            self.report.thought(block, block.seal)
        if not runs_on:
            self._break(_field(block))
        if isinstance(block, ir.Text | ir.Thinking):
            self.refused = self.refused or _field(block) == "refusal"
            return b""
        told = self.report.says(block)
        if isinstance(told, str):
            return self._words("content", told)
        return self._delta(told) if told else b""

    def _break(self, key: str) -> None:
        if key in self.said:
            self.breaks.add(key)

    def delta(self, event: ir.Event) -> bytes:
        event = cast("ir.Delta", event)
        line, piece = self.lines[event.index], event.piece
        if isinstance(line.block, ir.ToolUse) and isinstance(piece, str):
            line.wrote = True
            return self._arguments(line, piece)
        if isinstance(piece, str):
            return self._words(_field(line.block), piece)
        if isinstance(piece, ir.Break):
            self._break("reasoning_content")
            return b""
        if isinstance(piece, ir.Citation):
            note = self.report.citation(piece)
            return self._delta({"annotations": [note]}) if note else b""
        if isinstance(line.block, ir.Thinking):
            self.report.thought(line.block, piece)
        else:
            self.report.seal(line.block, piece)
        return b""

    def closed(self, event: ir.Event) -> bytes:
        line = self.lines[cast("ir.Closed", event).index]
        if isinstance(line.block, ir.ToolUse) and line.block.form == "json" and not line.wrote:
            return self._arguments(line, "{}")  # clients parse what a call has for arguments
        return b""

    def _call(self, line: Line, block: ir.ToolUse) -> bytes:
        line.n, self.calls = self.calls, self.calls + 1
        kind, key = FORMS[block.form]
        called = {"name": full_name(block.name, block.namespace), key: block.arguments}
        line.wrote = bool(block.arguments)
        name = self.report.called(block)
        return self._delta({"tool_calls": [{"index": line.n, "id": name, "type": kind, kind: called}]})

    def _arguments(self, line: Line, piece: str) -> bytes:
        kind, key = FORMS[cast("ir.ToolUse", line.block).form]
        return self._delta({"tool_calls": [{"index": line.n, kind: {key: piece}}]})

    def _words(self, key: str, piece: str) -> bytes:
        if key in self.breaks:
            self.breaks.remove(key)
            piece = BREAK + piece
        self.said.add(key)
        return self._delta({key: piece})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return self.head + jsontext.dump(delta) + b',"finish_reason":null}]}\n\n'

    def metered(self, event: ir.Event) -> bytes:
        self.usage = cast("ir.Metered", event).usage
        return b""

    def kept(self, event: ir.Event) -> bytes:
        self.report.kept(cast("ir.Kept", event).opaque)
        return b""

    def finished(self, event: ir.Event) -> bytes:
        event = cast("ir.Finished", event)
        self.state = "finished"
        self.report.end()
        reason = finish_reason(event, self.report, refused=self.refused)
        return self.head + b'{},"finish_reason":' + jsontext.dump(reason) + b"}]}\n\n"

    def failed(self, event: ir.Event) -> bytes:
        self.state = "failed"
        return sse.frame(jsontext.dump(error_document(cast("ir.Failed", event).failure)))


def _field(block: ir.Block) -> str:
    if isinstance(block, ir.Thinking):
        return "reasoning_content"
    return "refusal" if isinstance(block, ir.Text) and block.refusal else "content"


WRITERS: dict[type, Callable[[StreamEncoder, ir.Event], bytes]] = {
    ir.Started: StreamEncoder.started,
    ir.Opened: StreamEncoder.opened,
    ir.Delta: StreamEncoder.delta,
    ir.Closed: StreamEncoder.closed,
    ir.Metered: StreamEncoder.metered,
    ir.Kept: StreamEncoder.kept,
    ir.Finished: StreamEncoder.finished,
    ir.Failed: StreamEncoder.failed,
}


@define
class WholeEncoder:
    """Events to one document, written at the end."""

    folder: ir.Folder = field(factory=ir.Folder)
    report: ReplyLosses = field(factory=ReplyLosses)

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.report.found)

    def feed(self, event: ir.Event) -> bytes:
        self.folder.feed(event)
        return b""

    def close(self) -> bytes:
        reply = self.folder.reply
        if reply.failure is not None:
            return jsontext.dump(error_document(reply.failure))
        if self.folder.finished is None:
            raise GrammarBroken("the reply is not finished")
        self.report.head(reply.extra)
        for opaque in reply.kept:
            self.report.kept(opaque)
        message = self._message(reply)
        self.report.end()
        refused = "refusal" in message and message["refusal"] is not None
        reason = finish_reason(self.folder.finished, self.report, refused=refused)
        document: dict[str, Any] = {
            "id": reply.id,
            "object": "chat.completion",
            "created": 0,
            "model": reply.model,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        }
        if reply.usage is not None:
            document["usage"] = write_usage(reply.usage)
            if reply.usage.tier is not None:
                document["service_tier"] = reply.usage.tier
        return jsontext.dump(document)

    def _message(self, reply: ir.Reply) -> dict[str, Any]:
        said: dict[str, list[str]] = {"content": [], "refusal": [], "reasoning_content": []}
        more: dict[str, Any] = {}
        last: ir.Block | None = None
        for block in reply.blocks:
            self._block(block, last, said, more)
            last = block
        message: dict[str, Any] = {"role": "assistant"}
        message |= {key: "".join(words) if words else None for key, words in said.items()}
        if not said["reasoning_content"]:
            del message["reasoning_content"]
        return message | more

    def _block(self, block: ir.Block, last: ir.Block | None, said: dict[str, list[str]], more: dict[str, Any]) -> None:
        if isinstance(block, ir.ToolUse):
            more.setdefault("tool_calls", []).append(self._call(block))
        elif isinstance(block, ir.Text):
            _add(said[_field(block)], block.text, runs_on=isinstance(last, ir.Text))
            notes = [note for each in block.citations if (note := self.report.citation(each))]
            if notes:
                more["annotations"] = more.get("annotations", []) + notes
            self.report.seal(block, block.seal)
        elif isinstance(block, ir.Thinking):
            for part in block.parts:
                _add(said["reasoning_content"], part, runs_on=False)
            self.report.thought(block, block.seal)
        else:
            words = self.report.says(block)
            if isinstance(words, str):
                _add(said["content"], words, runs_on=False)
            else:
                more |= words

    def _call(self, block: ir.ToolUse) -> dict[str, Any]:
        kind, key = FORMS[block.form]
        arguments = block.arguments or ("{}" if block.form == "json" else "")
        called = {"name": full_name(block.name, block.namespace), key: arguments}
        return {"id": self.report.called(block), "type": kind, kind: called}


def _add(said: list[str], words: str, *, runs_on: bool) -> None:
    if words:
        said.append(words if runs_on or not said else BREAK + words)
