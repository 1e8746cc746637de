"""Items of `input` to turns. Each item is a turn of its own: what the model did is the assistant's, what came back to
it is the user's. So an item keeps its place and its id, and a writer whose turns must alternate can merge neighbours.

What only the item has (its id, its status) is the `extra` of the turn for a message, else of its block. An item that
only this dialect knows is an `Opaque` that stands where its turn stands.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, cast

from ccgate import ir
from ccgate.translators.openai_responses.fields import DIALECT, Fields, objects, refused
from ccgate.translators.openai_responses.parts import read_parts
from ccgate.translators.openai_responses.says import says
from ccgate.translators.openai_responses.sealed import Form, carrier, handed_back, unwrapped
from ccgate.translators.openai_responses.tools import SEARCH, as_hints, read_tools

Role = Literal["system", "developer", "user", "assistant"]

ROLES = ("system", "developer", "user", "assistant")

SHOWN = {"show": "summary"}
SEALED = {"seal": "encrypted_content"}
"""Where this dialect writes what our words stand for."""

ANSWERS = ("_output", "_response", "_trigger", "_reference")
"""How the types of items end that are not the model's."""


def read_items(value: ir.JSON, at: str) -> tuple[ir.Turn, ...]:
    """The turns of `input`. A plain string is one text that stands where the list would stand."""
    if isinstance(value, str):
        return (ir.Turn("user", (ir.Text(value, at=at),), at=at),)
    if not isinstance(value, list) or not value:
        raise refused(at, "must be a string or a list that is not empty")
    return handed_back(read_item(item) for item in objects(value, at))


def read_item(item: Fields) -> ir.Turn:
    """One item. A message need not say its type."""
    kind = item.rest.get("type")
    if kind is None and "content" in item.rest:
        kind = "message"
    whole = dict(item.rest)
    turn = READERS[kind](item) if isinstance(kind, str) and kind in READERS else None
    return turn or _opaque(whole, item.at)


def _opaque(item: dict[str, Any], at: str) -> ir.Turn:
    role: Role = "user" if str(item.get("type", "_reference")).endswith(ANSWERS) else "assistant"
    return ir.Turn(role, (ir.Opaque(DIALECT, item, says(item), at=at),), at=at)


def _one(role: Role, *blocks: ir.Block, at: str) -> ir.Turn:
    return ir.Turn(role, blocks, at=at)


def _message(item: Fields) -> ir.Turn | None:
    role = item.need("role")
    if role not in ROLES:
        return None
    item.same("type", "message")
    usual = "output_text" if role == "assistant" else "input_text"
    parts = read_parts(item.rest.pop("content", None), ir.child(item.at, "content"), usual)
    return ir.Turn(cast("Role", role), parts, phase=item.text("phase"), at=item.at, extra=item.extra)


def _reasoning(item: Fields) -> ir.Turn:
    """A summary, the raw thoughts, the same encrypted: each may be there or not."""
    del item.rest["type"]
    summary, raw = _paragraphs(item, "summary", "summary_text"), _paragraphs(item, "content", "reasoning_text")
    item.rest.setdefault("summary", None)
    if item.rest["summary"] == [] or (summary and item.rest["summary"] is None):
        del item.rest["summary"]
    value = item.text("encrypted_content")
    seal, of, carried = unwrapped(value)
    if seal is not None and carried:
        return carrier(seal, item.at)
    if summary and raw:
        return _both(item, summary, raw, seal)
    form: Form = "raw" if raw else "summary" if summary or seal is None else of or "redacted"
    thought = ir.Thinking(raw or summary, form, seal, at=item.at, spelled=SEALED, extra=item.extra)
    return _one("assistant", thought, at=item.at)


def _both(item: Fields, summary: tuple[str, ...], raw: tuple[str, ...], seal: ir.Seal | None) -> ir.Turn:
    inner = Fields(ir.child(item.at, "content"), {})
    if "content" in item.rest:
        inner.rest["content"] = item.rest.pop("content")
    first = ir.Thinking(summary, "summary", seal, at=item.at, spelled=SEALED, extra=item.extra)
    return _one("assistant", first, ir.Thinking(raw, "raw", at=inner.at, extra=inner.extra), at=item.at)


