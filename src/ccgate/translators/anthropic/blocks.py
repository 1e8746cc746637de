"""Content blocks of requests and replies to `ir` blocks.

A block whose type, or whose inside, we do not understand to the last field is kept whole as an `Opaque`; what a
stranger can read of it is in its `says`.
https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from ccgate import ir
from ccgate.translators.anthropic.fields import DIALECT, SPELLED, Fields, Odd, mark_of
from ccgate.translators.anthropic.tools import read_tool
from ccgate.wire import jsontext, seals

READABLE: Final = frozenset(
    {"title", "url", "text", "query", "code", "command", "stdout", "stderr", "content", "summary", "error_code"}
)
"""Fields of server blocks whose strings mean something to a model that did not make them."""

DEEPEST: Final = 12
"""So many levels of a server block are searched for words."""


def read_content(value: Any, at: str) -> tuple[ir.Block, ...]:
    """A string or a list of blocks. A string is one text that stands where the content stands."""
    if isinstance(value, str):
        return (ir.Text(value, at=at),)
    if not isinstance(value, list):
        raise Odd(at, "must be a string or an array of content blocks")
    return tuple(read_block(each, ir.child(at, n)) for n, each in enumerate(value))


def read_block(value: Any, at: str) -> ir.Block:
    fields = Fields.of(value, at)
    kind = fields.needed("type")
    reader = READERS.get(kind)
    return (reader(fields) if reader else None) or opaque(fields)


def opaque(fields: Fields) -> ir.Opaque:
    """The whole block, with what a stranger may read of it."""
    value = dict(fields.source)
    lines = dict.fromkeys(_words(value, DEEPEST))
    mark = mark_of(value.get("cache_control"))
    return ir.Opaque(DIALECT, value, "\n".join(lines) or None, mark, at=fields.at)


def _words(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _words(each, depth - 1)
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str):
                if key in READABLE and each.strip():
                    yield each
            else:
                yield from _words(each, depth - 1)


def _text(fields: Fields) -> ir.Block:
    text = fields.needed("text")
    places = fields.place("citations")
    citations = tuple(read_citation(each, ir.child(places, n)) for n, each in enumerate(fields.array("citations")))
    return ir.Text(text, citations=citations, mark=fields.mark(), spelled=SPELLED, at=fields.at, extra=fields.rest())


def read_citation(value: Any, at: str) -> ir.Citation:
    """Its type and its positions in a document stay in `extra`: they count in the source, ours in the answer."""
    fields = Fields.of(value, at)
    fields.known.clear()
    return ir.Citation(
        text=fields.soft("cited_text"),
        title=fields.soft("title" if "title" in fields.source else "document_title"),
        url=fields.soft("url") or fields.soft("source"),
        at=at,
        extra=fields.rest(),
    )


def _image(fields: Fields) -> ir.Block | None:
    source = _source(fields)
    if source is None:
        return None
    return ir.Media("image", source, mark=fields.mark(), spelled=SPELLED, at=fields.at, extra=fields.rest())


def _document(fields: Fields) -> ir.Block | None:
    source = _source(fields)
    if source is None:
        return None
    return ir.Media(
        "document",
        source,
        title=fields.text("title"),
        context=fields.text("context"),
        cite=_cite(fields),
        mark=fields.mark(),
        spelled=SPELLED,
        at=fields.at,
        extra=fields.rest(),
    )


def _search_result(fields: Fields) -> ir.Block:
    blocks = read_content(fields.array("content"), fields.place("content"))
    return ir.Media(
        "search_result",
        ir.Parts(blocks),
        title=fields.text("title"),
        link=fields.text("source"),
        cite=_cite(fields),
        mark=fields.mark(),
        spelled=SPELLED,
        at=fields.at,
        extra=fields.rest(),
    )


def _cite(fields: Fields) -> bool | None:
    value = fields.source.get("citations")
    if isinstance(value, dict) and value.keys() == {"enabled"} and isinstance(value["enabled"], bool):
        fields.known.add("citations")
        return value["enabled"]
    return None


def _source(fields: Fields) -> ir.Source | None:
    """None for a source that we cannot spell again."""
    source = fields.object("source")
    if source is None:
        raise Odd(fields.place("source"), "is required")
    match source:
        case {"type": "base64", "media_type": str(media_type), "data": str(data), **rest} if not rest:
            return ir.Inline(media_type, data)
        case {"type": "url", "url": str(url), **rest} if not rest:
            return ir.Url(url)
        case {"type": "file", "file_id": str(file), **rest} if not rest:
            return ir.File(file, DIALECT)
        case {"type": "text", "media_type": str(media_type), "data": str(data), **rest} if not rest:
            return ir.Words(data, media_type)
        case {"type": "content", "content": content, **rest} if not rest:
            return ir.Parts(read_content(content, ir.child(fields.at, "source", "content")))
    return None


def _thinking(fields: Fields) -> ir.Block:
    """An empty signature says that there is none: the words came from a model that does not sign. One that we wrapped
    is another provider's seal.

    https://platform.claude.com/docs/en/build-with-claude/extended-thinking
    """
    words = fields.text("thinking") or ""
    form, seal = _seal(fields.text("signature") or "")
    return ir.Thinking((words,) if words else (), form, seal, at=fields.at, extra=fields.rest())


def _seal(signature: str) -> tuple[Literal["raw", "summary", "redacted"], ir.Seal | None]:
    """Whose words these are, and the form they had there. What is left of a broken seal says nothing."""
    if not signature or not seals.is_held(signature):
        return "raw", ir.Seal(DIALECT, "signature", signature) if signature else None
    held = seals.unwrap(signature)
    if held is None:
        return "raw", None
    form = held.of if held.of in ("summary", "redacted") else "raw"
    return form, ir.Seal(held.maker, held.kind, held.value)


def _redacted(fields: Fields) -> ir.Block:
    seal = ir.Seal(DIALECT, "redacted", fields.needed("data"))
    return ir.Thinking((), "redacted", seal, at=fields.at, extra=fields.rest())


def _tool_use(fields: Fields) -> ir.Block:
    arguments = jsontext.dump(fields.object("input") or {}).decode()
    return ir.ToolUse(
        fields.needed("id"),
        fields.needed("name"),
        arguments,
        mark=fields.mark(),
        spelled=SPELLED,
        at=fields.at,
        extra=fields.rest(),
    )


def _tool_result(fields: Fields) -> ir.Block:
    content = fields.take("content", (str, list), "a string or an array of content blocks")
    return ir.ToolResult(
        fields.needed("tool_use_id"),
        () if content is None else read_content(content, fields.place("content")),
        error=bool(fields.flag("is_error")),
        mark=fields.mark(),
        spelled=SPELLED,
        at=fields.at,
        extra=fields.rest(),
    )


def _tool_reference(fields: Fields) -> ir.Block:
    return ir.ToolRef(fields.needed("tool_name"), at=fields.at, extra=fields.rest())


def _tool_addition(fields: Fields) -> ir.Block | None:
    """A tool that comes in mid-conversation: by name (a `Tool` without a schema, declared in `tools`), or whole."""
    at = fields.place("tool")
    tool: ir.AnyTool
    match fields.object("tool"):
        case {"type": "tool_reference", "name": str(name), **rest} if not rest:
            tool = ir.Tool(name, deferred=True, at=at)
        case {"type": "tool_definition", "definition": dict(definition), **rest} if not rest:
            tool = read_tool(definition, ir.child(at, "definition"))
        case _:
            return None
    return ir.Tools((tool,), mark=fields.mark(), spelled=SPELLED, at=fields.at, extra=fields.rest())


def _tool_removal(fields: Fields) -> ir.Block | None:
    match fields.object("tool"):
        case {"type": "tool_reference", "name": str(name), **rest} if not rest:
            return ir.Tools((), (name,), mark=fields.mark(), spelled=SPELLED, at=fields.at, extra=fields.rest())
    return None


READERS: Final[dict[str, Callable[[Fields], ir.Block | None]]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "tool_reference": _tool_reference,
    "tool_addition": _tool_addition,
    "tool_removal": _tool_removal,
}
