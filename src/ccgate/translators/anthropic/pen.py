"""Writes `ir` nodes as JSON of this dialect, and notes what it could not write.

A request of a client of this dialect is written as it came: what its own servers would refuse of it is their affair,
and the client knows their words. Only what comes from elsewhere (`native` false) is made to fit. A string and a list
of one text mean the same; which of them is written follows the place (`at`) the text was read from.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from attrs import define, field

from ccgate import ir
from ccgate.errors import MalformedReply
from ccgate.policy.losses import strange
from ccgate.translators.anthropic.fields import DIALECT
from ccgate.translators.anthropic.names import call_id, name_of, tool_name
from ccgate.translators.anthropic.tools import NO_ARGUMENTS
from ccgate.wire import jsonstring, jsontext

Place = Literal["system", "user", "assistant", "result"]
"""Where a block stands: in a turn of this role, or in what a tool answered."""
HINTS: Final = frozenset(
    {
        *("betas", "cache_control", "caller", "context_management", "id", "include", "logprobs", "metadata", "name"),
        *("prediction", "prompt_cache_retention", "safety_identifier", "signature", "status", "store"),
        *("stream_options", "toolset_name", "user", "index", "annotations"),
    }
)
"""Fields of strangers that change no answer."""
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""https://platform.claude.com/docs/en/build-with-claude/vision"""
NOT_FOUND: Final = "No tool was found."
TTLS: Final = frozenset({"5m", "1h"})
MARKS: Final = 4
"""https://platform.claude.com/docs/en/build-with-claude/prompt-caching"""