def _paragraphs(item: Fields, key: str, kind: str) -> tuple[str, ...]:
    """The texts of a list. One that is more than texts of this kind is left over as well."""
    value = item.rest.get(key)
    if not isinstance(value, list) or not value:
        return ()
    found = [part.get("text") for part in value if isinstance(part, dict)]
    words = tuple(text for text in found if isinstance(text, str))
    if paragraphs(words, kind) == value:
        del item.rest[key]
    return words


def paragraphs(words: tuple[str, ...], kind: str) -> list[dict[str, str]]:
    return [{"type": kind, "text": text} for text in words]


def _call(item: Fields) -> ir.Turn:
    del item.rest["type"]
    use = ir.ToolUse(
        id=item.need("call_id"),
        name=item.need("name"),
        arguments=item.need("arguments"),
        namespace=item.text("namespace"),
        at=item.at,
        extra=item.extra,
    )
    return _one("assistant", use, at=item.at)


def _custom_call(item: Fields) -> ir.Turn:
    del item.rest["type"]
    use = ir.ToolUse(
        id=item.need("call_id"),
        name=item.need("name"),
        arguments=item.need("input"),
        namespace=item.text("namespace"),
        form="text",
        at=item.at,
        extra=item.extra,
    )
    return _one("assistant", use, at=item.at)


def _result(item: Fields) -> ir.Turn:
    form: Literal["json", "text"] = "text" if item.rest.pop("type") == "custom_tool_call_output" else "json"
    name = item.text("call_id")
    if name is None:  # the output of a call that nobody can find: it has a name at most
        item.rest.setdefault("call_id", None)
    parts = read_parts(item.rest.pop("output", None), ir.child(item.at, "output"))
    result = ir.ToolResult(name or "", parts, name=item.text("name"), form=form, at=item.at, extra=item.extra)
    return _one("user", result, at=item.at)


def _search(item: Fields) -> ir.Turn | None:
    """The model looks for deferred tools. Where the caller does the search, it is a call like any other."""
    name = item.text("call_id")
    if name is None or "arguments" not in item.rest:
        return None
    arguments = json.dumps(item.rest.pop("arguments"), ensure_ascii=False)
    use = ir.ToolUse(name, SEARCH, arguments, at=item.at, extra=as_hints(item))
    return _one("assistant", use, at=item.at)


def _found(item: Fields) -> ir.Turn:
    """The tools that a search found: the result of the caller's search, or tools that come out of nowhere."""
    name = item.text("call_id")
    added = read_tools(item.rest.pop("tools", None), ir.child(item.at, "tools"))
    if name is None:
        item.rest.setdefault("role", None)
        return _one("developer", ir.Tools(added, at=item.at, extra=item.extra), at=item.at)
    tools = ir.Tools(added, at=ir.child(item.at, "tools"))
    return _one("user", ir.ToolResult(name, (tools,), name=SEARCH, at=item.at, extra=as_hints(item)), at=item.at)


def _additional(item: Fields) -> ir.Turn | None:
    role = item.need("role")
    if role not in ROLES:
        return None
    del item.rest["type"]
    added = read_tools(item.rest.pop("tools", None), ir.child(item.at, "tools"))
    return _one(cast("Role", role), ir.Tools(added, at=item.at, extra=item.extra), at=item.at)


def _update(item: Fields) -> ir.Turn | None:
    """Another effort from here on."""
    value = item.take("reasoning", dict)
    if value is None:
        return None
    del item.rest["type"]
    reasoning = read_reasoning(Fields.of(value, ir.child(item.at, "reasoning")))
    return ir.Turn("developer", reasoning=reasoning, at=item.at, extra=item.extra)


def read_reasoning(value: Fields) -> ir.Reasoning:
    effort, show = value.text("effort"), value.text("summary")
    return ir.Reasoning(effort=effort, show=show, at=value.at, spelled=SHOWN, extra=value.extra)


READERS: dict[str, Callable[[Fields], ir.Turn | None]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "function_call_output": _result,
    "custom_tool_call": _custom_call,
    "custom_tool_call_output": _result,
    "tool_search_call": _search,
    "tool_search_output": _found,
    "additional_tools": _additional,
    "configuration_update": _update,
}
