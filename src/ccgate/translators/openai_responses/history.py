"""The conversation of a request from another dialect, in blocks that this one can say.

Every call has one result and every result a call, as the servers demand; nothing that was sealed elsewhere is sent, and
no thought of another model's. https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import attrs
from attrs import define, field

from ccgate import ir
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.names import fitting_id, fitting_name
from ccgate.translators.openai_responses.pen import Pen

UNANSWERED = "This call was not answered."
NOT_FOUND = "No tool was found."
ERROR = "Error: "
BLANK = "\n\n"


@define(eq=False)
class History:
    """Fits the turns of one request."""

    pen: Pen
    effort: str | None
    """What the whole request asks for."""
    calls: dict[str, ir.ToolUse] = field(factory=dict)
    answered: set[str] = field(factory=set)
    renamed: set[str] = field(factory=set)
    forgotten: list[ir.Thinking] = field(factory=list)
    """Thoughts that are not sent."""

    def turns(self, turns: tuple[ir.Turn, ...]) -> tuple[ir.Turn, ...]:
        blocks = [block for turn in turns for block in turn.blocks]
        self.calls = {block.id: block for block in blocks if isinstance(block, ir.ToolUse)}
        answers = {block.id for block in blocks if isinstance(block, ir.ToolResult)}
        fitted = tuple(each for turn in turns for each in self._turn(turn, answers))
        if self.forgotten:
            count = f" ({len(self.forgotten)} of them)" if len(self.forgotten) > 1 else ""
            self.pen.lose(self.forgotten[0].at, f"reasoning of other models is not sent{count}", "hint")
        return fitted

    def name(self, name: str, at: str) -> str:
        """The name as it is sent; each that had to change is reported once."""
        fit = fitting_name(name)
        if fit != name and fit not in self.renamed:
            self.renamed.add(fit)
            self.pen.lose(at, f"names have 64 characters of a-z, A-Z, 0-9, _ and -: sent as {fit}", what="changed")
        return fit

    def _turn(self, turn: ir.Turn, answers: set[str]) -> Iterator[ir.Turn]:
        if turn.reasoning is not None:
            self.pen.back({}, turn.reasoning)
            if turn.reasoning.effort not in {None, self.effort}:
                why = "reasoning is set for a whole request"
                self.pen.lose(turn.reasoning.place("effort"), why, "setting")
        self.pen.back({}, turn)
        blocks = tuple(self._all(turn.blocks, turn.role))
        if blocks or not turn.blocks:
            yield attrs.evolve(turn, blocks=blocks, reasoning=None, extra=None)
        for block in turn.blocks:
            if isinstance(block, ir.ToolUse) and block.id not in answers:
                self.pen.lose(block.at, "a call without a result is refused: one was made up", "hint", "changed")
                words = ir.Text(UNANSWERED, at=ir.child(block.at, "output"))
                yield ir.Turn("user", (ir.ToolResult(fitting_id(block.id), (words,), form=block.form, at=block.at),))

    def _all(self, blocks: tuple[ir.Block, ...], role: str) -> Iterator[ir.Block]:
        for block in blocks:
            mark = getattr(block, "mark", None)
            if mark is not None and isinstance(block, ir.Node):
                self.pen.lose(block.place("mark"), "prompts are cached without marks", "hint")
            yield from FITTERS[type(block)](self, block, role)

    def text(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        block = cast("ir.Text", block)
        self.pen.seal(block.seal, block.place("seal"))
        if not block.text and block.extra is None:
            return
        if block.citations:
            self.pen.lose(block.citations[0].at or block.at, "a request cannot hold citations", "hint")
        yield attrs.evolve(block, citations=(), seal=None, mark=None)

    def thinking(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        """What this dialect sealed goes home."""
        block = cast("ir.Thinking", block)
        if block.seal is not None and block.seal.maker == DIALECT:
            form = block.form if block.form == "redacted" or any(block.parts) else "redacted"
            yield attrs.evolve(block, form=form)
            return
        self.forgotten.append(block)
        self.pen.back({}, block)

    def call(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        block = cast("ir.ToolUse", block)
        self.pen.seal(block.seal, block.place("seal"))
        arguments = block.arguments or ("{}" if block.form == "json" else "")
        name = block.name if block.namespace else self.name(block.name, block.at)
        yield attrs.evolve(block, id=fitting_id(block.id), name=name, arguments=arguments, seal=None, mark=None)

    def result(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        block = cast("ir.ToolResult", block)
        call = self.calls.get(block.id)
        inner = tuple(self._all(block.blocks, "tool"))
        if call is None or block.id in self.answered:
            self.pen.back({}, block)
            self.pen.lose(block.at, "no call of this id waits for it: it is told as text", what="changed")
            yield from (ir.Text(f"Result of tool call {block.id}:", at=block.at), *inner)
            return
        self.answered.add(block.id)
        if block.error:
            self.pen.lose(block.at, f"an error is told by the text {ERROR!r} before it", "hint", "changed")
            inner = _prefixed(inner, block.at)
        inner = inner or (ir.Text("", at=ir.child(block.at, "output")),)
        yield attrs.evolve(
            block, id=fitting_id(block.id), blocks=inner, error=False, name=None, form=call.form, mark=None
        )

    def ref(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        block = cast("ir.ToolRef", block)
        self.pen.back({}, block)
        self.pen.lose(block.at, "a loaded tool is told as text", "hint", "changed")
        yield ir.Text(f"Tool loaded: {block.name}", at=block.at)

    def tools(self, block: ir.Block, role: str) -> Iterator[ir.Block]:
        """They are listed with the others. The result of a tool tells their names."""
        block = cast("ir.Tools", block)
        self.pen.back({}, block)
        self.pen.lose(block.at, "the tools are listed once, as they are at the end", "hint", "moved")
        if role == "tool":
            names = [fitting_name(tool.name) for tool in block.added if isinstance(tool, ir.Tool)]
            yield ir.Text(f"Tools loaded: {', '.join(names)}" if names else NOT_FOUND, at=block.at)

    def opaque(self, block: ir.Block, _role: str) -> Iterator[ir.Block]:
        """The writer shows what a stranger says of itself."""
        yield block

    def media(self, block: ir.Block, role: str) -> Iterator[ir.Block]:
        block = cast("ir.Media", block)
        if block.cite:
            self.pen.lose(block.place("cite"), "citations cannot be asked for", "hint")
        source = block.source
        if isinstance(source, ir.Words | ir.Parts):
            yield from self._told(block, source, role)
        elif role == "assistant" or not _sayable(block):
            self.pen.back({}, block)
            self.pen.lose(block.at, f"this dialect cannot hold such a {block.kind} here")
            where = f" at {source.url}" if isinstance(source, ir.Url) else ""
            yield ir.Text(f"[{block.title or block.kind}{where}: cannot be shown]", at=block.at)
        else:
            yield from self._shown(block)

    def _shown(self, block: ir.Media) -> Iterator[ir.Block]:
        head = _heading(block, titled=False)
        if head:
            yield ir.Text(head, at=block.at)
        title = block.title
        if block.kind == "image" and title is not None:
            self.pen.lose(block.at, "an image has no title here", "hint")
            title = None
        elif block.kind == "document" and title is None and isinstance(block.source, ir.Inline):
            title = f"document.{block.source.media_type.rpartition('/')[2]}"
        yield attrs.evolve(block, title=title, context=None, link=None, cite=None, mark=None)

    def _told(self, block: ir.Media, source: ir.Words | ir.Parts, role: str) -> Iterator[ir.Block]:
        """A document that is text, or made of blocks."""
        self.pen.back({}, block)
        head = _heading(block, titled=True)
        inner = (ir.Text(source.text, at=block.at),) if isinstance(source, ir.Words) else source.blocks
        blocks = list(self._all(inner, role))
        if head and blocks and isinstance(blocks[0], ir.Text):
            blocks[0] = attrs.evolve(blocks[0], text=head + BLANK + blocks[0].text)
        elif head:
            blocks.insert(0, ir.Text(head, at=block.at))
        yield from blocks


def _prefixed(blocks: tuple[ir.Block, ...], at: str) -> tuple[ir.Block, ...]:
    if blocks and isinstance(blocks[0], ir.Text):
        return (attrs.evolve(blocks[0], text=ERROR + blocks[0].text), *blocks[1:])
    return (ir.Text(ERROR, at=ir.child(at, "output", 0)), *blocks)


def _heading(block: ir.Media, *, titled: bool) -> str:
    title = f"Document: {block.title}" if titled and block.title else ""
    link = f"Source: {block.link}" if block.link else ""
    return "\n".join(line for line in (title, link, block.context) if line)


def _sayable(block: ir.Media) -> bool:
    if isinstance(block.source, ir.File) and block.source.owner != DIALECT:
        return False
    return block.kind in {"image", "document"}


FITTERS: dict[type, Callable[[History, ir.Block, str], Iterator[ir.Block]]] = {
    ir.Text: History.text,
    ir.Media: History.media,
    ir.Opaque: History.opaque,
    ir.ToolUse: History.call,
    ir.ToolResult: History.result,
    ir.ToolRef: History.ref,
    ir.Thinking: History.thinking,
    ir.Tools: History.tools,
}
