"""A reply, encoded: the events of a stream, or one `response`.

    https://platform.openai.com/docs/api-reference/responses-streaming

    response.created, response.in_progress
    per item:  output_item.added, what grows in it, output_item.done with the complete item
    response.completed | response.incomplete | response.failed, with the complete response; nothing after it

Codex reads no more than the complete items and the end, and of the end the usage
(https://github.com/openai/codex, codex-rs/codex-api/src/sse/responses.rs); an event `error` it does not read at all, so
that a failure is always a `response.failed`. The end is written last, because usage may follow the end of the words.

Several items may be open at once: each event names its item. Two things are held back: reasoning of which nothing has
been said yet, for it may turn out to be nothing, and the arguments of a call of a free-text tool that the upstream
shows as JSON, for they can only be unwrapped when they are whole. So are those of a search for tools, which has no
event for pieces of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import GrammarBroken
from ccgate.ir.fold import Growing
from ccgate.translators.openai_responses.answers import Answer, Item, free_text
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.wire import jsontext, sse


@define(eq=False)
class Line:
    """One block that is being written, as an item."""

    growing: Growing
    n: int = -1
    """Its place in the output; -1 while nothing of it is written."""
    name: str = ""
    head: bytes = b""
    """The event of its next words, up to its number."""
    part: int = -1
    """The paragraph that is open in it."""
    told: bool = False
    notes: int = 0
    length: int = 0
    """Characters of its text so far."""
    held: bool = False
    """Its words wait for its end."""


@define(eq=False)
class StreamEncoder:
    """Events to the dialect's own."""

    answer: Answer = field(factory=Answer)
    state: str = "new"
    counted: int = 0
    lines: dict[int, Line] = field(factory=dict)
    places: int = 0

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.answer.pen.losses)

    def feed(self, event: ir.Event) -> bytes:
        return WRITERS[type(event)](self, event)

    def close(self) -> bytes:
        if self.state == "failed":
            return b""
        end = self.answer.end
        if end is None:
            raise GrammarBroken("the reply is not finished")
        response = self.answer.ended(end)
        return self._event(f"response.{response['status']}", response=response)

    # ------------------------------------------------------------ frames

    def _event(self, kind: str, **fields: Any) -> bytes:
        event = {"type": kind, "sequence_number": self.counted, **fields}
        self.counted += 1
        return sse.frame(jsontext.dump(event), kind)

    def _of(self, line: Line, kind: str, **fields: Any) -> bytes:
        return self._event(f"response.{kind}", item_id=line.name, output_index=line.n, **fields)

    def _head(self, line: Line, kind: str, **fields: Any) -> bytes:
        start = {"type": f"response.{kind}", "item_id": line.name, "output_index": line.n, **fields}
        return f"event: response.{kind}\ndata: ".encode() + jsontext.dump(start)[:-1] + b',"sequence_number":'

    def _piece(self, line: Line, piece: str) -> bytes:
        """The hot path: the next words of a line that is open."""
        counted = self.counted
        self.counted = counted + 1
        return b'%b%d,"delta":%b}\n\n' % (line.head, counted, jsontext.dump(piece))

    def _begin(self, line: Line, kind: str, item: Item) -> bytes:
        line.n, self.places = self.places, self.places + 1
        line.name = item["id"] = self.answer.item_id(kind, line.n)
        return self._event("response.output_item.added", output_index=line.n, item=item)

    def _done(self, line: Line, item: Item) -> bytes:
        self.answer.items[line.n] = item
        return self._event("response.output_item.done", output_index=line.n, item=item)

    # ------------------------------------------------------------ events

    def started(self, event: ir.Event) -> bytes:
        self.answer.begin(cast("ir.Started", event))
        self.state = "open"
        response = self.answer.response("in_progress")
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def opened(self, event: ir.Event) -> bytes:
        event = cast("ir.Opened", event)
        block = event.block
        line = self.lines[event.index] = Line(Growing(block))
        if isinstance(block, ir.Text):
            return self._text_opened(line, block)
        if isinstance(block, ir.ToolUse):
            return self._call_opened(line, block)
        if isinstance(block, ir.Thinking):
            return b""
        return self._whole(line, block)

    def _text_opened(self, line: Line, block: ir.Text) -> bytes:
        item: Item = {"id": "", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        part: Item = {"type": "refusal", "refusal": ""}
        if not block.refusal:
            part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        item |= self.answer.pen.own(block)
        out = self._begin(line, "msg", item) + self._of(line, "content_part.added", content_index=0, part=part)
        if block.refusal:
            line.head = self._head(line, "refusal.delta", content_index=0)
        else:
            line.head = self._head(line, "output_text.delta", content_index=0, logprobs=[])
        return out + (self._piece(line, block.text) if block.text else b"")

    def _call_opened(self, line: Line, block: ir.ToolUse) -> bytes:
        meant = self.answer.meant(block, self.places)
        line.held = meant.form == "text" and block.form == "json"
        line.growing.block = meant
        if self.answer.declared.searches(meant):
            line.held = True
            begun = self.answer.search(meant, "", "in_progress", {})
            return self._begin(line, self.answer.kind(meant), begun | self.answer.pen.own(block))
        item: Item = {"id": "", "type": "function_call", "status": "in_progress"}
        item |= {"call_id": meant.id, "name": meant.name}
        item |= {"type": "custom_tool_call", "input": ""} if meant.form == "text" else {"arguments": ""}
        if meant.namespace is not None:
            item["namespace"] = meant.namespace
        item |= self.answer.pen.own(block)
        text = meant.form == "text"
        out = self._begin(line, self.answer.kind(meant), item)
        line.head = self._head(line, "custom_tool_call_input.delta" if text else "function_call_arguments.delta")
        line.told = bool(block.arguments)
        return out + (self._piece(line, block.arguments) if block.arguments and not line.held else b"")

    def _whole(self, line: Line, block: ir.Block) -> bytes:
        """An item that does not grow."""
        item = self.answer.other(block)
        if item is None:
            return b""
        if isinstance(item, ir.Text):
            line.growing.block = item
            return self._text_opened(line, item)
        line.n, self.places = self.places, self.places + 1
        added = self._event("response.output_item.added", output_index=line.n, item=item)
        return added + self._done(line, item)

    def delta(self, event: ir.Event) -> bytes:
        event = cast("ir.Delta", event)
        line, piece = self.lines[event.index], event.piece
        line.growing.add(piece)
        if isinstance(piece, str):
            if isinstance(line.growing.block, ir.Thinking):
                return self._thought(line, piece)
            line.told = True
            line.length += len(piece)
            return b"" if line.held else self._piece(line, piece)
        if isinstance(piece, ir.Break):
            return self._part_done(line)
        return self._note(line, piece) if isinstance(piece, ir.Citation) else b""

    def _note(self, line: Line, cited: ir.Citation) -> bytes:
        before = len(self.answer.pen.losses)
        note = self.answer.citation(cited, line.length)
        del self.answer.pen.losses[before:]  # they are found again when the item is whole
        if note is None:
            return b""
        line.notes += 1
        place = {"content_index": 0, "annotation_index": line.notes - 1}
        return self._of(line, "output_text.annotation.added", **place, annotation=note)

    def closed(self, event: ir.Event) -> bytes:
        line = self.lines.pop(cast("ir.Closed", event).index)
        block = line.growing.done()
        if isinstance(block, ir.Text):
            return self._text_closed(line, block) + self._carried(block)
        if isinstance(block, ir.ToolUse):
            return self._call_closed(line, block) + self._carried(block)
        return self._thought_closed(line, block) if isinstance(block, ir.Thinking) else b""

    def _text_closed(self, line: Line, block: ir.Text) -> bytes:
        item = self.answer.text(block, line.name)
        part = item["content"][0]
        if block.refusal:
            said = self._of(line, "refusal.done", content_index=0, refusal=block.text)
        else:
            said = self._of(line, "output_text.done", content_index=0, text=block.text, logprobs=[])
        return said + self._of(line, "content_part.done", content_index=0, part=part) + self._done(line, item)

    def _call_closed(self, line: Line, block: ir.ToolUse) -> bytes:
        out = b""
        if self.answer.declared.searches(block):
            return self._done(line, self.answer.call(block, line.name))
        if line.held:
            block = attrs.evolve(block, arguments=free_text(block.arguments))
            out = self._piece(line, block.arguments)
        elif not line.told and block.form == "json":
            out = self._piece(line, "{}")  # clients parse what a call has for arguments
        item = self.answer.call(block, line.name)
        if block.form == "text":
            return out + self._of(line, "custom_tool_call_input.done", input=item["input"]) + self._done(line, item)
        told = {"name": item["name"], "arguments": item["arguments"]}
        return out + self._of(line, "function_call_arguments.done", **told) + self._done(line, item)

    def _carried(self, block: ir.Text | ir.ToolUse) -> bytes:
        """The seal of a block, in an item right behind it; while others are open, that place cannot be had."""
        item = self.answer.carrier(block.seal, self.answer.item_id("rs", self.places))
        if item is None:
            return b""
        if self.lines:
            self.answer.pen.lose(block.at, "it came too late to be carried", "hint")
            return b""
        line = Line(Growing(block))
        begun = self._begin(line, "rs", {"id": "", "type": "reasoning", "summary": []})
        return begun + self._done(line, item)

    # ------------------------------------------------------------ reasoning

    def _thought(self, line: Line, piece: str) -> bytes:
        if not piece:
            return b""
        raw = cast("ir.Thinking", line.growing.block).form == "raw"
        out = b""
        if line.n < 0:
            out += self._begin(line, "rs", {"id": "", "type": "reasoning", "summary": []})
        if not line.told:
            line.told, line.length = True, 0
            line.part += 1
            if raw:
                part = {"type": "reasoning_text", "text": ""}
                out += self._of(line, "content_part.added", content_index=line.part, part=part)
                line.head = self._head(line, "reasoning_text.delta", content_index=line.part)
            else:
                part = {"type": "summary_text", "text": ""}
                out += self._of(line, "reasoning_summary_part.added", summary_index=line.part, part=part)
                line.head = self._head(line, "reasoning_summary_text.delta", summary_index=line.part)
        return out + self._piece(line, piece)

    def _part_done(self, line: Line) -> bytes:
        """The paragraph that is open, if one is, ends."""
        if not line.told:
            return b""
        line.told = False
        words = next("".join(each) for each in reversed(line.growing.words) if each)
        if cast("ir.Thinking", line.growing.block).form == "raw":
            place, part = {"content_index": line.part}, {"type": "reasoning_text", "text": words}
            said = self._of(line, "reasoning_text.done", **place, text=words)
            return said + self._of(line, "content_part.done", **place, part=part)
        place, part = {"summary_index": line.part}, {"type": "summary_text", "text": words}
        said = self._of(line, "reasoning_summary_text.done", **place, text=words)
        return said + self._of(line, "reasoning_summary_part.done", **place, part=part)

    def _thought_closed(self, line: Line, block: ir.Thinking) -> bytes:
        out = self._part_done(line)
        item = self.answer.thinking(block, line.name)
        if item is None:
            return out
        if line.n < 0:
            out += self._begin(line, "rs", {"id": "", "type": "reasoning", "summary": []})
            item["id"] = line.name
        return out + self._done(line, item)

    # ------------------------------------------------------------ the rest

    def metered(self, event: ir.Event) -> bytes:
        self.answer.usage = cast("ir.Metered", event).usage
        return b""

    def kept(self, event: ir.Event) -> bytes:
        opaque = cast("ir.Kept", event).opaque
        if opaque.dialect == DIALECT and isinstance(opaque.value.get("type"), str):
            return self._event(opaque.value["type"], **{key: v for key, v in opaque.value.items() if key != "type"})
        self.answer.pen.lose(opaque.at, "only its own dialect has such an event", "hint")
        return b""

    def finished(self, event: ir.Event) -> bytes:
        self.answer.end = cast("ir.Finished", event)
        return b""

    def failed(self, event: ir.Event) -> bytes:
        self.state = "failed"
        return self._event("response.failed", response=self.answer.failed(cast("ir.Failed", event).failure))


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


@define(eq=False)
class WholeEncoder:
    """Events to one document, written at the end."""

    answer: Answer = field(factory=Answer)
    folder: ir.Folder = field(factory=ir.Folder)

    @property
    def losses(self) -> tuple[ir.Loss, ...]:
        return tuple(self.answer.pen.losses)

    def feed(self, event: ir.Event) -> bytes:
        self.folder.feed(event)
        return b""

    def close(self) -> bytes:
        """A document has no events: those that were kept are left out."""
        reply, end = self.folder.reply, self.folder.finished
        self.answer.begin(self.folder.started or ir.Started("", ""))
        self.answer.usage = reply.usage
        if reply.failure is None and end is None:
            raise GrammarBroken("the reply is not finished")
        for block in reply.blocks:
            self._put(self._item(block, len(self.answer.items)))
            if isinstance(block, ir.Text | ir.ToolUse):
                self._put(self.answer.carrier(block.seal, self.answer.item_id("rs", len(self.answer.items))))
        if reply.failure is not None or end is None:
            return jsontext.dump(self.answer.failed(cast("ir.Failure", reply.failure)))
        return jsontext.dump(self.answer.ended(end))

    def _put(self, item: Item | None) -> None:
        if item is not None:
            self.answer.items[len(self.answer.items)] = item

    def _item(self, block: ir.Block, n: int) -> Item | None:
        answer = self.answer
        if isinstance(block, ir.Thinking):
            return answer.thinking(block, answer.item_id("rs", n))
        if isinstance(block, ir.ToolUse):
            meant = answer.meant(block, n)
            if (meant.form, block.form) == ("text", "json"):
                meant = attrs.evolve(meant, arguments=free_text(block.arguments))
            return answer.call(meant, answer.item_id(answer.kind(meant), n))
        told = block if isinstance(block, ir.Text) else answer.other(block)
        return answer.text(told, answer.item_id("msg", n)) if isinstance(told, ir.Text) else told
