"""What a turn is made of: blocks, and the media, citations and tools that stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from ccgate.ir.base import JSON, Mark, Node, Opaque, Seal


@frozen(kw_only=True)
class Citation(Node):
    """Where a piece of text comes from. `start` and `end` are character positions in the block's text, if known."""

    text: str | None = None
    """The cited words."""
    title: str | None = None
    url: str | None = None
    start: int | None = None
    end: int | None = None


@frozen
class Text(Node):
    """Words. A refusal is text that the model marked as such."""

    text: str
    refusal: bool = False
    citations: tuple[Citation, ...] = ()
    seal: Seal | None = None
    mark: Mark | None = None


@frozen
class Inline:
    """Bytes in the document itself: base64, without line breaks."""

    media_type: str
    data: str = field(repr=False)


@frozen
class Url:
    """A place the provider fetches from. We never do."""

    url: str


@frozen
class File:
    """A file the provider already holds."""

    id: str
    owner: str
    """The dialect whose files these are."""


@frozen
class Words:
    """A document that is plain text."""

    text: str
    media_type: str = "text/plain"


@frozen
class Parts:
    """A document made of blocks."""

    blocks: tuple[Block, ...]


Source = Inline | Url | File | Words | Parts


@frozen
class Media(Node):
    """An image, document, search result, sound or film."""

    kind: Literal["image", "document", "search_result", "audio", "video"]
    source: Source
    title: str | None = None
    detail: str | None = None
    """How closely to look at an image: low, high, auto, original."""
    context: str | None = None
    """What the caller says about a document."""
    link: str | None = None
    """Where a search result was found."""
    cite: bool | None = None
    """Whether the model is asked to cite from it."""
    mark: Mark | None = None


@frozen
class ToolUse(Node):
    """The model calls a tool. `arguments` is JSON text for a `json` tool, free text for a `text` tool."""

    id: str
    name: str
    arguments: str
    namespace: str | None = None
    form: Literal["json", "text"] = "json"
    seal: Seal | None = None
    mark: Mark | None = None


@frozen
class ToolResult(Node):
    """What a tool answered to the call `id`."""

    id: str
    blocks: tuple[Block, ...] = ()
    error: bool = False
    name: str | None = None
    form: Literal["json", "text"] = "json"
    mark: Mark | None = None


@frozen
class ToolRef(Node):
    """A tool result that loads a deferred tool by its name."""

    name: str


@frozen
class Thinking(Node):
    """Reasoning. `parts` are its paragraphs; a redacted one has none, only its seal."""

    parts: tuple[str, ...] = ()
    form: Literal["summary", "raw", "redacted"] = "raw"
    seal: Seal | None = None


@frozen
class Tools(Node):
    """Tools that come or go in mid-conversation."""

    added: tuple[AnyTool, ...] = ()
    removed: tuple[str, ...] = ()
    mark: Mark | None = None


Block = Text | Media | ToolUse | ToolResult | ToolRef | Thinking | Tools | Opaque


@frozen
class Namespace:
    """A named group of tools (Codex: one MCP server each)."""

    name: str
    description: str | None = None


@frozen
class Grammar:
    """What the free text of a `text` tool must look like."""

    syntax: str
    definition: str


@frozen
class Tool(Node):
    """A tool that the caller runs. `schema` is its JSON Schema, None for a `text` tool."""

    name: str
    description: str | None = None
    schema: Mapping[str, JSON] | None = None
    form: Literal["json", "text"] = "json"
    grammar: Grammar | None = None
    namespace: Namespace | None = None
    strict: bool | None = None
    deferred: bool = False
    mark: Mark | None = None


@frozen
class Hosted(Node):
    """A tool that the provider runs: web_search, code_execution, tool_search ... `kind` is its name without a date."""

    kind: str
    opaque: Opaque
    name: str | None = None
    mark: Mark | None = None


AnyTool = Tool | Hosted
