"""Blocks, written as the content parts of a user message.

A document that is text is told as text, with its title; so is what a stranger's block says of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from attrs import define

from ccgate import ir
from ccgate.policy.losses import Losses
from ccgate.translators.openai_chat.fields import DIALECT
from ccgate.translators.openai_chat.names import fitting_name
from ccgate.translators.openai_chat.parts import AUDIO_TYPES, data_url, merged

Part = dict[str, Any]

BLANK = "\n\n"
NOT_FOUND = "No tool was found."
AUDIO_FORMATS = {media_type: form for form, media_type in AUDIO_TYPES.items()}


def text_part(text: str) -> Part:
    return {"type": "text", "text": text}


def is_words(part: Part) -> bool:
    """Text, and nothing but text."""
    return part.get("type") == "text" and len(part) == 2


def joined(parts: list[Part]) -> str | list[Part]:
    """A string when all is text, else the parts without empty text."""
    said = [part for part in parts if not (is_words(part) and not part["text"])]
    if all(is_words(part) for part in said):
        return BLANK.join(part["text"] for part in said)
    return said


@define
class Content:
    """Writes blocks, and reports what they lose."""

    losses: Losses

    def parts(self, block: ir.Block) -> list[Part]:
        """What a user message can say of a block. Empty for what it cannot."""
        self.losses.mark(block)
        return WRITERS[type(block)](self, block)

    def all(self, blocks: tuple[ir.Block, ...]) -> list[Part]:
        return [part for block in blocks for part in self.parts(block)]

    def text(self, block: ir.Text) -> Part:
        """A text without its citations: these have no place in a request."""
        self.losses.seal(block)
        for citation in block.citations:
            self.losses.add(citation.at or block.at, "dropped", "a request cannot hold citations", "hint")
        return merged(text_part(block.text), self.losses.own(block))

    def words(self, block: ir.Block) -> list[Part]:
        return [self.text(cast("ir.Text", block))]

    def opaque(self, block: ir.Block) -> list[Part]:
        block = cast("ir.Opaque", block)
        if block.dialect == DIALECT:
            return [block.value] if "tool_calls" not in block.value else []
        if block.says is None:
            self.losses.add(block.at, "dropped", "only its own dialect can say it")
            return []
        self.losses.add(block.at, "changed", "only what it says of itself is shown")
        return [text_part(block.says)]

    def tool_ref(self, block: ir.Block) -> list[Part]:
        block = cast("ir.ToolRef", block)
        own = self.losses.own(block)
        self.losses.add(block.at, "changed", "a loaded tool is told as text", "hint")
        return [merged(text_part(f"Tool loaded: {block.name}"), own)]

    def stray_result(self, block: ir.Block) -> list[Part]:
        block = cast("ir.ToolResult", block)
        self.losses.own(block)
        self.losses.add(block.at, "changed", "no call of this id stands before it: it is told as text")
        return [text_part(f"Result of tool call {block.id}:"), *self.answer(block.blocks)]

    def answer(self, blocks: tuple[ir.Block, ...]) -> list[Part]:
        """What a tool answered. Tools that it found are listed with the others; their names stand here."""
        return [part for block in blocks for part in (*self.parts(block), *_found(block))]

    def tools(self, block: ir.Block) -> list[Part]:
        """Reported with the list of tools."""
        self.losses.own(cast("ir.Tools", block))
        return []

    def nothing(self, block: ir.Block) -> list[Part]:
        grade: ir.Grade = "hint" if isinstance(block, ir.Thinking) else "content"
        self.losses.add(block.at, "dropped", "it has no place in this message", grade)
        return []

    def media(self, block: ir.Block) -> list[Part]:
        block = cast("ir.Media", block)
        if block.cite:
            self.losses.add(block.place("cite"), "dropped", "citations cannot be asked for", "hint")
        source = block.source
        if isinstance(source, ir.Words | ir.Parts):
            return self._told(block, source)
        part = self._part(block, source)
        if part is None:
            return self._unsayable(block)
        if block.title is not None and part["type"] != "file":
            self.losses.add(block.at, "dropped", f"an {block.kind} has no title here", "hint")
        head = _heading(block, titled=False)
        return [*([text_part(head)] if head else []), merged(part, self.losses.own(block))]

    def _told(self, block: ir.Media, source: ir.Words | ir.Parts) -> list[Part]:
        """A document that is text, or made of blocks."""
        self.losses.own(block)
        head = _heading(block, titled=True)
        inner = [text_part(source.text)] if isinstance(source, ir.Words) else self.all(source.blocks)
        if inner and is_words(inner[0]) and head:
            return [text_part(head + BLANK + inner[0]["text"]), *inner[1:]]
        return [*([text_part(head)] if head else []), *inner]

    def _part(self, block: ir.Media, source: ir.Inline | ir.Url | ir.File) -> Part | None:
        if isinstance(source, ir.File):
            return {"type": "file", "file": {"file_id": source.id}} if source.owner == DIALECT else None
        if block.kind == "image":
            return _image(block, source)
        if isinstance(source, ir.Inline) and block.kind == "audio" and source.media_type.startswith("audio/"):
            form = AUDIO_FORMATS.get(source.media_type, source.media_type[6:])
            return {"type": "input_audio", "input_audio": {"data": source.data, "format": form}}
        if isinstance(source, ir.Inline) and block.kind == "document":
            name = block.title or f"document.{source.media_type.rpartition('/')[2]}"
            return {"type": "file", "file": {"filename": name, "file_data": data_url(source)}}
        return None

    def _unsayable(self, block: ir.Media) -> list[Part]:
        """Something it cannot hold: the model is told what it does not see."""
        self.losses.own(block)
        self.losses.add(block.at, "dropped", f"this dialect cannot hold such a {block.kind}")
        where = f" at {block.source.url}" if isinstance(block.source, ir.Url) else ""
        return [text_part(f"[{block.title or block.kind}{where}: cannot be shown]")]


def _found(block: ir.Block) -> list[Part]:
    if not isinstance(block, ir.Tools):
        return []
    tools = [tool for tool in block.added if isinstance(tool, ir.Tool)]
    names = [fitting_name(tool.name, tool.namespace.name if tool.namespace else None) for tool in tools]
    return [text_part(f"Tools loaded: {', '.join(names)}" if names else NOT_FOUND)]


def _image(block: ir.Media, source: ir.Inline | ir.Url) -> Part:
    image = {"url": source.url if isinstance(source, ir.Url) else data_url(source)}
    if block.detail is not None:
        image["detail"] = block.detail
    return {"type": "image_url", "image_url": image}


def _heading(block: ir.Media, *, titled: bool) -> str:
    title = f"Document: {block.title}" if titled and block.title else ""
    link = f"Source: {block.link}" if block.link else ""
    return "\n".join(line for line in (title, link, block.context) if line)


WRITERS: dict[type, Callable[[Content, ir.Block], list[Part]]] = {
    ir.Text: Content.words,
    ir.Media: Content.media,
    ir.Opaque: Content.opaque,
    ir.ToolRef: Content.tool_ref,
    ir.ToolResult: Content.stray_result,
    ir.Tools: Content.tools,
    ir.ToolUse: Content.nothing,
    ir.Thinking: Content.nothing,
}
