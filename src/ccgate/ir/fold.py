"""Events to a whole reply, a whole reply to events, and events one block at a time.

`fold(unfold(reply)) == reply`, and folding a stream gives the reply that the same answer would have been had it come
whole. `sequential` is for writers whose dialect has one open block at a time: the first open block flows through,
the others are held until it is closed, and no event is lost or reordered within a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
from attrs import define, field, frozen

from ccgate.ir.base import Opaque, Seal
from ccgate.ir.content import Block, Citation, Text, Thinking, ToolUse
from ccgate.ir.events import (
    Break,
    Closed,
    Delta,
    Event,
    Failed,
    Finished,
    Kept,
    Metered,
    Opened,
    Piece,
    Reason,
    Started,
    Usage,
)
from ccgate.ir.failure import Failure


@frozen(kw_only=True)
class Reply:
    """A whole answer. `reason` or `failure` is set; both, where something broke behind the end."""

    id: str = ""
    model: str = ""
    blocks: tuple[Block, ...] = ()
    usage: Usage | None = None
    reason: Reason | None = None
    stop: str | None = None
    detail: Opaque | None = None
    extra: Opaque | None = None
    kept: tuple[Opaque, ...] = ()
    failure: Failure | None = None


@define
class Growing:
    """A block under construction. Text is gathered in lists, so that a long stream stays linear."""

    block: Block
    words: list[list[str]] = field(factory=lambda: [[]])
    citations: list[Citation] = field(factory=list)
    seal: Seal | None = None

    def add(self, piece: Piece) -> None:
        if isinstance(piece, str):
            self.words[-1].append(piece)
        elif isinstance(piece, Break):
            self.words.append([])
        elif isinstance(piece, Seal):
            self.seal = piece
        else:
            self.citations.append(piece)

    def done(self) -> Block:
        """The block as it stands now."""
        block = self.block
        seal = self.seal or getattr(block, "seal", None)
        parts = ["".join(words) for words in self.words]
        if isinstance(block, Text):
            citations = block.citations + tuple(self.citations)
            return attrs.evolve(block, text=block.text + parts[0], citations=citations, seal=seal)
        if isinstance(block, ToolUse):
            return attrs.evolve(block, arguments=block.arguments + parts[0], seal=seal)
        if isinstance(block, Thinking):
            head = block.parts[-1] if block.parts else ""
            grown = (*block.parts[:-1], head + parts[0], *parts[1:])
            return attrs.evolve(block, parts=grown if any(grown) else (), seal=seal)
        return block


@define
class Folder:
    """Takes events one by one; `reply` is the whole so far."""

    started: Started | None = None
    growing: dict[int, Growing] = field(factory=dict)
    usage: Usage | None = None
    finished: Finished | None = None
    kept: list[Opaque] = field(factory=list)
    failure: Failure | None = None

    def feed(self, event: Event) -> None:
        if isinstance(event, Delta):
            self.growing[event.index].add(event.piece)
        elif isinstance(event, Opened):
            self.growing[event.index] = Growing(event.block)
        elif isinstance(event, Metered):
            self.usage = event.usage
        elif isinstance(event, Started):
            self.started = event
        elif isinstance(event, Finished):
            self.finished = event
        elif isinstance(event, Kept):
            self.kept.append(event.opaque)
        elif isinstance(event, Failed):
            self.failure = event.failure

    @property
    def reply(self) -> Reply:
        started, finished = self.started, self.finished
        return Reply(
            id=started.id if started else "",
            model=started.model if started else "",
            extra=started.extra if started else None,
            blocks=tuple(self.growing[index].done() for index in sorted(self.growing)),
            usage=self.usage,
            reason=finished.reason if finished else None,
            stop=finished.stop if finished else None,
            detail=finished.detail if finished else None,
            kept=tuple(self.kept),
            failure=self.failure,
        )


def fold(events: Iterable[Event]) -> Reply:
    """The whole reply that the events spell. Blocks stand in the order of their indexes."""
    folder = Folder()
    for event in events:
        folder.feed(event)
    return folder.reply


def unfold(reply: Reply) -> Iterator[Event]:
    """The events of a reply that came whole. One that is nothing but a failure never started."""
    if reply != Reply(failure=reply.failure):
        yield Started(reply.id, reply.model, reply.extra)
    for index, block in enumerate(reply.blocks):
        yield from _unfold_block(index, block)
    for opaque in reply.kept:
        yield Kept(opaque)
    if reply.usage is not None:
        yield Metered(reply.usage)
    if reply.reason is not None:
        yield Finished(reply.reason, reply.stop, reply.detail)
    if reply.failure is not None:
        yield Failed(reply.failure)


def _unfold_block(index: int, block: Block) -> Iterator[Event]:
    yield Opened(index, _empty(block))
    for piece in _pieces(block):
        yield Delta(index, piece)
    yield Closed(index)


def _empty(block: Block) -> Block:
    if isinstance(block, Text):
        return attrs.evolve(block, text="", citations=(), seal=None)
    if isinstance(block, ToolUse):
        return attrs.evolve(block, arguments="", seal=None)
    if isinstance(block, Thinking):
        return attrs.evolve(block, parts=(), seal=None)
    return block


def _pieces(block: Block) -> Iterator[Piece]:
    if isinstance(block, Text):
        if block.text:
            yield block.text
        yield from block.citations
    elif isinstance(block, ToolUse):
        if block.arguments:
            yield block.arguments
    elif isinstance(block, Thinking):
        for n, part in enumerate(block.parts):
            if n:
                yield Break()
            if part:
                yield part
    seal = getattr(block, "seal", None)
    if seal is not None:
        yield seal


@define
class Sequencer:
    """At most one open block at a time, whatever comes in."""

    current: int | None = None
    waiting: dict[int, list[Event]] = field(factory=dict)
    """The held events of every other block, in the order the blocks were opened."""

    def feed(self, event: Event) -> list[Event]:
        """What may be written now."""
        if isinstance(event, Opened | Delta | Closed):
            return self._block(event)
        if isinstance(event, Failed) and self.waiting:
            return [*self._release(), event]
        return [event]

    def _release(self) -> list[Event]:
        """A failure may leave blocks open. What was held is still written, so that nothing is lost; a block that is
        open when the next one begins is closed for it."""
        out: list[Event] = []
        for index, events in self.waiting.items():
            if self.current is not None:
                out.append(Closed(self.current))
            out += events
            self.current = None if isinstance(events[-1], Closed) else index
        self.waiting.clear()
        return out

    def _block(self, event: Opened | Delta | Closed) -> list[Event]:
        if self.current is None:
            self.current = event.index
        if event.index != self.current:
            self.waiting.setdefault(event.index, []).append(event)
            return []
        if not isinstance(event, Closed):
            return [event]
        out: list[Event] = [event]
        self.current = None
        for index, events in list(self.waiting.items()):
            del self.waiting[index]
            out += events
            if not isinstance(events[-1], Closed):
                self.current = index
                break
        return out


def sequential(events: Iterable[Event]) -> Iterator[Event]:
    """The same events with at most one block open at a time."""
    sequencer = Sequencer()
    for event in events:
        yield from sequencer.feed(event)
