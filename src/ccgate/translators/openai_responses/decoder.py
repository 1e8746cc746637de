"""A reply, decoded: a stream of events, or one `response`.

    https://platform.openai.com/docs/api-reference/responses-streaming

    new    --response.created, or whatever comes first--> open
    open   --...delta, output_item.done--> open      an item's block opens with its first words and closes with its item
    open   --response.completed, response.incomplete--> done      items that were not told before are told now
    any    --response.failed, error--> done

An item is known by its `output_index`. What grows in it has a key (`outputs.Key`): a message has a block for each of
its parts, reasoning one for the summary and one for the thoughts themselves. The complete item at the end says what no
delta said: the text of servers that send none, annotations, encrypted reasoning. Items that only this dialect has are
told when they are complete; events on the way there say nothing. No other event but the last ends a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply, TruncatedReply
from ccgate.translators.openai_responses.failures import read_error
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.names import digest
from ccgate.translators.openai_responses.outputs import (
    CALL,
    RAW,
    SUMMARY,
    Item,
    Key,
    a_list,
    a_number,
    an_object,
    citation,
    own_fields,
    read_call,
    read_item,
    words,
)
from ccgate.translators.openai_responses.usage import read_usage
from ccgate.wire import jsontext, sse
from ccgate.wire.errors_openai import is_failure

CALLS: Final = frozenset({"function_call", "custom_tool_call"})
INCOMPLETE: Final[Mapping[str, ir.Reason]] = {"max_output_tokens": "limit", "content_filter": "refusal"}


@define(eq=False)
class Grown:
    """A block that is open."""

    index: int
    told: bool = False
    """Some of its words have come."""
    notes: int = 0
    """So many of its annotations have come."""
    part: int = 0
    """The paragraph that its words are in."""


@define(eq=False)
class Growing:
    """An item under way."""

    own: ir.Opaque | None = None
    blocks: dict[Key, Grown] = field(factory=dict)
    complete: bool = False


@define(eq=False)
class Answer:
    """What a stream and a document have in common: items become blocks, and then the reply ends.

    `renamed`: the names of tools as they were sent, to what the caller calls them.
    """

    renamed: Mapping[str, str] = field(factory=dict)
    reply: str | None = None
    ended: bool = False
    items: dict[int, Growing] = field(factory=dict)
    blocks: int = 0
    ids: set[str] = field(factory=set)
    called: bool = False
    refused: bool = False

    def begin(self, response: Item, out: list[ir.Event]) -> None:
        if self.reply is None:
            self.reply = words(response, "id")
            out.append(ir.Started(self.reply, words(response, "model")))

    def item(self, n: int) -> Growing:
        """The item at this place, which has not ended."""
        growing = self.items.get(n)
        if growing is None:
            growing = self.items[n] = Growing()
        if growing.complete:
            raise MalformedReply(f"item {n} goes on behind its end")
        return growing

    def open(self, growing: Growing, key: Key, block: ir.Block, out: list[ir.Event]) -> Grown:
        if isinstance(block, ir.ToolUse):
            self.called = True
            block = attrs.evolve(block, id=self._id(block.id), name=self.renamed.get(block.name, block.name))
        elif isinstance(block, ir.Text):
            self.refused = self.refused or block.refusal
        grown = growing.blocks[key] = Grown(self.blocks)
        self.blocks += 1
        out.append(ir.Opened(grown.index, block))
        return grown

    def _id(self, told: str) -> str:
        """The id of a call; one that is missing or was used before would break the pairing."""
        name = told if told and told not in self.ids else f"call_{digest(f'{self.reply} {self.blocks}')[:24]}"
        self.ids.add(name)
        return name

    def complete(self, n: int, item: Item, out: list[ir.Event]) -> None:
        """The item is whole: what was not told of it is told now."""
        growing = self.items.setdefault(n, Growing())
        if growing.complete:
            return
        for key, block in read_item(item):
            grown = growing.blocks.get(key)
            if grown is None and growing.blocks and isinstance(block, ir.Thinking) and block.form == "redacted":
                grown = next(iter(growing.blocks.values()))  # its words have come, and are not repeated
            if grown is None:
                grown = self.open(growing, key, _empty(block), out)
            out += (ir.Delta(grown.index, piece) for piece in _untold(block, grown))
        self._close(growing, out)

    def _close(self, growing: Growing, out: list[ir.Event]) -> None:
        growing.complete = True
        out += (ir.Closed(grown.index) for grown in growing.blocks.values())

    def end(self, response: Item, out: list[ir.Event]) -> None:
        """The last event, or the whole document."""
        self.begin(response, out)
        self.ended = True
        if is_failure(response):
            out.append(ir.Failed(read_error(response)))
            return
        for n, item in enumerate(a_list(response, "output")):
            self.complete(n, item, out)
        for growing in self.items.values():
            if not growing.complete:
                self._close(growing, out)
        usage = read_usage(response)
        if usage is not None:
            out.append(ir.Metered(usage))
        out.append(self._finished(response))

    def _finished(self, response: Item) -> ir.Finished:
        details = an_object(response, "incomplete_details")
        why = words(details, "reason")
        if why in INCOMPLETE:
            return ir.Finished(INCOMPLETE[why])
        if details or response.get("status") == "incomplete":
            return ir.Finished("other", None, ir.Opaque(DIALECT, {"incomplete_details": details}, why or None))
        if response.get("end_turn") is False and not self.called:
            return ir.Finished("pause")
        return ir.Finished("tool_use" if self.called else "refusal" if self.refused else "end")


def _empty(block: ir.Block) -> ir.Block:
    """The block before anything is said in it; one that does not grow is opened whole."""
    if isinstance(block, ir.Text):
        return attrs.evolve(block, text="", citations=())
    if isinstance(block, ir.ToolUse):
        return attrs.evolve(block, arguments="")
    return attrs.evolve(block, parts=(), seal=None) if isinstance(block, ir.Thinking) else block


def _untold(block: ir.Block, grown: Grown) -> list[ir.Piece]:
    """What a complete block says beyond what has come."""
    said: list[ir.Piece] = []
    if isinstance(block, ir.Text):
        said += [block.text] if block.text and not grown.told else []
        said += block.citations[grown.notes :]
    elif isinstance(block, ir.ToolUse):
        said += [block.arguments] if block.arguments and not grown.told else []
    elif isinstance(block, ir.Thinking):
        for n, part in enumerate(() if grown.told else block.parts):
            said += [*([ir.Break()] if n else []), *([part] if part else [])]
        said += [block.seal] if block.seal is not None else []
    return said


@define(eq=False)
class StreamDecoder:
    """Events of a stream to ours."""

    renamed: Mapping[str, str] = field(factory=dict)
    answer: Answer = field(init=False)
    frames: sse.Frames = field(factory=sse.Frames, init=False)

    def __attrs_post_init__(self) -> None:
        self.answer = Answer(self.renamed)

    @property
    def done(self) -> bool:
        return self.answer.ended

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        out: list[ir.Event] = []
        for frame in self.frames.feed(data):
            self._frame(frame, out)
        return out

    def close(self) -> Sequence[ir.Event]:
        out: list[ir.Event] = []
        for frame in self.frames.close():
            self._frame(frame, out)
        if not self.answer.ended:
            raise TruncatedReply("the stream ended before its response.completed")
        return out

    def _frame(self, frame: sse.Frame, out: list[ir.Event]) -> None:
        if not frame.data or frame.data == b"[DONE]" or self.answer.ended:
            return
        event = jsontext.load(frame.data)
        if not isinstance(event, dict):
            raise MalformedReply("an event is not an object")
        kind = event.setdefault("type", frame.event)
        read = EVENTS.get(kind) if isinstance(kind, str) else None
        if read is not None:
            read(self, event, out)
        elif self.answer.reply is not None and "output_index" not in event and kind != "keepalive":
            out.append(ir.Kept(ir.Opaque(DIALECT, {key: each for key, each in event.items() if key != COUNTED})))

    def created(self, event: Item, out: list[ir.Event]) -> None:
        self.answer.begin(an_object(event, "response"), out)

    def added(self, event: Item, out: list[ir.Event]) -> None:
        """A call is open as soon as its name is known."""
        self.answer.begin({}, out)
        n, item = a_number(event, "output_index"), an_object(event, "item")
        if n in self.answer.items:
            raise MalformedReply(f"item {n} begins twice")
        growing = self.answer.item(n)
        kind = words(item, "type")
        if kind in CALLS:
            call = read_call(item)
            self.answer.open(growing, CALL, attrs.evolve(call, arguments=""), out)
        elif kind == "message":
            growing.own = own_fields(item)

    def text(self, event: Item, out: list[ir.Event]) -> None:
        self._words(("text", a_number(event, "content_index")), event, out)

    def refusal(self, event: Item, out: list[ir.Event]) -> None:
        self._words(("refusal", a_number(event, "content_index")), event, out)

    def _words(self, key: Key, event: Item, out: list[ir.Event]) -> None:
        growing, piece = self._grows(event, out), words(event, "delta")
        grown = growing.blocks.get(key)
        if grown is None and piece:
            grown = self._text(growing, key, out)
        if grown is not None and piece:
            grown.told = True
            out.append(ir.Delta(grown.index, piece))

    def _grows(self, event: Item, out: list[ir.Event]) -> Growing:
        self.answer.begin({}, out)
        return self.answer.item(a_number(event, "output_index"))

    def _text(self, growing: Growing, key: Key, out: list[ir.Event]) -> Grown:
        own, growing.own = growing.own, None
        return self.answer.open(growing, key, ir.Text("", refusal=key[0] == "refusal", extra=own), out)

    def note(self, event: Item, out: list[ir.Event]) -> None:
        growing, note = self._grows(event, out), an_object(event, "annotation")
        key: Key = ("text", a_number(event, "content_index"))
        grown = growing.blocks.get(key) or self._text(growing, key, out)
        grown.notes += 1
        out.append(ir.Delta(grown.index, citation(note)))

    def arguments(self, event: Item, out: list[ir.Event]) -> None:
        """Pieces of a call whose beginning was not seen wait for its end."""
        grown, piece = self._grows(event, out).blocks.get(CALL), words(event, "delta")
        if grown is not None and piece:
            grown.told = True
            out.append(ir.Delta(grown.index, piece))

    def summary(self, event: Item, out: list[ir.Event]) -> None:
        self._thought(SUMMARY, a_number(event, "summary_index"), event, out)

    def thought(self, event: Item, out: list[ir.Event]) -> None:
        self._thought(RAW, a_number(event, "content_index"), event, out)

    def _thought(self, key: Key, part: int, event: Item, out: list[ir.Event]) -> None:
        growing, piece = self._grows(event, out), words(event, "delta")
        if not piece:
            return
        grown = growing.blocks.get(key)
        if grown is None:
            block = ir.Thinking(form="summary" if key == SUMMARY else "raw")
            grown = self.answer.open(growing, key, block, out)
            grown.part = part
        if grown.part != part:
            grown.part = part
            out.append(ir.Delta(grown.index, ir.Break()))
        grown.told = True
        out.append(ir.Delta(grown.index, piece))

    def item_done(self, event: Item, out: list[ir.Event]) -> None:
        self.answer.begin({}, out)
        self.answer.complete(a_number(event, "output_index"), an_object(event, "item"), out)

    def ended(self, event: Item, out: list[ir.Event]) -> None:
        self.answer.end({**an_object(event, "response"), "status": event["type"].rpartition(".")[2]}, out)

    def failed(self, event: Item, out: list[ir.Event]) -> None:
        self.answer.ended = True
        told = an_object(event, "response") if "response" in event else event
        usage = read_usage(told)
        if usage is not None:
            self.answer.begin(told, out)
            out.append(ir.Metered(usage))
        out.append(ir.Failed(read_error(told)))


COUNTED: Final = "sequence_number"

EVENTS: Final[Mapping[str, Callable[[StreamDecoder, Item, list[ir.Event]], None]]] = {
    "response.created": StreamDecoder.created,
    "response.queued": StreamDecoder.created,
    "response.in_progress": StreamDecoder.created,
    "response.output_item.added": StreamDecoder.added,
    "response.output_text.delta": StreamDecoder.text,
    "response.output_text.annotation.added": StreamDecoder.note,
    "response.refusal.delta": StreamDecoder.refusal,
    "response.function_call_arguments.delta": StreamDecoder.arguments,
    "response.custom_tool_call_input.delta": StreamDecoder.arguments,
    "response.reasoning_summary_text.delta": StreamDecoder.summary,
    "response.reasoning_text.delta": StreamDecoder.thought,
    "response.output_item.done": StreamDecoder.item_done,
    "response.completed": StreamDecoder.ended,
    "response.incomplete": StreamDecoder.ended,
    "response.failed": StreamDecoder.failed,
    "error": StreamDecoder.failed,
}


@define(eq=False)
class WholeDecoder:
    """One document to events, when it is complete."""

    renamed: Mapping[str, str] = field(factory=dict)
    held: bytearray = field(factory=bytearray, init=False)
    done: bool = field(default=False, init=False)

    def feed(self, data: bytes) -> Sequence[ir.Event]:
        self.held += data
        return ()

    def close(self) -> Sequence[ir.Event]:
        if not self.held.strip():
            raise TruncatedReply("the reply is empty")
        document: Any = jsontext.load(bytes(self.held))
        if not isinstance(document, dict):
            raise MalformedReply("the reply is not an object")
        self.done = True
        if is_failure(document) or document.get("status") in ("failed", "cancelled"):
            return (ir.Failed(read_error(document)),)
        if "output" not in document or document.get("status") in ("queued", "in_progress"):
            raise MalformedReply("the reply has no output")
        out: list[ir.Event] = []
        Answer(self.renamed).end(document, out)
        return out