@define(eq=False)
class Pen:
    """Writes one request."""

    native: bool
    losses: list[ir.Loss] = field(factory=list)
    marked: list[tuple[dict[str, Any], str]] = field(factory=list)
    """What carries a cache breakpoint, in the order of the prompt."""
    calls: dict[str, str] = field(factory=dict)
    """Where each tool call stood, by its id."""
    results: dict[str, str] = field(factory=dict)
    """Where each tool result stood, by the id of its call."""

    def lose(
        self, at: str, why: str, grade: ir.Grade = "content", what: Literal["dropped", "changed", "moved"] = "dropped"
    ) -> None:
        self.losses.append(ir.Loss(at, what, why, grade))

    def put(self, node: ir.Node, out: dict[str, Any]) -> dict[str, Any]:
        """Our own unknown fields go back; those of a stranger are lost, each at its place."""
        extra = node.extra
        if extra is None:
            return out
        if extra.dialect == DIALECT:
            out.update((key, value) for key, value in extra.value.items() if key not in out)
            return out
        self.losses += strange(extra, node.at, HINTS)
        return out

    def mark(self, mark: ir.Mark | None, at: str, out: dict[str, Any]) -> None:
        if mark is None:
            return
        out["cache_control"] = {"type": "ephemeral"}
        if mark.ttl is not None and (self.native or mark.ttl in TTLS):
            out["cache_control"]["ttl"] = mark.ttl
        elif mark.ttl is not None:
            self.lose(ir.child(at, "cache_control", "ttl"), "a cache lives 5m or 1h", "hint", "changed")
        self.marked.append((out, at))

    def trim_marks(self) -> None:
        """Keep the last four breakpoints: the longest prefixes are the ones worth keeping."""
        for out, at in self.marked[:-MARKS]:
            out.pop("cache_control", None)
            self.lose(at, f"at most {MARKS} cache breakpoints are allowed", "hint")

    def content(self, blocks: Iterable[ir.Block], place: Place) -> list[dict[str, Any]]:
        """The blocks of one turn, tool result or document."""
        return [each for block in blocks for each in BLOCKS[type(block)](self, block, place)]

    def spelled(self, blocks: tuple[ir.Block, ...], out: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
        """A string where a single plain text stood in no list."""
        if len(out) == 1 and out[0].keys() == {"type", "text"} and len(blocks) and not _listed(blocks):
            text: str = out[0]["text"]
            return text
        return out

    def note(self, at: str, words: str, why: str) -> list[dict[str, Any]]:
        """A few words in place of what cannot be shown."""
        self.lose(at, why, "content", "changed")
        return [{"type": "text", "text": words}]

    def seal(self, seal: ir.Seal | None, at: str) -> None:
        if seal is not None:
            self.lose(ir.child(at, seal.kind), "only its maker may see it", "hint")

    def text(self, block: ir.Text, _place: Place) -> list[dict[str, Any]]:
        self.seal(block.seal, block.at)
        out: dict[str, Any] = {"type": "text", "text": block.text}
        citations = [each for each in map(self.citation, block.citations) if each]
        if citations:
            out["citations"] = citations
        self.put(block, out)
        if not block.text.strip() and (block.seal is not None or not self.native):
            return []  # refused by the vendor, and says nothing
        self.mark(block.mark, block.at, out)
        return [out]

    def citation(self, cited: ir.Citation) -> dict[str, Any] | None:
        if cited.extra is None or cited.extra.dialect != DIALECT:
            self.put(cited, {})
            self.lose(cited.at, "a citation can only be sent back to who made it", "hint")
            return None
        return citation(cited)

    def media(self, block: ir.Media, place: Place) -> list[dict[str, Any]]:
        out: dict[str, Any] = {"type": block.kind}
        source = self.source(block)
        why = _unfit(block, source) or (
            None if self.native or place in {"user", "result"} else f"no {block.kind} may stand here"
        )
        if source is None or why:
            self.put(block, out)
            title = f" {block.title}" if block.title else ""
            told = self.note(block.at, f"[{block.kind}{title}: left out]", why or "this source is not known here")
            self.mark(block.mark, block.at, told[0])
            return told
        if block.detail is not None:
            self.lose(ir.child(block.at, "detail"), "how closely to look cannot be said", "hint")
        out |= _described(block, source)
        self.mark(block.mark, block.at, out)
        return [self.put(block, out)]

    def source(self, block: ir.Media) -> dict[str, Any] | None:
        """None for what this dialect has no source for."""
        source = block.source
        match source:
            case ir.Inline(media_type, data):
                return _inline(media_type, data) if self.native else _inline_fit(block.kind, media_type, data)
            case ir.Url(url):
                return {"type": "url", "url": url}
            case ir.File(name, owner):
                return {"type": "file", "file_id": name} if owner == DIALECT else None
            case ir.Words(text, media_type):
                return {"type": "text", "media_type": media_type, "data": text}
        content = self.content(source.blocks, "user")
        plain = content if block.kind == "search_result" else self.spelled(source.blocks, content)
        return {"type": "content", "content": plain}

    def tool_use(self, block: ir.ToolUse, _place: Place) -> list[dict[str, Any]]:
        self.seal(block.seal, block.at)
        value, broken = arguments(block)
        if broken:
            self.lose(ir.child(block.at, "arguments"), "not a JSON object; shown as its `input`", "content", "changed")
        name = call_id(block.id)
        self.calls.setdefault(name, block.at)
        out = {"type": "tool_use", "id": name, "name": tool_name(block.name, block.namespace), "input": value}
        self.mark(block.mark, block.at, out)
        return [self.put(block, out)]

    def tool_result(self, block: ir.ToolResult, _place: Place) -> list[dict[str, Any]]:
        name = call_id(block.id)
        self.results[name] = block.at
        out: dict[str, Any] = {"type": "tool_result", "tool_use_id": name}
        content = self.spelled(block.blocks, self.content(block.blocks, "result"))
        if content or (self.native and block.blocks):
            out["content"] = content
        if block.error:
            out["is_error"] = True
        self.mark(block.mark, block.at, out)
        return [self.put(block, out)]

    def tool_ref(self, block: ir.ToolRef, _place: Place) -> list[dict[str, Any]]:
        out = self.put(block, {"type": "tool_reference", "tool_name": tool_name(block.name)})
        if self.native:
            return [out]
        # Deferred tools of strangers are sent as plain ones, and only a deferred one may be referred to.
        self.lose(block.at, "the tool is there from the start", "hint", "changed")
        return [{"type": "text", "text": f"The tool {out['tool_name']} is available."}]

    def thinking(self, block: ir.Thinking, place: Place) -> list[dict[str, Any]]:
        """Thinking must be signed by this vendor, or comes from a client of this dialect that has it unsigned."""
        seal, words = block.seal, "\n\n".join(block.parts)
        if seal is not None and seal.maker == DIALECT and seal.kind == "redacted":
            return [self.put(block, {"type": "redacted_thinking", "data": seal.value})]
        if seal is not None and seal.maker == DIALECT:
            return [self.put(block, {"type": "thinking", "thinking": words, "signature": seal.value})]
        if self.native and seal is None and place == "assistant":
            return [self.put(block, {"type": "thinking", "thinking": words, "signature": ""})]
        self.put(block, {})
        self.seal(seal, block.at)
        if words and seal is None:
            self.lose(block.at, "thinking that this vendor has not signed is refused")
        return []

    def tools(self, block: ir.Tools, place: Place) -> list[dict[str, Any]]:
        if self.native:
            return self._tool_changes(block)
        self.put(block, {})
        if block.added:
            self.lose(block.at, "these tools are there from the start", "hint", "moved")
        for n, _ in enumerate(block.removed):
            self.lose(ir.child(block.at, "removed", n), "a tool cannot be taken away in mid-conversation", "setting")
        if place != "result":
            return []
        names = [name_of(tool) for tool in block.added if isinstance(tool, ir.Tool)]
        return [{"type": "text", "text": f"Tools loaded: {', '.join(names)}" if names else NOT_FOUND}]

    def _tool_changes(self, block: ir.Tools) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for tool in block.added:
            if isinstance(tool, ir.Tool) and tool.schema is None:
                change: dict[str, Any] = {"type": "tool_reference", "name": name_of(tool)}
                self.put(tool, change)
            else:
                written = self.tool(tool)
                if written is None:
                    continue
                change = {"type": "tool_definition", "definition": written}
            out.append({"type": "tool_addition", "tool": change})
        gone = [{"type": "tool_reference", "name": tool_name(name)} for name in block.removed]
        out += [{"type": "tool_removal", "tool": each} for each in gone]
        if out:
            self.mark(block.mark, block.at, out[-1])
        self.put(block, out[-1] if out else {})
        return out

    def opaque(self, block: ir.Opaque, _place: Place) -> list[dict[str, Any]]:
        if block.dialect == DIALECT:
            value = dict(block.value)
            if block.mark is not None:
                self.marked.append((value, block.at))
            return [value]
        if block.says is None:
            self.lose(block.at, "only its own dialect knows this block")
            return []
        return self.note(block.at, block.says, "only its own dialect knows this block; its words are shown")

    def tool(self, tool: ir.AnyTool) -> dict[str, Any] | None:
        """One entry of `tools`."""
        if isinstance(tool, ir.Hosted):
            self.put(tool, {})
            if tool.opaque.dialect == DIALECT:
                value = dict(tool.opaque.value)
                if tool.mark is not None:
                    self.marked.append((value, tool.at))
                return value
            self.lose(tool.at, f"no such tool is run here: {tool.kind}")
            return None
        out = self._tool(tool)
        if tool.strict is not None:
            out["strict"] = tool.strict
        if tool.deferred and self.native:
            out["defer_loading"] = True
        elif tool.deferred:
            self.lose(tool.at, "the tool is offered from the start", "hint", "changed")
        self.mark(tool.mark, tool.at, out)
        return self.put(tool, out)

    def _tool(self, tool: ir.Tool) -> dict[str, Any]:
        out: dict[str, Any] = {"name": name_of(tool)}
        if out["name"] != tool.name:
            self.lose(ir.child(tool.at, "name"), f"called {out['name']} here", "hint", "changed")
        description = tool.description
        if tool.form == "text":
            out["input_schema"] = jsonstring.SCHEMA
            if tool.grammar is not None:
                self.lose(tool.at, "the grammar is told in the description, not enforced", "setting", "changed")
                description = jsonstring.described(description, tool.grammar.syntax, tool.grammar.definition)
        else:
            out["input_schema"] = _schema(tool)
        if description is not None:
            out["description"] = description
        return out


BLOCKS: Final[dict[type, Callable[[Pen, Any, Place], list[dict[str, Any]]]]] = {
    ir.Text: Pen.text,
    ir.Media: Pen.media,
    ir.ToolUse: Pen.tool_use,
    ir.ToolResult: Pen.tool_result,
    ir.ToolRef: Pen.tool_ref,
    ir.Thinking: Pen.thinking,
    ir.Tools: Pen.tools,
    ir.Opaque: Pen.opaque,
}


def citation(cited: ir.Citation) -> dict[str, Any]:
    """A citation of our own, as it came."""
    out: dict[str, Any] = dict(cited.extra.value) if cited.extra else {}
    web = out.get("type") == "web_search_result_location"
    result = out.get("type") == "search_result_location"
    if cited.text is not None:
        out["cited_text"] = cited.text
    if cited.title is not None:
        out["title" if web or result else "document_title"] = cited.title
    if cited.url is not None:
        out["url" if web else "source"] = cited.url
    return out


def arguments(call: ir.ToolUse) -> tuple[dict[str, Any], bool]:
    """The `input` of a call, and whether its arguments were no JSON object. Words that are none become its `input`:
    the model still sees what it said, and no tool runs on a guess."""
    if call.form == "text":
        return {jsonstring.KEY: call.arguments}, False
    if not call.arguments.strip():
        return {}, False
    try:
        value = jsontext.load(call.arguments)
    except MalformedReply:
        return {jsonstring.KEY: call.arguments}, True
    return (value, False) if isinstance(value, dict) else ({jsonstring.KEY: call.arguments}, True)


def _listed(blocks: tuple[ir.Block, ...]) -> bool:
    return blocks[0].at.rpartition("/")[2].isdigit()


def _described(block: ir.Media, source: dict[str, Any]) -> dict[str, Any]:
    if block.kind == "search_result":
        out: dict[str, Any] = {"content": source["content"], "source": block.link or "", "title": block.title or ""}
    else:
        out = {"source": source}
        if block.kind == "document":
            out |= {key: each for key, each in (("title", block.title), ("context", block.context)) if each is not None}
    if block.cite is not None:
        out["citations"] = {"enabled": block.cite}
    return out


def _unfit(block: ir.Media, source: dict[str, Any] | None) -> str | None:
    if block.kind in {"audio", "video"}:
        return f"no {block.kind} is heard or seen here"
    if source is None:
        return None
    if block.kind == "image" and source["type"] in {"text", "content"}:
        return "an image cannot be made of words"
    if block.kind == "search_result" and source["type"] != "content":
        return "a search result is made of texts"
    return None


def _inline(media_type: str, data: str) -> dict[str, Any]:
    return {"type": "base64", "media_type": media_type, "data": data}


def _inline_fit(kind: str, media_type: str, data: str) -> dict[str, Any] | None:
    """Images of four types, PDF, and text; nothing else can be sent as bytes."""
    if (kind == "image" and media_type in PICTURES) or (kind == "document" and media_type == "application/pdf"):
        return _inline(media_type, data)
    if kind == "document" and media_type.startswith("text/"):
        try:
            return {"type": "text", "media_type": "text/plain", "data": base64.b64decode(data).decode()}
        except (binascii.Error, UnicodeDecodeError):
            return None  # not the text it claims to be
    return None


def _schema(tool: ir.Tool) -> dict[str, Any]:
    if tool.schema is None:
        return dict(NO_ARGUMENTS)
    return dict(tool.schema) if "type" in tool.schema else {"type": "object", **tool.schema}
