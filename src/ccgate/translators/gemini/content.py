"""Blocks, written as parts of a content.

A document that is text is told as text, with its title; so is what a stranger's block says of itself.
https://ai.google.dev/api/caching#Part
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from attrs import define

from ccgate import ir
from ccgate.translators.gemini.fields import DIALECT
from ccgate.translators.gemini.losses import Losses, merged

Part = dict[str, Any]

BLANK = "\n\n"
TYPES: Final = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webp": "image/webp",
}
"""Media types by the endings of addresses."""


def text_part(text: str) -> Part:
    return {"text": text}


def is_words(part: Part) -> bool:
    """Text, and nothing but text."""
    return len(part) == 1 and "text" in part


def is_media(part: Part) -> bool:
    return "inlineData" in part or "fileData" in part


@define
class Content:
    """Writes blocks, and reports what they lose."""

    losses: Losses

    def parts(self, block: ir.Block) -> list[Part]:
        """What a user's content can say of a block. Empty for what it cannot."""
        self.losses.mark(block)
        return WRITERS[type(block)](self, block)

    def all(self, blocks: tuple[ir.Block, ...]) -> list[Part]:
        return [part for block in blocks for part in self.parts(block)]

    def words(self, block: ir.Block) -> list[Part]:
        """A text without its citations: these have no place in a request. Empty text is no part."""
        block = cast("ir.Text", block)
        for citation in block.citations:
            self.losses.add(citation.at or block.at, "dropped", "a request cannot hold citations", "hint")
        part = text_part(block.text) | self.losses.signature(block)
        part = merged(part, self.losses.own(block))
        return [] if part == {"text": ""} else [part]

    def opaque(self, block: ir.Block) -> list[Part]:
        block = cast("ir.Opaque", block)
        if block.dialect == DIALECT:
            return [dict(block.value)]
        if block.says is None:
            self.losses.add(block.at, "dropped", "only its own dialect can say it", block.grade or "content")
            return []
        self.losses.add(block.at, "changed", "only what it says of itself is shown", block.grade or "content")
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
        return [text_part(f"Result of tool call {block.id}:"), *self.all(block.blocks)]

    def tools(self, block: ir.Block) -> list[Part]:
        """Reported with the list of tools."""
        self.losses.own(cast("ir.Tools", block))
        return []

    def nothing(self, block: ir.Block) -> list[Part]:
        self.losses.own(cast("ir.Node", block))
        grade: ir.Grade = "hint" if isinstance(block, ir.Thinking) else "content"
        self.losses.add(block.at, "dropped", "it has no place in this content", grade)
        return []

    def media(self, block: ir.Block) -> list[Part]:
        block = cast("ir.Media", block)
        if block.cite:
            self.losses.add(block.place("cite"), "dropped", "citations cannot be asked for", "hint")
        if block.detail is not None:
            self.losses.add(block.place("detail"), "dropped", "how closely to look cannot be told", "hint")
        source = block.source
        if isinstance(source, ir.Words | ir.Parts):
            return self._told(block, source)
        part = _media(block.kind, source)
        if part is None:
            return self._unsayable(block, source)
        head = heading(block)
        return [*([text_part(head)] if head else []), merged(part, self.losses.own(block))]

    def _told(self, block: ir.Media, source: ir.Words | ir.Parts) -> list[Part]:
        """A document that is text, or made of blocks."""
        self.losses.own(block)
        head = heading(block)
        inner = [text_part(source.text)] if isinstance(source, ir.Words) else self.all(source.blocks)
        if inner and is_words(inner[0]) and head:
            return [text_part(head + BLANK + inner[0]["text"]), *inner[1:]]
        return [*([text_part(head)] if head else []), *inner]

    def _unsayable(self, block: ir.Media, source: ir.Source) -> list[Part]:
        """Something it cannot hold: the model is told what it does not see."""
        self.losses.own(block)
        owner = source.owner if isinstance(source, ir.File) else "another"
        self.losses.add(block.at, "dropped", f"a file that only {owner} holds")
        return [text_part(f"[{block.title or block.kind}: cannot be shown]")]


def _media(kind: str, source: ir.Inline | ir.Url | ir.File) -> Part | None:
    if isinstance(source, ir.Inline):
        return {"inlineData": {"mimeType": source.media_type, "data": source.data}}
    if isinstance(source, ir.File):
        return {"fileData": {"fileUri": source.id}} if source.owner == DIALECT else None
    ending = source.url.partition("?")[0].rpartition(".")[2].lower()
    type_ = TYPES.get(ending, {"image": "image/jpeg"}.get(kind))
    return {"fileData": ({} if type_ is None else {"mimeType": type_}) | {"fileUri": source.url}}


def heading(block: ir.Media) -> str:
    """What is said of a document besides itself."""
    title = f"{block.kind.replace('_', ' ').capitalize()}: {block.title}" if block.title else ""
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
