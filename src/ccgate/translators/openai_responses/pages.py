"""Turns to items of `input`: what `items`, `parts` and `tools` read, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from ccgate import ir
from ccgate.policy.losses import UNKNOWN
from ccgate.translators.openai_responses.fields import DIALECT
from ccgate.translators.openai_responses.items import paragraphs
from ccgate.translators.openai_responses.parts import breakpoint_of, data_url
from ccgate.translators.openai_responses.pen import Pen

Item = dict[str, Any]


def write_turn(turn: ir.Turn, pen: Pen) -> list[Item]:
    """The items of one turn: its words and media are messages, all else is an item of its own."""
    written: list[Item] = []
    messages: list[Item] = []
    if turn.reasoning is not None:
        written.append(_update(turn.reasoning, pen))
    for plain, blocks in groupby(turn.blocks, lambda block: _is_part(block, turn)):
        if not plain:
            written += _items(tuple(blocks), turn, pen)
        elif (message := _message(turn, tuple(blocks), pen))["content"] != []:
            messages.append(message)
            written.append(message)
    if not turn.blocks and not written:
        written.append(_message(turn, (), pen))
    pen.back(next(iter(messages or written), {}), turn)
    return written


def _is_part(block: ir.Block, turn: ir.Turn) -> bool:
    if isinstance(block, ir.Opaque):
        return block.dialect != DIALECT or block.at != turn.at
    return isinstance(block, ir.Text | ir.Media)


def _message(turn: ir.Turn, blocks: tuple[ir.Block, ...], pen: Pen) -> Item:
    item = {"type": "message", "role": turn.role, "content": write_parts(blocks, turn.role, pen)}
    return item if turn.phase is None else item | {"phase": turn.phase}


def _update(reasoning: ir.Reasoning, pen: Pen) -> Item:
    return {"type": "configuration_update", "reasoning": write_reasoning(reasoning, pen)}


def write_reasoning(reasoning: ir.Reasoning, pen: Pen) -> Item:
    """Effort and summary. There is no budget here, and no mode."""
    if reasoning.mode is not None or reasoning.budget is not None:
        pen.lose(reasoning.at, "reasoning has an effort here, no mode and no budget", "setting")
    return pen.back(_given(effort=reasoning.effort, summary=reasoning.show), reasoning)


def _items(blocks: tuple[ir.Block, ...], turn: ir.Turn, pen: Pen) -> list[Item]:
    written: list[Item] = []
    for n, block in enumerate(blocks):
        before = blocks[n - 1] if n else None
        if isinstance(block, ir.Thinking):
            _thinking(block, before, written, pen)
        elif isinstance(block, ir.Tools):
            written.append(_tools(block, turn.role, pen))
        elif isinstance(block, ir.Opaque):
            written.append(block.value)
        elif isinstance(block, ir.ToolUse):
            written.append(_use(block, pen))
        elif isinstance(block, ir.ToolResult):
            written.append(_result(block, pen))
        else:
            _misplaced(block, pen)
    return written


def _thinking(block: ir.Thinking, before: ir.Block | None, written: list[Item], pen: Pen) -> None:
    """A summary and the raw thoughts right after it are one item."""
    if isinstance(before, ir.Thinking) and (before.form, block.form) == ("summary", "raw") and not block.seal:
        written[-1]["content"] = paragraphs(block.parts, "reasoning_text")
        pen.back(written[-1], block)
        return
    value = pen.seal(block.seal, block.at)
    if block.form == "redacted" and value is None:
        return
    raw = block.form == "raw"
    item: Item = {"type": "reasoning", "summary": [] if raw else paragraphs(block.parts, "summary_text")}
    if raw:
        item["content"] = paragraphs(block.parts, "reasoning_text")
    written.append(pen.back(item | _given(encrypted_content=value), block))


def _use(block: ir.ToolUse, pen: Pen) -> Item:
    pen.seal(block.seal, block.at)
    item: Item = {"type": "function_call", "call_id": block.id}
    if pen.own(block).get("type") == "tool_search_call":
        return pen.back(item | {"arguments": json.loads(block.arguments)}, block)
    if block.form == "text":
        item |= {"type": "custom_tool_call", "name": block.name, "input": block.arguments}
    else:
        item |= {"name": block.name, "arguments": block.arguments}
    return pen.back(item | _given(namespace=block.namespace), block)


def _result(block: ir.ToolResult, pen: Pen) -> Item:
    if block.error:
        pen.lose(block.at, "a result cannot be marked as an error", "setting", "changed")
    kind = "custom_tool_call_output" if block.form == "text" else "function_call_output"
    item: Item = {"type": kind, "call_id": block.id}
    if pen.own(block).get("type") == "tool_search_output":
        return pen.back(item | {"tools": _found(block, pen)}, block)
    item |= {"output": write_parts(block.blocks, "user", pen)} | _given(name=block.name)
    return pen.back(item, block)


def _found(block: ir.ToolResult, pen: Pen) -> list[Item]:
    tools: list[Item] = []
    for part in block.blocks:
        if isinstance(part, ir.Tools):
            pen.back({}, part)
            tools += write_tools(part.added, pen)
        else:
            _misplaced(part, pen)
    return tools


def _tools(block: ir.Tools, role: str, pen: Pen) -> Item:
    if block.removed:
        pen.lose(block.at, "tools cannot be taken away in mid-conversation")
    item = {"type": "additional_tools", "role": role, "tools": write_tools(block.added, pen)}
    return pen.back(item, block)


# ---------------------------------------------------------------- parts


def write_parts(blocks: tuple[ir.Block, ...], role: str, pen: Pen) -> str | list[Item]:
    """A list of parts, or the one text that stood there alone."""
    if (text := alone(blocks)) is not None:
        return text
    parts = (_part(block, role, pen) for block in blocks)
    return [part for part in parts if part is not None]


def alone(blocks: tuple[ir.Block, ...]) -> str | None:
    """The text that was written without a list around it: its pointer does not end in a list's index."""
    match blocks:
        case (ir.Text(text, refusal=False, citations=(), seal=None, mark=None, extra=None, at=at),) if at:
            return None if at.rpartition("/")[2].isdigit() else text
        case _:
            return None


def _part(block: ir.Block, role: str, pen: Pen) -> Item | None:
    if isinstance(block, ir.Text):
        return _text(block, role, pen)
    if isinstance(block, ir.Media):
        return _media(block, pen)
    if isinstance(block, ir.Opaque):
        return _opaque(block, role, pen)
    _misplaced(block, pen)
    return None


def _misplaced(block: ir.Block, pen: Pen) -> None:
    pen.lose(block.at, f"a {type(block).__name__} cannot stand here")


def _opaque(block: ir.Opaque, role: str, pen: Pen) -> Item | None:
    if block.dialect == DIALECT:
        part: Item = block.value
        return part
    pen.stranger(block)
    return None if block.says is None else _plain(block.says, role)


def _plain(text: str, role: str) -> Item:
    if role == "assistant":
        return {"type": "output_text", "text": text, "annotations": []}
    return {"type": "input_text", "text": text}


def _text(block: ir.Text, role: str, pen: Pen) -> Item:
    pen.seal(block.seal, block.at)
    if block.refusal:
        return pen.back({"type": "refusal", "refusal": block.text}, block)
    part = _plain(block.text, role)
    if block.citations or pen.own(block).get("type") == "output_text":
        part["annotations"] = []
    if pen.own(block).get("type") not in {None, "output_text"}:
        part.pop("annotations", None)
    if block.citations:
        part["annotations"] = [_citation(each, pen) for each in block.citations]
    return pen.back(part | _marked(block.mark), block)


def _citation(each: ir.Citation, pen: Pen) -> Item:
    given = _given(url=each.url, title=each.title, start_index=each.start, end_index=each.end)
    return pen.back({"type": "url_citation"} | given, each)


def _media(block: ir.Media, pen: Pen) -> Item | None:
    write = MEDIA.get(block.kind)
    place = write(block.source) if write else None
    if place is None:
        pen.lose(block.at, "only images and files can stand here")
        return None
    return pen.back(place | _given(filename=block.title, detail=block.detail) | _marked(block.mark), block)


def _image(source: ir.Source) -> Item | None:
    return _placed("input_image", source, "image_url", "image_url")


def _file(source: ir.Source) -> Item | None:
    return _placed("input_file", source, "file_data", "file_url")


def _placed(kind: str, source: ir.Source, data: str, address: str) -> Item | None:
    match source:
        case ir.Inline():
            return {"type": kind, data: data_url(source)}
        case ir.Url(url):
            return {"type": kind, address: url}
        case ir.File(name, owner) if owner == DIALECT:
            return {"type": kind, "file_id": name}
        case _:
            return None


MEDIA: dict[str, Callable[[ir.Source], Item | None]] = {"image": _image, "document": _file}


# ---------------------------------------------------------------- tools


def write_tools(tools: Iterable[ir.AnyTool], pen: Pen) -> list[Item]:
    """Neighbours of one namespace are a group again."""
    written: list[Item] = []
    for namespace, members in groupby(tools, _group_of):
        items = [item for tool in members if (item := _any_tool(tool, pen)) is not None]
        written += items if namespace is None else [_group(namespace[0], items)]
    return written


def _group_of(tool: ir.AnyTool) -> tuple[ir.Namespace, str] | None:
    """The namespace, and the group in the document: two groups may have the same name."""
    if isinstance(tool, ir.Hosted) or tool.namespace is None:
        return None
    return tool.namespace, "/".join(tool.at.split("/")[:-2])


def _group(namespace: ir.Namespace, tools: list[Item]) -> Item:
    more: Item = tools[0].pop("namespace", {})
    given = _given(name=namespace.name, description=namespace.description)
    return {"type": "namespace"} | given | {"tools": tools} | more


def _any_tool(tool: ir.AnyTool, pen: Pen) -> Item | None:
    if isinstance(tool, ir.Tool):
        return _tool(tool, pen)
    if tool.opaque.dialect == DIALECT:
        return pen.back(dict(tool.opaque.value), tool)
    pen.lose(tool.at, UNKNOWN)
    return None


def _tool(tool: ir.Tool, pen: Pen) -> Item:
    item: Item = {"type": "custom" if tool.form == "text" else "function", "name": tool.name}
    item |= _given(description=tool.description, parameters=tool.schema, strict=tool.strict)
    if tool.grammar is not None:
        grammar = tool.grammar
        item["format"] = {"type": "grammar", "syntax": grammar.syntax, "definition": grammar.definition}
    if tool.mark is not None:
        pen.lose(tool.at, "a tool cannot be a cache breakpoint", "hint")
    return pen.back(item | ({"defer_loading": True} if tool.deferred else {}), tool)


def _marked(mark: ir.Mark | None) -> Item:
    return {} if mark is None else {"prompt_cache_breakpoint": breakpoint_of(mark)}


def _given(**fields: object) -> Item:
    return {key: value for key, value in fields.items() if value is not None}
